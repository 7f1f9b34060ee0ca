package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// Trace is what the trail knows of one thing done under a support reference, as support is told it (P13): nothing of
// anybody's record, nor whose it was.
type Trace struct {
	When   time.Time
	What   string // an interaction, or another Event.What
	App    string // "" if it wasn't known
	As     string // in which role: "Patient", "Practitioner" …; "" for no person
	Status int    // of the answer, as HTTP has it
	Cause  string // why it was refused; "" if it wasn't
}

// traces is how many events of one reference are told: a bundle has one for each entry.
const traces = 100

// Look finds what was done under a support reference, the oldest first: of what is filed as AuditEvents, and after it
// of what waits for that in the chain, for who has just been told a reference phones at once.
func Look(ctx context.Context, s *store.Store, reference string) ([]Trace, error) {
	o := s.SearchOptions()
	o.PageMax = traces
	query := url.Values{"entity:identifier": {escaped.Replace(reference)}, "_sort": {"date"}, "_count": {strconv.Itoa(traces)}}
	q, err := search.Parse(s.Registry(), []string{"AuditEvent"}, query.Encode(), o)
	if err != nil {
		return nil, err
	}
	page, err := s.As(access.Everything("support"), store.Unobserved).Search(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Trace
	for _, item := range page.Items {
		if out, err = traced(out, item.JSON, reference); err != nil {
			return nil, err
		}
	}
	var waiting []store.Record
	err = s.Records().Scan(ctx, rules.AuditWaiting, "", func(r store.Record) bool {
		waiting = append(waiting, r)
		return true
	})
	named := func(text []byte) bool { return bytes.Contains(text, []byte(reference)) }
	for i := 0; i < len(waiting) && err == nil && len(out) < traces; i++ {
		var auditEvents [][]byte
		auditEvents, err = unfiled(ctx, s.Records(), waiting[i], named)
		for _, text := range auditEvents {
			if err == nil && named(text) {
				out, err = traced(out, text, reference)
			}
		}
		if fhir.KindOf(err) == fhir.NotFound {
			err = nil // it was filed this moment, or its link is gone, which audit verify tells of
		}
	}
	return out, err
}

// traced adds what an AuditEvent tells of a reference, if it is that one's.
func traced(out []Trace, auditEvent []byte, reference string) ([]Trace, error) {
	t, ok, err := readTrace(auditEvent, reference)
	if ok && !slices.Contains(out, t) { // each patient concerned has an AuditEvent of the same, and it may have been filed this moment
		out = append(out, t)
	}
	return out, err
}

// escaped are the characters that mean something in a value (R4 search 3.1.1.3.1).
var escaped = strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `$`, `\$`)

func readTrace(auditEvent []byte, reference string) (t Trace, ok bool, err error) {
	var e struct {
		Recorded    time.Time
		OutcomeDesc string
		Type        struct{ Code string }
		Subtype     []struct{ Code string }
		Agent       []struct {
			Type struct{ Coding []struct{ Code string } }
			Who  struct {
				Reference  string
				Identifier struct{ Value string }
			}
		}
		Entity []struct {
			What   struct{ Identifier struct{ Value string } }
			Detail []struct{ Type, ValueString string }
		}
	}
	if err := json.Unmarshal(auditEvent, &e); err != nil {
		return t, false, fhir.Fault("reading an AuditEvent", err)
	}
	t.When, t.Cause, t.What = e.Recorded, e.OutcomeDesc, e.Type.Code
	if len(e.Subtype) > 0 {
		t.What = e.Subtype[0].Code
	}
	for _, a := range e.Agent {
		switch {
		case len(a.Type.Coding) > 0 && a.Type.Coding[0].Code == receives:
			t.As, _, _ = strings.Cut(a.Who.Reference, "/")
		case a.Who.Identifier.Value != "":
			t.App = a.Who.Identifier.Value
		}
	}
	for _, entity := range e.Entity {
		ok = ok || entity.What.Identifier.Value == reference
		for _, d := range entity.Detail {
			if entity.What.Identifier.Value == reference && d.Type == statusDetail {
				t.Status, _ = strconv.Atoi(d.ValueString)
			}
		}
	}
	return t, ok, nil
}
