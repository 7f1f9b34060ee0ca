package record

import (
	"net/url"
	"strings"
	"time"

	"frontdesk/handlers/pages"
)

// homePage is what the home page shows.
type homePage struct {
	Name         string
	Appointments bool        // that section is open
	Next         []pages.Row // of the next appointment; none if there is none
	Book         string      // where one is booked, "" if that isn't open
	New, Waiting []pages.Task
	Asks         bool // there is a section in which something can wait
}

// notice is something that the home page counts: what is new, or waits for the practice's answer.
type notice struct {
	section, typ, query string // {since} in it is the day from which on things are new
	text, href          string // the text's key, of a number, and the page that has them
	waits               bool
}

// newFor is for how long something is new.
const newFor = 30 * 24 * time.Hour

// notices are all there are.
var notices = []notice{
	{section: "prescriptions", typ: "Task", query: "code=" + renewal + "&status=requested,accepted,in-progress",
		text: "record.waiting.orders", href: "/record/prescriptions", waits: true},
	{section: "results", typ: "Observation", query: "category=laboratory&date=ge{since}", text: "record.new.results",
		href: "/record/results"},
	{section: "documents", typ: "DocumentReference", query: "status=current&date=ge{since}", text: "record.new.letters",
		href: "/record/health/letters"},
}

// home is where a patient begins: what comes next, what is new, what waits for an answer.
func home(v *pages.Visit) (*pages.Answer, error) {
	data := homePage{Name: v.Role.Name, Appointments: v.Opens("appointments")}
	if data.Appointments {
		var err error
		if data.Next, err = v.NextAppointment("patient", patient(v)); err != nil {
			return nil, err
		}
		if v.Manages("appointments") {
			data.Book = v.To("/record/appointments/free")
		}
	}
	for _, n := range notices {
		if !v.Opens(n.section) {
			continue
		}
		data.Asks = data.Asks || n.waits
		count, err := n.count(v)
		if err != nil {
			return nil, err
		}
		task := pages.Task{Title: v.T(n.text, int(count)), Href: v.To(n.href)}
		switch {
		case count == 0:
		case n.waits:
			data.Waiting = append(data.Waiting, task)
		default:
			data.New = append(data.New, task)
		}
	}
	return v.Show("home", v.T("record.home.title"), data), nil
}

// count is how many there are.
func (n notice) count(v *pages.Visit) (int64, error) {
	since := v.Now().Add(-newFor).In(v.Shell().Zone).Format(time.DateOnly)
	query, err := url.ParseQuery(strings.ReplaceAll(n.query, "{since}", since))
	if err != nil {
		return 0, err
	}
	query.Set("patient", patient(v))
	query.Set("_count", "1")
	query.Set("_total", "accurate")
	found, err := v.Search(n.typ, query)
	if err != nil {
		return 0, err
	}
	return found.Total, nil
}
