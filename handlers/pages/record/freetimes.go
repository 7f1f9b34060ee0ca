package record

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// freePage is what the page of free times shows.
type freePage struct {
	Instead     string // the id of the appointment that one of them is to replace; "" for none
	Moves       string // when that one is
	With, Day   pages.Field
	On          string // the day that is shown
	Free        []clinic
	Before, For string // links to the day before and the one after
	Next        string // link to the next day with a free time, "" if there is none
	NextOn      string
}

// clinic is somebody's free times on a day.
type clinic struct {
	Name, All string // All is a link to all of them, "" if all are here
	Times     []pages.Link
}

// shownTimes is how many of somebody's times are shown beside those of others: enough to choose, and a page that isn't
// heavy.
const shownTimes = 12

// freeTimes are those of a day, or of the first on which there are any, by who has them.
func freeTimes(v *pages.Visit) (*pages.Answer, error) {
	data := freePage{Instead: v.Value("instead"), With: pages.Field{ID: "with", Label: v.T("record.free.with")},
		Day: pages.Field{ID: "day", Label: v.T("record.free.day"), Hint: v.T("record.free.day.hint")}}
	title := v.T("record.free")
	if data.Instead != "" {
		old, err := readAppointment(v, data.Instead)
		if err != nil {
			return nil, err
		}
		title, data.Moves = v.T("record.free.instead"), v.Shell().Weekday(old.Start)
	}
	var err error
	if data.With.Options, err = clinicians(v); err != nil {
		return nil, err
	}
	day, ok := dayOf(v)
	if !ok {
		data.Day.Date = v.DateOf("day")
		return v.Again("free", title, data, pages.Fault{Field: "day", Text: v.T("record.free.day.wrong")}), nil
	}
	if day.IsZero() {
		if day, err = firstDay(v, v.Now()); err != nil {
			return nil, err
		}
	}
	if err := data.fill(v, day); err != nil {
		return nil, err
	}
	return v.Show("free", title, data), nil
}

// clinicians are those whose times can be booked, to choose from.
func clinicians(v *pages.Visit) ([]pages.Option, error) {
	found, err := v.Search("Schedule", url.Values{"_include": {"Schedule:actor:Practitioner"}, "_count": {"100"}})
	if err != nil {
		return nil, err
	}
	names, err := datatypes.NamesOf(found)
	options := []pages.Option{}
	for reference, name := range names {
		if strings.HasPrefix(reference, "Practitioner/") {
			options = append(options, pages.Option{Value: reference, Label: name, On: reference == v.Value("with")})
		}
	}
	slices.SortFunc(options, func(a, b pages.Option) int { return strings.Compare(a.Label, b.Label) })
	return append([]pages.Option{{Label: v.T("record.free.anyone")}}, options...), err
}

// dayOf is the day that was asked for by a link or typed, zero if none was.
func dayOf(v *pages.Visit) (day time.Time, ok bool) {
	asked, typed := v.Value("day"), v.DateOf("day")
	if typed != (pages.DateValue{}) {
		asked = typed.Year + "-" + typed.Month + "-" + typed.Day
	}
	if asked == "" {
		return time.Time{}, true
	}
	day, err := time.ParseInLocation("2006-1-2", asked, v.Shell().Zone)
	return day, err == nil
}

// ofWhom adds to a query whose times are asked for.
func ofWhom(v *pages.Visit, query url.Values) url.Values {
	if with := v.Value("with"); with != "" {
		query.Set("schedule.actor", with)
	}
	return query
}

// firstDay is the first on which something is free from a time on; else that time's own.
func firstDay(v *pages.Visit, from time.Time) (time.Time, error) {
	first, err := slots(v, ofWhom(v, url.Values{"start": {"ge" + from.UTC().Format(time.RFC3339)}, "_count": {"1"}}))
	if err != nil {
		return from, err
	}
	if len(first) > 0 {
		from = first[0].start()
	}
	year, month, day := from.In(v.Shell().Zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, v.Shell().Zone), nil
}

// fill puts the free times of a day in, and the ways to other days.
func (p *freePage) fill(v *pages.Visit, day time.Time) error {
	p.On = v.Shell().DayOfWeek(day)
	p.Day.Date = pages.DateValue{Day: day.Format("2"), Month: day.Format("1"), Year: day.Format("2006")}
	after := day.AddDate(0, 0, 1)
	if day.After(v.Now()) {
		p.Before = p.link(v, day.AddDate(0, 0, -1), v.Value("with"))
	}
	p.For = p.link(v, after, v.Value("with"))
	free, err := slots(v, ofWhom(v, url.Values{"_count": {"500"}, "start": {"ge" + day.UTC().Format(time.RFC3339),
		"lt" + after.UTC().Format(time.RFC3339)}}))
	if err != nil {
		return err
	}
	for _, s := range free {
		p.add(v, s, day)
	}
	slices.SortFunc(p.Free, func(a, b clinic) int { return strings.Compare(a.Name, b.Name) })
	if len(free) > 0 {
		return nil
	}
	next, err := firstDay(v, after)
	if err == nil && next.After(after.Add(-time.Second)) && !next.Equal(after) {
		p.Next, p.NextOn = p.link(v, next, v.Value("with")), v.Shell().DayOfWeek(next)
	}
	return err
}

// add puts a free time to those of whose it is.
func (p *freePage) add(v *pages.Visit, s *slot, day time.Time) {
	who := s.schedule.who()
	name := s.schedule.names.Of(who)
	at := slices.IndexFunc(p.Free, func(c clinic) bool { return c.Name == name })
	if at < 0 {
		at = len(p.Free)
		p.Free = append(p.Free, clinic{Name: name})
	}
	c := &p.Free[at]
	if len(c.Times) >= shownTimes && v.Value("with") == "" {
		c.All = p.link(v, day, who.Reference)
		return
	}
	c.Times = append(c.Times, pages.Link{Text: v.Shell().Clock(s.start()), Href: bookLink(v, s.ID, p.Instead)})
}

// link is the address of another day, or of somebody's times.
func (p *freePage) link(v *pages.Visit, day time.Time, with string) string {
	query := url.Values{"day": {day.Format(time.DateOnly)}}
	for name, value := range map[string]string{"with": with, "instead": p.Instead} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return v.To("/record/appointments/free?" + query.Encode())
}

// bookLink leads to the page that books a time.
func bookLink(v *pages.Visit, id, instead string) string {
	query := url.Values{"slot": {id}}
	if instead != "" {
		query.Set("instead", instead)
	}
	return v.To("/record/appointments/book?" + query.Encode())
}
