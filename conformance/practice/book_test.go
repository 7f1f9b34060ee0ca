package practice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// slotLength is how long an appointment of the practice takes.
const slotLength = 10 * time.Minute

// at is a time a while from now, on a full minute.
func (p *practice) at(ahead time.Duration) time.Time {
	return p.clock.now().Add(ahead).UTC().Truncate(time.Minute)
}

// slot is a Slot of the doctor's.
func slot(id, status string, start time.Time) string { return slotOf("book", id, status, start) }

func slotOf(schedule, id, status string, start time.Time) string {
	return fmt.Sprintf(`{"resourceType":"Slot","id":%q,"schedule":{"reference":"Schedule/%s"},"status":%q,"start":%q,"end":%q}`,
		id, schedule, status, start.Format(time.RFC3339), start.Add(slotLength).Format(time.RFC3339))
}

// booking is an Appointment of a patient in slots that follow each other.
func booking(patient string, start time.Time, slots ...string) string {
	return visit(patient, start, start.Add(time.Duration(len(slots))*slotLength), slots...)
}

func visit(patient string, start, end time.Time, slots ...string) string {
	var refs []string
	for _, id := range slots {
		refs = append(refs, fmt.Sprintf(`{"reference":"Slot/%s"}`, id))
	}
	return fmt.Sprintf(`{"resourceType":"Appointment","status":"booked","start":%q,"end":%q,"slot":[%s],"participant":[`+
		`{"actor":{"reference":"Patient/%s"},"status":"accepted"},{"actor":{"reference":"Practitioner/doc"},"status":"accepted"}]}`,
		start.Format(time.RFC3339), end.Format(time.RFC3339), strings.Join(refs, ","), patient)
}

// with is a resource with members set to others; nil takes one away.
func (p *practice) with(resource string, members map[string]any) string {
	p.Helper()
	var r map[string]any
	p.must(json.Unmarshal([]byte(resource), &r))
	for name, value := range members {
		if r[name] = value; value == nil {
			delete(r, name)
		}
	}
	out, err := json.Marshal(r)
	p.must(err)
	return string(out)
}

// slotIs fails the story unless a Slot has a status.
func (p *practice) slotIs(status string, ids ...string) {
	p.Helper()
	for _, id := range ids {
		if a := p.ehr().get("/Slot/" + id); !strings.Contains(a.body, `"status":"`+status+`"`) {
			p.Errorf("Slot/%s isn't %s: %s", id, status, a.body)
		}
	}
}

// refused fails the story unless a request was, in this way.
func (c *client) refused(what string, a answer, status int, code, coding string) {
	c.Helper()
	gotCode, gotCoding, text := a.issue()
	if a.status != status || code != "" && gotCode != code || gotCoding != coding || text == "" {
		c.Errorf("%s: got %d %s %s, want %d %s %s: %s", what, a.status, gotCode, gotCoding, status, code, coding, a.body)
	}
}

// booked books, and gives the Appointment as it is stored.
func (c *client) booked(appointment string) answer {
	c.Helper()
	return c.is(http.StatusCreated, c.post("/Appointment", appointment, "Prefer: return=representation"))
}

// resources are those that a search finds.
func (c *client) resources(path string) []found {
	c.Helper()
	var b struct {
		Entry []struct{ Resource found }
	}
	c.must(json.Unmarshal([]byte(c.is(http.StatusOK, c.get(path)).body), &b))
	var all []found
	for _, e := range b.Entry {
		all = append(all, e.Resource)
	}
	return all
}

// found is a Slot or an Appointment of a Bundle.
type found struct {
	ID, Status string
	Slot       []struct{ Reference string }
}

// together does something so many times at once and counts the outcomes.
func together(times int, do func(i int) int) map[int]int {
	var all sync.WaitGroup
	var mu sync.Mutex
	counts := map[int]int{}
	for i := range times {
		all.Go(func() {
			got := do(i)
			mu.Lock()
			defer mu.Unlock()
			counts[got]++
		})
	}
	all.Wait()
	return counts
}
