package handlers

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/capability"
	"frontdesk/store"
)

// releaseOperation shows a result to its patient (P5). No patient reads of it in the audit: of a release to come it
// would tell that there is a result.
var releaseOperation = Operation{Handle: (*Server).release, Private: true, Operation: capability.Operation{
	Name: "release", ID: "result-release", Title: "Release a result", Types: []string{"DiagnosticReport", "Observation"}, Instance: true, AffectsState: true,
	Description: "Shows a result to the patient, at once or from a time on, whatever is written to it later. With a report its results are released that " +
		"wait longer, with an Observation those of which it is made up. To release makes no new version, but a comment does. For staff and the practice's systems only.",
	Parameters: []capability.Parameter{
		{Name: "comment", Max: "1", Type: "string", Documentation: "What the patient shall read about it. It becomes a note of an Observation, and is added to the conclusion of a report."},
		{Name: "at", Max: "1", Type: "dateTime", Documentation: "From when on it shows. Left out: at once."},
	},
}}

// release is [type]/[id]/$release. The comment is written in the same commit: nobody is shown the result without it.
// The same request sent again doesn't write it twice.
//
// With the result its earlier versions show, in its history and by vread: they are versions of what the patient sees by
// now, and what the laboratory corrected is part of it. Before, there was none of them. Who doesn't want them seen
// hides the result and sends another.
func (s *Server) release(ctx context.Context, r *Request) (*Response, error) {
	if err := forStaff(r); err != nil {
		return nil, err
	}
	at, err := s.from(r.Arguments.One("at"))
	if err != nil {
		return nil, err
	}
	st, err := r.Session.Changeable(ctx, r.Key())
	if err != nil {
		return nil, err
	}
	keys, err := s.parts(ctx, r.Session, st)
	if err != nil {
		return nil, err
	}
	open := func(key fhir.Key, f fhir.Facts) fhir.Facts {
		if key == keys[0] || f.Release.After(at) {
			f.Release = at
		}
		return f
	}
	comment, err := s.comment(r, st, strings.TrimSpace(r.Arguments.One("comment")))
	switch {
	case err != nil:
		return nil, err
	case comment != nil:
		_, err = r.Session.WriteAndMark(ctx, *comment, keys, open)
	default:
		err = r.Session.MarkAll(ctx, keys, open)
	}
	if err != nil {
		return nil, err
	}
	done := "It is released."
	if at.After(s.now()) {
		done = "It will be released at " + at.Format(time.RFC3339) + "."
	}
	return &Response{Status: http.StatusOK, Body: outcomeOK(done)}, nil
}

// from is a day or a time; zero if there is none.
func (s *Server) from(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, s.zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fhir.Errorf(fhir.Invalid, "at", "%q is no day or time. Write it as 2026-03-01, or as 2026-03-01T09:00:00Z.", fhir.Clip(text))
}

// comment is the change that writes what the patient shall read about a result, nil if it is there already.
// DiagnosticReport has no note in R4.
func (s *Server) comment(r *Request, st *fhir.Stored, text string) (*store.Change, error) {
	var of struct {
		Conclusion string
		Note       []struct{ Text string }
	}
	if err := json.Unmarshal(st.JSON, &of); err != nil {
		return nil, fhir.Fault("reading a result", err)
	}
	noted := slices.ContainsFunc(of.Note, func(n struct{ Text string }) bool { return n.Text == text })
	if text == "" || noted || slices.Contains(strings.Split(of.Conclusion, "\n\n"), text) {
		return nil, nil
	}
	path, value := "/conclusion", any(text)
	if st.Key.Type == "Observation" {
		note := map[string]any{"text": text, "time": s.now().UTC().Format(time.RFC3339)}
		if strings.HasPrefix(r.By.Person, "Practitioner/") {
			note["authorReference"] = map[string]string{"reference": r.By.Person}
		}
		if path, value = "/note/-", note; len(of.Note) == 0 {
			path, value = "/note", []any{note}
		}
	} else if of.Conclusion != "" {
		value = of.Conclusion + "\n\n" + text
	}
	var patch bytes.Buffer
	if err := json.NewEncoder(&patch).Encode([]map[string]any{{"op": "add", "path": path, "value": value}}); err != nil {
		return nil, fhir.Fault("writing a comment", err)
	}
	return &store.Change{Action: store.Patch, Key: st.Key.Current(), Patch: patch.Bytes(), IfMatch: []int64{st.Key.Version}}, nil
}

// mostParts bounds what is released with one result; a panel of tests has a few dozens.
const mostParts = 500

// parts are the keys of a result and of those it is made up of: a report's results, and members of each. Those that the
// caller may not change are left as they are.
func (s *Server) parts(ctx context.Context, session *store.Session, whole *fhir.Stored) ([]fhir.Key, error) {
	keys, waiting := []fhir.Key{whole.Key.Current()}, []*fhir.Stored{whole}
	for len(waiting) > 0 {
		var of struct{ Result, HasMember []struct{ Reference string } }
		if err := json.Unmarshal(waiting[0].JSON, &of); err != nil {
			return nil, fhir.Fault("reading a result", err)
		}
		waiting = waiting[1:]
		for _, part := range slices.Concat(of.Result, of.HasMember) {
			key, local := search.Local(part.Reference, s.base)
			if !local || key.Type != "Observation" || slices.Contains(keys, key) || len(keys) > mostParts {
				continue
			}
			st, err := session.Changeable(ctx, key)
			if err != nil {
				switch fhir.KindOf(err) {
				case fhir.NotFound, fhir.Gone, fhir.Forbidden:
					continue
				}
				return nil, err
			}
			if !slices.Equal(st.Compartments, whole.Compartments) { // of another patient by mistake
				continue
			}
			keys, waiting = append(keys, key), append(waiting, st)
		}
	}
	return keys, nil
}
