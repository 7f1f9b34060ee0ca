package pages

import (
	"net/url"
	"strings"
	"time"

	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// Appointment is what pages show of one.
type Appointment struct {
	Status, Description, Comment string
	Start, End                   time.Time
	ServiceType                  []datatypes.Concept
	Slot                         []datatypes.Reference
	Participant                  []struct{ Actor datatypes.Reference }
	CancelationReason            datatypes.Concept
}

// With are those people and places of an appointment that have a name and are no patient, in its order.
func (a *Appointment) With(names datatypes.Names) string {
	var with []string
	for _, p := range a.Participant {
		if name := names.Of(p.Actor); name != "" && !strings.HasPrefix(p.Actor.Reference, "Patient/") {
			with = append(with, name)
		}
	}
	return strings.Join(with, ", ")
}

// NextAppointment is the next that is booked with somebody, by a search parameter and a reference: rows for a summary
// list, none if there is none.
func (v *Visit) NextAppointment(param, reference string) ([]Row, error) {
	found, err := v.Search("Appointment", url.Values{param: {reference}, "status": {"booked,arrived,pending"},
		"_sort": {"date"}, "_count": {"1"}, "_include": {"Appointment:actor"},
		"date": {"ge" + v.Now().UTC().Format(time.RFC3339)}})
	if err != nil || len(found.Items) == 0 {
		return nil, err
	}
	return v.AppointmentRows(found, 0, reference)
}

// AppointmentRows are the rows of a summary list for one of those that were found with their actors. It leaves out the
// one for whom it is shown.
func (v *Visit) AppointmentRows(found *store.Page, at int, reference string) ([]Row, error) {
	names, err := datatypes.NamesOf(found)
	if err != nil {
		return nil, err
	}
	var a Appointment
	if err := datatypes.Read(found.Items[at].Stored, &a); err != nil {
		return nil, err
	}
	rows := []Row{{Key: v.T("appointment.when"), Value: v.Shell().Weekday(a.Start)}}
	for _, p := range a.Participant {
		name := names.Of(p.Actor)
		if name == "" || p.Actor.Reference == reference {
			continue
		}
		key := v.T("appointment.with")
		if strings.HasPrefix(p.Actor.Reference, "Location/") {
			key = v.T("appointment.where")
		}
		rows = append(rows, Row{Key: key, Value: name})
	}
	if a.Description != "" {
		rows = append(rows, Row{Key: v.T("appointment.about"), Value: a.Description})
	}
	return rows, nil
}
