package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/store/audit"
)

// TestAFloodOfUnknownCallersDoesNotFillTheDisk: what is too much in a minute is one event with the number; who is known
// is always recorded, and so is the next minute.
func TestAFloodOfUnknownCallersDoesNotFillTheDisk(t *testing.T) {
	s := open(t, nil)
	r := audit.New(audit.Options{Store: s, Base: base})
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	send := func(n int, address string, known bool) {
		for range n {
			e := audit.Event{What: "read", When: now, Status: 401, Reason: "login", Address: address}
			if known {
				e.By = by("a")
			}
			if err := r.Record(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(1000, "192.0.2.1", false)
	send(10, "192.0.2.2", false)
	send(100, "192.0.2.1", true)
	for i := range 1000 {
		send(1, fmt.Sprint("198.51.100.", i), false)
	}
	now = now.Add(time.Minute)
	send(1, "192.0.2.1", false)
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	record(t, recorder(t, s))
	count := func(want int, query string) {
		t.Helper()
		if got := len(found(t, s, everyone, query)); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	count(100, "patient=a")
	count(10, "address=192.0.2.2")
	count(30+100+1, "address=192.0.2.1")
	count(300+100+1+1, "")
	var told []string
	for _, e := range found(t, s, everyone, "") {
		if strings.Contains(e.OutcomeDesc, "requests") {
			told = append(told, e.OutcomeDesc)
		}
	}
	if want := fmt.Sprintf("the last of %d requests", 1000+10+1000-300); len(told) != 1 || !strings.Contains(told[0], want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
