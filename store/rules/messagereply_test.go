package rules

import (
	"testing"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/store/online"
)

// When the practice opens next, from a time on: "open" if it is open, "" if its hours aren't known.
func TestOpening(t *testing.T) {
	weekdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	lunch := []online.Hours{{Days: weekdays, From: "08:00", To: "12:30"}, {Days: weekdays, From: "13:30", To: "18:30"}}
	monday := []online.Hours{{Days: weekdays[:1], From: "08:00", To: "18:30"}}
	sunday := []online.Hours{{Days: []time.Weekday{time.Sunday}, From: "09:00", To: "10:00"}}
	for _, c := range []struct {
		hours     []online.Hours
		now, want string
	}{
		{lunch, "2026-11-23 07:59", "2026-11-23T08:00:00Z"}, // a Monday
		{lunch, "2026-11-23 08:00", "open"},
		{lunch, "2026-11-23 12:30", "2026-11-23T13:30:00Z"},
		{lunch, "2026-11-23 18:29", "open"},
		{lunch, "2026-11-23 18:30", "2026-11-24T08:00:00Z"},
		{lunch, "2026-11-27 19:00", "2026-11-30T08:00:00Z"},
		{monday, "2026-11-23 19:00", "2026-11-30T08:00:00Z"},
		{sunday, "2026-03-28 23:00", "2026-03-29T09:00:00+01:00"}, // the clocks go forward in that night
		{sunday, "2026-10-24 23:00", "2026-10-25T09:00:00Z"},      // and back in that one
		{nil, "2026-11-23 03:00", ""},
		{lunch, "2026-12-24 19:00", "2026-12-29T08:00:00Z"}, // Christmas, a weekend, and the Monday instead of Boxing Day
		{lunch, "2026-12-25 10:00", "2026-12-29T08:00:00Z"},
		{lunch, "2026-12-28 10:00", "2026-12-29T08:00:00Z"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04", c.now, search.London())
		if err != nil {
			t.Fatal(err)
		}
		next, closed := opening(online.Practice{Opening: c.hours, Closed: []string{"2026-12-25", "2026-12-28"}}, now)
		got := next.Format(time.RFC3339)
		switch {
		case !closed && c.hours == nil:
			got = ""
		case !closed:
			got = "open"
		}
		if got != c.want {
			t.Errorf("at %s: %s, want %s", c.now, got, c.want)
		}
	}
}
