package record

import (
	"net/url"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// slot is a time that can be booked.
type slot struct {
	ID         string
	Start, End string
	Schedule   datatypes.Reference
	schedule   *schedule
}

// schedule is whose times they are.
type schedule struct {
	ServiceType []datatypes.Concept
	Actor       []datatypes.Reference
	names       datatypes.Names
}

// who is the person or service that a schedule is of.
func (s *schedule) who() datatypes.Reference {
	for _, kind := range []string{"Practitioner/", "PractitionerRole/", "HealthcareService/", "Device/", "Location/"} {
		for _, actor := range s.Actor {
			if strings.HasPrefix(actor.Reference, kind) {
				return actor
			}
		}
	}
	return datatypes.Reference{}
}

// start is when a slot starts.
func (s *slot) start() time.Time {
	at, _ := time.Parse(time.RFC3339, s.Start)
	return at
}

// slots are the free times that fit a query, by start.
func slots(v *pages.Visit, query url.Values) ([]*slot, error) {
	query.Set("status", "free")
	query.Set("_sort", "start")
	query["_include"] = []string{"Slot:schedule"}
	query["_include:iterate"] = []string{"Schedule:actor"}
	found, err := v.Search("Slot", query)
	if err != nil {
		return nil, err
	}
	names, err := datatypes.NamesOf(found)
	if err != nil {
		return nil, err
	}
	var all []*slot
	schedules := map[string]*schedule{}
	for _, item := range found.Items {
		switch item.Key.Type {
		case "Slot":
			s := &slot{ID: item.Key.ID}
			if err := datatypes.Read(item.Stored, s); err != nil {
				return nil, err
			}
			all = append(all, s)
		case "Schedule":
			s := &schedule{names: names}
			if err := datatypes.Read(item.Stored, s); err != nil {
				return nil, err
			}
			schedules["Schedule/"+item.Key.ID] = s
		}
	}
	for _, s := range all {
		if s.schedule = schedules[s.Schedule.Reference]; s.schedule == nil {
			s.schedule = &schedule{names: names}
		}
	}
	return all, nil
}

// oneSlot is a time that is free; fhir.NotFound if it isn't, or not any more.
func oneSlot(v *pages.Visit, id string) (*slot, error) {
	found, err := slots(v, url.Values{"_id": {id}})
	if err != nil {
		return nil, err
	}
	if id == "" || len(found) == 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.book.taken.text"))
	}
	return found[0], nil
}
