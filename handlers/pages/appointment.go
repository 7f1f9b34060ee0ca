package pages

import (
	"encoding/json"
	"net/url"
	"time"

	"frontdesk/fhir"
)

// NextAppointment is the next that is booked with somebody, by a search parameter and a reference: rows for a summary
// list, none if there is none.
func (v *Visit) NextAppointment(param, reference string) ([]Row, error) {
	found, err := v.Search("Appointment", url.Values{param: {reference}, "status": {"booked,arrived,pending"},
		"_sort": {"date"}, "_count": {"1"},
		"date": {"ge" + v.Now().UTC().Format(time.RFC3339)}})
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	st := found.Items[0].Stored
	var a struct {
		Start       time.Time `json:"start"`
		Description string    `json:"description"`
		Participant []struct {
			Actor struct {
				Reference, Display string
			} `json:"actor"`
		} `json:"participant"`
	}
	if err := json.Unmarshal(st.JSON, &a); err != nil {
		return nil, fhir.Fault("reading "+st.Key.String(), err)
	}
	rows := []Row{{Key: v.T("appointment.when"), Value: v.Shell().Weekday(a.Start)}}
	for _, p := range a.Participant {
		if p.Actor.Display != "" && p.Actor.Reference != reference {
			rows = append(rows, Row{Key: v.T("appointment.with"), Value: p.Actor.Display})
		}
	}
	if a.Description != "" {
		rows = append(rows, Row{Key: v.T("appointment.about"), Value: a.Description})
	}
	return rows, nil
}
