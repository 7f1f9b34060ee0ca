package audit_test

import (
	"testing"

	"frontdesk/store/audit"
)

// TestAnAuditorFindsEventsByAppPersonAndOutcome, and the refusals alone.
func TestAnAuditorFindsEventsByAppPersonAndOutcome(t *testing.T) {
	s := open(t, nil)
	other := by("a")
	other.Client = "other app"
	record(t, recorder(t, s),
		audit.Event{What: "read", By: by("a"), Request: "1"},
		audit.Event{What: "read", By: other, Request: "2"},
		audit.Event{What: "read", By: staff, Request: "3", Status: 403, Reason: "forbidden"},
		audit.Event{What: audit.Login, By: by("b"), Request: "4", Status: 401, Reason: "login"},
		audit.Event{What: "search-type", By: by("b"), Request: "5", Status: 503, Reason: "transient"},
	)
	for query, want := range map[string]int{
		"agent:identifier=other app": 1,
		"agent=Patient/a":            2,
		"agent=" + staff.Person:      1,
		"outcome=0":                  2,
		"outcome=4,8":                3,
		"outcome:not=0":              3,
		"outcome=8":                  1,
		"subtype=http://dicom.nema.org/resources/ontology/DCM|110122&outcome=4": 1,
		"agent=Patient/b&outcome:not=0":                                         2,
	} {
		if got := len(found(t, s, everyone, query)); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}
