package record

import (
	"net/url"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// states are what people read of a resource's status: a text and the kind of its tag.
type states map[string]pages.Tag

// tag is the state in words; a status that pages have no words for isn't said.
func (s states) tag(v *pages.Visit, status string) pages.Tag {
	state, known := s[status]
	if !known {
		return pages.Tag{}
	}
	return pages.Tag{Text: v.T(state.Text), Kind: state.Kind}
}

var appointmentStates = states{
	"booked": {Text: "appointment.booked", Kind: "good"}, "pending": {Text: "appointment.pending", Kind: "wait"},
	"proposed": {Text: "appointment.pending", Kind: "wait"}, "waitlist": {Text: "appointment.waitlist", Kind: "wait"},
	"arrived": {Text: "appointment.arrived"}, "checked-in": {Text: "appointment.arrived"},
	"fulfilled": {Text: "appointment.fulfilled"}, "noshow": {Text: "appointment.noshow", Kind: "bad"},
	"cancelled": {Text: "appointment.cancelled", Kind: "bad"},
}

// appointmentsPage is what the list of appointments shows.
type appointmentsPage struct {
	Coming  []pages.Task
	Book    bool // one can be booked
	Earlier pages.Table
	Pages   pages.Pages // of the earlier ones
}

// appointments are those to come, and those that were.
func appointments(v *pages.Visit) (*pages.Answer, error) {
	now := v.Now().UTC().Format(time.RFC3339)
	coming, err := v.Search("Appointment", url.Values{"patient": {patient(v)}, "date": {"ge" + now}, "_sort": {"date"},
		"_count": {"50"}, "status:not": {"cancelled"}, "_include": {"Appointment:actor"}})
	if err != nil {
		return nil, err
	}
	data := appointmentsPage{Book: v.Manages("appointments")}
	if data.Coming, err = appointmentTasks(v, coming); err != nil {
		return nil, err
	}
	earlier, links, err := v.Browse("Appointment", url.Values{"patient": {patient(v)}, "_sort": {"-date"},
		"date": {"lt" + now}, "_count": {"10"}, "_include": {"Appointment:actor"}})
	if err != nil {
		return nil, err
	}
	data.Pages = links
	data.Earlier = pages.Table{Caption: v.T("record.appointments.earlier"), Hidden: true,
		Empty: v.T("record.appointments.earlier.none"), Columns: []pages.Column{{Text: v.T("appointment.when")},
			{Text: v.T("appointment.with")}, {Text: v.T("appointment.state")}}}
	tasks, err := appointmentTasks(v, earlier)
	for _, task := range tasks {
		data.Earlier.Rows = append(data.Earlier.Rows, []pages.Cell{{Text: task.Title, Href: task.Href},
			{Text: task.Hint}, {Tag: task.Tag}})
	}
	return v.Show("appointments", v.T("record.appointments"), data), err
}

// appointmentTasks are the appointments that were found, each with who it is with.
func appointmentTasks(v *pages.Visit, found *store.Page) (tasks []pages.Task, err error) {
	names, err := datatypes.NamesOf(found)
	if err != nil {
		return nil, err
	}
	for _, item := range found.Items {
		if item.Key.Type != "Appointment" {
			continue
		}
		var a pages.Appointment
		if err := datatypes.Read(item.Stored, &a); err != nil {
			return nil, err
		}
		tasks = append(tasks, pages.Task{Title: v.Shell().Weekday(a.Start), Hint: a.With(names),
			Href: v.To("/record/appointments/" + item.Key.ID), Tag: appointmentStates.tag(v, a.Status)})
	}
	return tasks, nil
}

// booked is an appointment as its own pages show it.
type booked struct {
	pages.Appointment
	Key    fhir.Key
	Rows   []pages.Row
	Places map[string]string // what each place and person is called
	Change bool              // it is to come, and can be changed and cancelled
}

// readAppointment finds the one that the path or a form names, with who is in it.
func readAppointment(v *pages.Visit, id string) (*booked, error) {
	found, err := v.Search("Appointment", url.Values{"_id": {id}, "patient": {patient(v)},
		"_include": {"Appointment:actor"}})
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("record.appointments.missing"))
	}
	b := &booked{Key: found.Items[0].Key}
	if err := datatypes.Read(found.Items[0].Stored, &b.Appointment); err != nil {
		return nil, err
	}
	if b.Places, err = datatypes.NamesOf(found); err != nil {
		return nil, err
	}
	b.Rows, err = v.AppointmentRows(found, 0, patient(v))
	b.Rows = append(b.Rows, pages.Row{Key: v.T("appointment.state"), Tag: appointmentStates.tag(v, b.Status)})
	if reason := b.CancelationReason.Words(); reason != "" {
		b.Rows = append(b.Rows, pages.Row{Key: v.T("appointment.reason"), Value: reason})
	}
	if b.Comment != "" {
		b.Rows = append(b.Rows, pages.Row{Key: v.T("appointment.comment"), Value: b.Comment})
	}
	b.Change = v.Manages("appointments") && b.Status == "booked" && b.Start.After(v.Now())
	return b, err
}

// oneAppointment shows one, to be printed too.
func oneAppointment(v *pages.Visit) (*pages.Answer, error) {
	b, err := readAppointment(v, v.Path("id"))
	if err != nil {
		return nil, err
	}
	return v.Show("appointment", v.T("record.appointment"), b), nil
}
