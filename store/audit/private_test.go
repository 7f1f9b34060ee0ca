package audit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/audit"
)

// patientsOf are the Patients in whose compartment an AuditEvent is: those that an agent or an entity of it refers to
// (R4 CompartmentDefinition/patient, AuditEvent by patient).
func (e event) patientsOf() (ids []string) {
	for _, a := range e.Agent {
		ids = append(ids, a.Who.Reference)
	}
	for _, en := range e.Entity {
		ids = append(ids, en.What.Reference)
	}
	ids = slices.DeleteFunc(ids, func(ref string) bool { return !strings.HasPrefix(ref, "Patient/") })
	slices.Sort(ids)
	return slices.Compact(ids)
}

// TestE2_NobodyReadsWhatOthersSearchedFor: the text of a search is read by the patient who wrote it and by staff,
// wherever the path leads. So no patient learns what staff looked for, and nobody writes into another's trail.
func TestE2_NobodyReadsWhatOthersSearchedFor(t *testing.T) {
	of := fhir.Key{Type: "Patient", ID: "a"}
	launched := staff
	launched.Patient = "a"
	for what, c := range map[string]struct {
		event audit.Event
		reads map[string]int // how many events stand in whose compartment
		query string         // who reads the text
	}{
		"staff, of a type":         {audit.Event{What: "search-type", By: staff, Query: "GET Condition?patient=a&_id=h", Shown: shown("a/Condition"), Named: []string{"a"}}, map[string]int{"Patient/a": 2}, ""},
		"staff, in a compartment":  {audit.Event{What: "search-type", By: staff, About: of, Query: "GET Patient/a/Condition?_id=h", Shown: shown("a/Condition"), Named: []string{"a"}}, map[string]int{"Patient/a": 2}, ""},
		"staff, an operation":      {audit.Event{What: "operation", By: staff, About: of, Query: "GET Patient/a/$everything?_type=X", Shown: shown("a/Condition"), Named: []string{"a"}}, map[string]int{"Patient/a": 2}, ""},
		"staff, launched":          {audit.Event{What: "search-type", By: launched, Query: "GET Condition?code:text=abuse", Shown: shown("a/Condition")}, map[string]int{"Patient/a": 2}, ""},
		"staff, refused":           {audit.Event{What: "search-type", By: staff, About: of, Status: 400, Query: "GET Patient/a/Condition?x=h"}, map[string]int{}, ""},
		"a proxy":                  {audit.Event{What: "search-type", By: access.Identity{Person: "RelatedPerson/r", Patient: "a"}, Query: "GET Condition?code:text=insult"}, map[string]int{"Patient/a": 1}, ""},
		"another patient":          {audit.Event{What: "search-type", By: by("b"), About: of, Query: "GET Patient/a/Observation?code:text=insult"}, map[string]int{"Patient/b": 1}, "Patient/b"},
		"another patient, refused": {audit.Event{What: "search-type", By: by("b"), About: of, Status: 400, Query: "GET Patient/a/Observation?insult=1"}, map[string]int{"Patient/b": 1}, "Patient/b"},
		"the patient":              {audit.Event{What: "search-type", By: by("a"), About: of, Query: "GET Patient/a/Observation?code=x"}, map[string]int{"Patient/a": 1}, "Patient/a"},
	} {
		kept, err := audit.Kept(eventID, c.event)
		if err != nil {
			t.Fatal(err)
		}
		made, err := audit.Made(kept, base)
		if err != nil {
			t.Fatal(err)
		}
		reads, texts := map[string]int{}, 0
		for _, text := range made {
			var e event
			if err := json.Unmarshal([]byte(text), &e); err != nil {
				t.Fatal(err)
			}
			all := e.patientsOf()
			if len(all) > 1 {
				t.Errorf("%s: one event is about %v", what, all)
			}
			for _, id := range all {
				reads[id]++
			}
			if len(e.of(queries)) > 0 {
				if texts++; len(all) > 0 && all[0] != c.query || len(all) == 0 && c.query != "" {
					t.Errorf("%s: the text is read by %v, want %q: %s", what, all, c.query, text)
				}
			}
		}
		for id, n := range c.reads {
			if reads[id] != n {
				t.Errorf("%s: %d events are about %s, want %d", what, reads[id], id, n)
			}
		}
		if texts != 1 || len(reads) != len(c.reads) {
			t.Errorf("%s: the query is told %d times; read: %v, want %v", what, texts, reads, c.reads)
		}
	}
}

// TestB28_CodesAreOfR4sValueSets where those have one that fits: a reason has a code of PurposeOfUse, and the subtypes
// are R4's own.
func TestB28_CodesAreOfR4sValueSets(t *testing.T) {
	s := open(t, nil)
	r := recorder(t, s)
	for _, what := range whats {
		record(t, r, audit.Event{What: what, By: by("a"), Request: "request-" + what, Why: "of a third person"})
	}
	for _, e := range found(t, s, everyone, "") {
		if sub := e.Subtype[0]; sub.System != "http://hl7.org/fhir/restful-interaction" && (sub.System != "http://dicom.nema.org/resources/ontology/DCM" || sub.Code < "110120" || sub.Code > "110142") {
			t.Errorf("subtype %s", sub)
		}
		if !strings.Contains(e.text, `"purposeOfEvent":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"RECORDMGT"}],"text":"of a third person"}]`) {
			t.Errorf("the reason: %s", e.text)
		}
		for _, en := range e.Entity {
			if en.Type.System != "http://terminology.hl7.org/CodeSystem/audit-entity-type" && en.Type.Code != "XrequestId" { // as BALP has it, and R4 has none for it
				t.Errorf("entity type %s", en.Type)
			}
		}
	}
}
