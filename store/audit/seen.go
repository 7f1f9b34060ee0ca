package audit

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Seen is what an app has seen of a record within a minute.
type Seen struct {
	When  time.Time // the last time in it
	Types []Count   // by name
}

// Count is how many resources of a type were shown. One that was shown twice counts twice.
type Count struct {
	Type string
	N    int
}

// Sights is what an app was shown of a patient's record by an approval, newest first: at most limit AuditEvents are
// looked at, those that are filed.
func Sights(ctx context.Context, s *store.Store, approval, patient string, limit int) ([]Seen, error) {
	query := url.Values{
		"policy": {policy(approval)}, "patient": {"Patient/" + patient}, "outcome": {"0"}, "type": {eventType + "|rest"},
		"_sort": {"-date"}, "_count": {strconv.Itoa(limit)},
	}
	o := s.SearchOptions()
	o.PageMax = limit
	q, err := search.Parse(s.Registry(), []string{"AuditEvent"}, query.Encode(), o)
	if err != nil {
		return nil, err
	}
	page, err := s.As(access.Everything("audit"), store.Unobserved).Search(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Seen
	var minute time.Time
	counts := map[string]int{}
	end := func() {
		if len(counts) > 0 {
			last := &out[len(out)-1]
			for _, name := range slices.Sorted(maps.Keys(counts)) {
				last.Types = append(last.Types, Count{name, counts[name]})
			}
			clear(counts)
		}
	}
	for _, item := range page.Items {
		e, err := readSight(item.JSON)
		if err != nil {
			return nil, err
		}
		if len(e.counts(patient)) == 0 {
			continue // it was shown nothing
		}
		if m := e.Recorded.Truncate(time.Minute); len(out) == 0 || !m.Equal(minute) {
			end()
			minute, out = m, append(out, Seen{When: e.Recorded})
		}
		for name, n := range e.counts(patient) {
			counts[name] += n
		}
	}
	end()
	return out, nil
}

// sight is what Sights reads of an AuditEvent.
type sight struct {
	Recorded time.Time
	Entity   []struct {
		What   struct{ Reference string }
		Detail []struct{ Type, ValueString string }
	}
}

func readSight(auditEvent []byte) (s sight, err error) {
	if err := json.Unmarshal(auditEvent, &s); err != nil {
		return s, fhir.Fault("read an AuditEvent", err)
	}
	return s, nil
}

// counts are how many resources of each type it showed of a patient's record.
func (s sight) counts(patient string) map[string]int {
	out := map[string]int{}
	for _, e := range s.Entity {
		if e.What.Reference != "Patient/"+patient {
			continue
		}
		for _, d := range e.Detail {
			n, err := strconv.Atoi(d.ValueString)
			if err == nil {
				out[d.Type] += n
			}
		}
	}
	return out
}
