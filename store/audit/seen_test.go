package audit_test

import (
	"fmt"
	"testing"
	"time"

	"frontdesk/store/audit"
)

// TestSights: what an app has seen is told by the minute, newest first, and only what it was shown of that patient.
func TestSights(t *testing.T) {
	s := open(t, nil)
	at := func(minute, second int) time.Time { return time.Date(2026, 3, 1, 9, minute, second, 0, time.UTC) }
	other := by("a")
	other.Approval = "another"
	record(t, recorder(t, s),
		audit.Event{What: "search-type", When: at(1, 5), By: by("a"), Request: "1", Shown: shown("a/Observation", "a/Observation")},
		audit.Event{What: "read", When: at(1, 7), By: by("a"), Request: "2", Shown: shown("a/Observation", "b/Observation")},
		audit.Event{What: "read", When: at(1, 9), By: by("a"), Request: "3", Shown: shown("a/Patient")},
		audit.Event{What: "read", When: at(2, 0), By: by("a"), Request: "4", Shown: shown("a/Condition")},
		audit.Event{What: "read", When: at(3, 0), By: by("a"), Request: "5", Status: 404, Shown: shown("a/Condition")},
		audit.Event{What: "search-type", When: at(4, 0), By: by("a"), Request: "6"},
		audit.Event{What: audit.Consent, When: at(4, 0), By: by("a"), Request: "7", Shown: shown("a/Consent")},
		audit.Event{What: "read", When: at(5, 0), By: other, Request: "8", Shown: shown("a/Condition")},
	)
	seen, err := audit.Sights(t.Context(), s, "ap-a", "a", 100)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, one := range seen {
		got += fmt.Sprint(one.When.Format("04:05"), one.Types, " ")
	}
	if want := "02:00[{Condition 1}] 01:09[{Observation 3} {Patient 1}] "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if seen, err := audit.Sights(t.Context(), s, "ap-a", "a", 4); err != nil || len(seen) != 2 {
		t.Errorf("the newest alone: %+v, %v", seen, err)
	}
}
