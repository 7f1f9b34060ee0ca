package audit_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/audit"
)

// TestP12_WhatIsHiddenIsInAnEventOfItsOwn: of one request the patient reads how much was shown of what is open, and
// nothing of the rest.
func TestP12_WhatIsHiddenIsInAnEventOfItsOwn(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	hidden := shown("a/Observation")
	for _, facts := range []fhir.Facts{{Hidden: true}, {Release: now.Add(time.Second)}} {
		hidden.Add(&fhir.Stored{Key: fhir.Key{Type: "Condition"}, Compartments: []string{"a"}, Facts: facts}, nil, now)
	}
	hidden.Add(&fhir.Stored{Key: fhir.Key{Type: "Observation"}, Compartments: []string{"a"}, Facts: fhir.Facts{Release: now}}, nil, now)
	s := open(t, nil)
	record(t, recorder(t, s),
		audit.Event{What: "search-type", When: now, By: access.Identity{Person: "Patient/a", Patient: "a"}, Request: "mixed", Shown: hidden},
		audit.Event{What: "search-type", When: now, By: staff, Request: "others", Shown: shown("a/Observation", "a/Patient"), Named: []string{"b"}},
		audit.Event{What: "operation", When: now, By: staff, Request: "private", Private: true, Why: "of a third person", About: fhir.Key{Type: "Observation", ID: "o", Version: 1}, Shown: shown("a/Observation")})
	told := map[bool]string{}
	for _, e := range found(t, s, everyone, "entity:identifier=mixed") {
		withheld := strings.Contains(e.text, `"NOPAT"`)
		if told[withheld] != "" {
			t.Errorf("there are two of it: %s", e.text)
		}
		for _, d := range e.of(patients)[0].Detail {
			told[withheld] += d.Type + " " + d.ValueString + ";"
		}
	}
	if told[false] != "Observation 2;" || told[true] != "Condition 2;" {
		t.Errorf("open: %s, withheld: %s", told[false], told[true])
	}
	told = map[bool]string{}
	for _, e := range found(t, s, everyone, "entity:identifier=others") {
		for _, entity := range e.of(patients) {
			withheld := strings.Contains(e.text, `"NOPAT"`)
			told[withheld] += entity.What.Reference
			for _, d := range entity.Detail {
				told[withheld] += " " + d.Type
			}
			told[withheld] += ";"
		}
	}
	if told[false] != "Patient/b;" || told[true] != "Patient/a Observation Patient;" {
		t.Errorf("others search, open: %s, withheld: %s", told[false], told[true])
	}
	private := found(t, s, everyone, "entity:identifier=private")
	if len(private) != 1 || !strings.Contains(private[0].text, `"NOPAT"`) || !strings.Contains(private[0].text, "of a third person") {
		t.Errorf("an event that no patient reads: %+v", private)
	}
}
