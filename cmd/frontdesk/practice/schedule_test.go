package practice

import (
	"testing"
	"time"
)

func parseTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestSlotsOfAScheduleDoNotOverlap(t *testing.T) {
	taken := map[string]bool{}
	free := 0
	for _, r := range smallPractice(t) {
		if r.kind() != "Slot" {
			continue
		}
		start, end := parseTime(t, r.text("start")), parseTime(t, r.text("end"))
		if end.Sub(start) != slotLength || start.Unix()%int64(slotLength.Seconds()) != 0 {
			t.Errorf("%s is from %s to %s", r.url, start, end) // on the ten-minute grid, equal starts are the only overlap
		}
		key := r.text("schedule", "reference") + r.text("start")
		if taken[key] {
			t.Errorf("%s overlaps another slot", r.url)
		}
		taken[key] = true
		if r.text("status") == "free" && start.After(march) {
			free++
		}
	}
	if free < 1000 {
		t.Errorf("only %d free slots ahead", free)
	}
}

func TestBookedSlotsAreBusyAndAppointmentsKeepTheirTimes(t *testing.T) {
	slots, appointments := map[string]parsed{}, map[string]parsed{}
	for _, r := range smallPractice(t) {
		switch r.kind() {
		case "Slot":
			slots[r.url] = r
		case "Appointment":
			if slot, _ := at(r.fields, "slot", "reference").(string); slot != "" {
				if other, ok := appointments[slot]; ok {
					t.Errorf("%s and %s take the same slot", r.url, other.url)
				}
				appointments[slot] = r
			} else if r.text("start") > march.Format(time.DateOnly) {
				t.Errorf("%s is ahead but has no slot", r.url)
			}
		}
	}
	for url, a := range appointments {
		s := slots[url]
		if s.text("status") != "busy" || s.text("start") != a.text("start") || s.text("end") != a.text("end") {
			t.Errorf("%s at %s takes %s, which is %s at %s", a.url, a.text("start"), url, s.text("status"), s.text("start"))
		}
	}
	for url, s := range slots {
		if _, ok := appointments[url]; s.text("status") == "busy" && !ok {
			t.Errorf("%s is busy with no appointment", url)
		}
	}
	if len(appointments) == 0 {
		t.Error("no appointment has a slot")
	}
}

// TestClinicsKeepTheClockOnTheWall: on 29 March 2026 the clocks go forward, and the clinics start at half past eight
// before and after.
func TestClinicsKeepTheClockOnTheWall(t *testing.T) {
	want := map[string]string{"2026-03-27": "+00:00", "2026-03-30": "+01:00"}
	seen := map[string]int{}
	for _, r := range smallPractice(t) {
		start := r.text("start")
		if r.kind() != "Slot" {
			continue
		}
		if clock := start[11:16]; clock < "08:30" || clock >= "12:00" && clock < "14:00" || clock >= "17:30" {
			t.Errorf("%s starts at %s", r.url, clock)
		}
		if day := parseTime(t, start).Weekday(); day == time.Saturday || day == time.Sunday {
			t.Errorf("%s is on a %s", r.url, day)
		}
		if offset, ok := want[start[:10]]; ok && start[11:16] == "08:30" {
			seen[start[:10]]++
			if start[19:] != offset {
				t.Errorf("%s starts at %s, want offset %s", r.url, start, offset)
			}
		}
	}
	for day := range want {
		if seen[day] != 6 {
			t.Errorf("%d clinics start at 08:30 on %s, want those of 6 members of staff", seen[day], day)
		}
	}
}
