package record

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/store"
)

// bookPage is what the page shows that books a time.
type bookPage struct {
	Slot, Instead string
	Version       string // of the appointment that is given up for it, as it was shown
	Rows          []pages.Row
	About         pages.Field
}

// takenPage is what is shown when somebody else was faster.
type takenPage struct {
	Free freePage
	Back string
}

// mostAbout is how many characters say what an appointment is for.
const mostAbout = 150

// askBook shows the time that was chosen, and asks what it is for.
func askBook(v *pages.Visit) (*pages.Answer, error) {
	s, err := oneSlot(v, v.Value("slot"))
	if fhir.KindOf(err) == fhir.NotFound {
		return taken(v)
	} else if err != nil {
		return nil, err
	}
	data, title, err := bookingOf(v, s)
	return v.Show("book", title, data), err
}

// bookingOf is the page for a time, and its title.
func bookingOf(v *pages.Visit, s *slot) (bookPage, string, error) {
	data := bookPage{Slot: s.ID, Instead: v.Value("instead"), About: pages.Field{ID: "about",
		Label: v.T("record.book.about"), Hint: v.T("record.book.about.hint"), Value: v.Value("about"), Most: mostAbout,
		Rows: 3}}
	data.Rows = []pages.Row{{Key: v.T("appointment.when"), Value: v.Shell().Weekday(s.start())}}
	if name := s.schedule.names.Of(s.schedule.who()); name != "" {
		data.Rows = append(data.Rows, pages.Row{Key: v.T("appointment.with"), Value: name})
	}
	title := v.T("record.book")
	if data.Instead == "" {
		return data, title, nil
	}
	old, err := readAppointment(v, data.Instead)
	if err != nil {
		return data, title, err
	}
	data.Version = strconv.FormatInt(old.Key.Version, 10)
	data.Rows = append(data.Rows, pages.Row{Key: v.T("record.book.instead"), Value: v.Shell().Weekday(old.Start)})
	if data.About.Value == "" {
		data.About.Value = old.Description
	}
	return data, v.T("record.book.move"), nil
}

// book takes the time, and gives up another for it in the same commit if it was to replace that (P2, P3).
func book(v *pages.Visit) (*pages.Answer, error) {
	s, err := oneSlot(v, v.Value("slot"))
	if fhir.KindOf(err) == fhir.NotFound {
		return taken(v)
	} else if err != nil {
		return nil, err
	}
	changes, err := bookChanges(v, s)
	if err != nil {
		return nil, err
	}
	to := "/record/appointments?done=booked"
	if v.Value("instead") != "" {
		to = "/record/appointments?done=moved"
	}
	err = v.Do(to, changes...)
	if lost(err) {
		return taken(v)
	}
	if faults, ok := pages.FaultsOf(err, map[string]string{"": "about"}); ok {
		data, title, err := bookingOf(v, s)
		return v.Again("book", title, data, faults...), err
	}
	return v.Goto(to), err
}

// lost says that a time isn't there to be booked, or not any more.
func lost(err error) bool {
	var e *fhir.Error
	return errors.As(err, &e) && slices.ContainsFunc(e.Issues, func(i fhir.Issue) bool {
		return i.Coding == "DUPLICATE_REJECTED" || i.Coding == "REFERENCE_NOT_FOUND"
	})
}

// bookChanges are what books a time, as an app's requests do.
func bookChanges(v *pages.Visit, s *slot) (changes []store.Change, err error) {
	participants := []any{map[string]any{"actor": map[string]any{"reference": patient(v)}, "status": "accepted"}}
	for _, actor := range s.schedule.Actor {
		participants = append(participants, map[string]any{"actor": map[string]any{"reference": actor.Reference},
			"status": "accepted"})
	}
	made := map[string]any{"resourceType": "Appointment", "status": "booked", "start": s.Start, "end": s.End,
		"created": v.Now().UTC().Format(time.RFC3339), "participant": participants,
		"slot": []any{map[string]any{"reference": "Slot/" + s.ID}}}
	if about := v.Value("about"); about != "" {
		made["description"] = about
	}
	if instead := v.Value("instead"); instead != "" {
		version, err := strconv.ParseInt(v.Value("version"), 10, 64)
		if err != nil {
			return nil, fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
		}
		gone, err := v.Set(fhir.Key{Type: "Appointment", ID: instead, Version: version}, map[string]any{
			"status": "cancelled", "cancelationReason": map[string]any{"text": v.T("record.book.moved")}})
		if err != nil {
			return nil, err
		}
		changes = append(changes, gone)
	}
	c, err := v.Creation(made)
	return append(changes, c), err
}

// taken says that a time is gone, and offers others.
func taken(v *pages.Visit) (*pages.Answer, error) {
	data := takenPage{Free: freePage{Instead: v.Value("instead")}}
	others, err := slots(v, url.Values{"_count": {"12"}, "start": {"ge" + v.Now().UTC().Format(time.RFC3339)}})
	if err != nil {
		return nil, err
	}
	times := clinic{}
	for _, s := range others {
		text := v.Shell().Weekday(s.start())
		if name := s.schedule.names.Of(s.schedule.who()); name != "" {
			text += ", " + name
		}
		times.Times = append(times.Times, pages.Link{Text: text, Href: bookLink(v, s.ID, data.Free.Instead)})
	}
	data.Free.Free = []clinic{times}
	query := url.Values{}
	if data.Free.Instead != "" {
		query.Set("instead", data.Free.Instead)
	}
	data.Back = v.To("/record/appointments/free?" + query.Encode())
	return v.Show("taken", v.T("record.book.taken"), data).Status(http.StatusConflict), nil
}
