package rest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// manifest is what the suite reads of an export that is done (Bulk Data Access IG 2.0, Response - Complete Status).
type manifest struct {
	TransactionTime     time.Time
	Request             string
	RequiresAccessToken *bool
	Output, Deleted     []struct{ Type, URL string }
	Error               []any
}

const async = "Prefer: respond-async"

// export makes an export, and gives its status URL, its manifest and the lines of its files by "Type/id".
func (s *suite) export(t *testing.T, method, path, body string) (at string, m manifest, lines map[string]string) {
	t.Helper()
	s.do(t, method, path, body).is(400).says("respond-async")
	at = s.do(t, method, path, body, async).is(202).has("Content-Location")
	for tick := time.Tick(5 * time.Millisecond); ; <-tick {
		a := s.do(t, "GET", at, "", "Accept: application/json").is(200, 202)
		if a.status == 202 {
			continue
		}
		a.has("Expires")
		err := json.Unmarshal([]byte(a.body), &m)
		if err != nil || m.RequiresAccessToken == nil || m.Output == nil || m.Error == nil {
			t.Fatalf("%v: the manifest is %s", err, a.body)
		}
		break
	}
	if m.Request != s.Base+path || m.TransactionTime.IsZero() {
		t.Errorf("the manifest of %s is %+v", path, m)
	}
	lines = map[string]string{}
	for _, f := range append(m.Output, m.Deleted...) {
		a := s.do(t, "GET", f.URL, "", "Accept: application/fhir+ndjson").is(200)
		if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "application/fhir+ndjson") {
			t.Errorf("a file comes as %s", got)
		}
		for line := range strings.Lines(a.body) {
			var r resource
			if err := json.Unmarshal([]byte(line), &r); err != nil || r.ResourceType != f.Type {
				t.Fatalf("%v: a line of a file of %s is %s", err, f.Type, line)
			}
			key := r.ResourceType + "/" + r.ID
			if r.ID == "" {
				key = line
			}
			lines[key] = strings.TrimSuffix(line, "\n")
		}
	}
	return at, m, lines
}

// exportAll is $export of the whole server: of the types asked for, what a search finds, in the same bytes; then what
// has changed since.
func (s *suite) exportAll(t *testing.T) {
	kept := "Patient/" + s.do(t, "POST", "/Patient", s.patient("export", "")).is(201).resource().ID
	gone := "Patient/" + s.do(t, "POST", "/Patient", s.patient("export", "")).is(201).resource().ID
	at, before, lines := s.export(t, "GET", "/$export?_type=Patient", "")
	found := s.do(t, "GET", "/Patient?_count=1000", "").is(200).bundle("searchset").ids("match")
	if n := len(found); n < 1000 && n != len(lines) {
		t.Errorf("a search finds %d Patients, and %d are exported", n, len(lines))
	}
	if read := s.do(t, "GET", "/"+kept, "").is(200); read.body != lines[kept] {
		t.Errorf("exported as %s, read as %s", lines[kept], read.body)
	}
	s.do(t, "DELETE", "/"+gone, "").is(204, 200)
	_, _, since := s.export(t, "GET", "/$export?_type=Patient&_since="+before.TransactionTime.Format(time.RFC3339Nano), "")
	if len(since) != 1 {
		t.Errorf("one Patient was deleted since, and exported is %v", since)
	}
	for line := range since {
		if !strings.Contains(line, `"DELETE"`) || !strings.Contains(line, `"`+gone+`"`) {
			t.Errorf("a deletion is exported as %s", line)
		}
	}
	_, _, filtered := s.export(t, "GET", "/$export?_type=Patient&_typeFilter=Patient%3F_id="+
		strings.TrimPrefix(kept, "Patient/")+"&_elements=id", "")
	if len(filtered) != 1 || !strings.Contains(filtered[kept], "SUBSETTED") || strings.Contains(filtered[kept], `"name"`) {
		t.Errorf("one Patient by a filter, of which the id: %v", filtered)
	}
	s.do(t, "DELETE", at, "").is(202)
	s.do(t, "GET", at, "").is(404)
	s.do(t, "GET", before.Output[0].URL, "").is(404)
	s.do(t, "GET", "/$export?"+nowhere+"=1", "", async).is(400).says(nowhere)
}

// exportPatients is $export of records: of one patient, what is in the compartment.
func (s *suite) exportPatients(t *testing.T) {
	mine, want := s.recordOf(t)
	_, _, lines := s.export(t, "POST", "/Patient/$export", `{"resourceType":"Parameters","parameter":[
		{"name":"patient","valueReference":{"reference":"Patient/`+mine+`"}}]}`)
	s.exactly(t, lines, want)
}

// exportGroup is $export of a Group's members.
func (s *suite) exportGroup(t *testing.T) {
	mine, want := s.recordOf(t)
	group := s.do(t, "POST", "/Group", `{"resourceType":"Group","type":"person","actual":true,"member":[
		{"entity":{"reference":"Patient/`+mine+`"}}]}`).is(201).resource().ID
	_, _, lines := s.export(t, "GET", "/Group/"+group+"/$export?_type=Patient,Observation", "")
	s.exactly(t, lines, want)
	s.do(t, "GET", "/Group/"+nowhere+"/$export", "", async).is(404)
}

// recordOf stores a patient's record, beside another's.
func (s *suite) recordOf(t *testing.T) (patient string, want []string) {
	patient = s.do(t, "POST", "/Patient", s.patient("export-record", "")).is(201).resource().ID
	other := s.do(t, "POST", "/Patient", s.patient("export-other", "")).is(201).resource().ID
	s.observation(t, other, "x", "2024-01-01")
	return patient, []string{"Observation/" + s.observation(t, patient, "x", "2024-01-01"), "Patient/" + patient}
}

// exactly says that the lines are those of what is wanted.
func (s *suite) exactly(t *testing.T, lines map[string]string, want []string) {
	t.Helper()
	var got []string
	for key := range lines {
		got = append(got, key)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("exported %v, want %v", got, want)
	}
}
