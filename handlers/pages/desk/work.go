package desk

import (
	"net/url"
	"slices"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
	"frontdesk/store"
)

// queue is one kind of work that waits, the oldest first.
type queue struct {
	name         string // in addresses
	title, about string // keys of texts
	count        func(v *pages.Visit) (int, error)
	// load is a piece of work: the one of an id, or without one that which is at a place, or the first; nil if there is
	// none.
	load func(v *pages.Visit, id, at string) (*piece, error)
	// deal does what was chosen with a piece of work.
	deal func(s staff, v *pages.Visit, p *piece, to string) error
}

// queues are all kinds of work, in the order in which they are shown.
var queues = []queue{
	{"messages", "desk.messages", "desk.messages.about", countMessages, loadMessage, staff.answerMessage},
	orders.queue("orders", "desk.orders", "desk.orders.about", staff.decideOrder),
	results.queue("results", "desk.results", "desk.results.about", staff.releaseOne),
	details.queue("details", "desk.details", "desk.details.about", staff.decideDetails),
}

// piece is one piece of work as it is shown.
type piece struct {
	Queue   string
	Heading string
	Key     fhir.Key // with the version that is shown
	Mark    string   // what must be as it was when the piece is dealt with
	Left    int      // how many wait, with this one
	Next    string   // the place of the one after it; "" if it is the last
	Who     []pages.Row
	Rows    []pages.Row
	Thread  []said
	Table   *pages.Table
	Text    pages.Field // what can be written to it
	Do      []button
	Normal  bool // several can be dealt with at once

	first, last *message // of a thread
	subject     string   // the Patient, a reference
}

// said is one message of a thread.
type said struct {
	By, When string
	Texts    []string
	Staff    bool
}

// button is something that can be done.
type button struct{ Value, Text, Kind string }

// source is a kind of work that a search finds.
type source struct {
	typ   string
	query url.Values // what waits, the oldest first, with what is shown of it
	show  func(v *pages.Visit, found *store.Page, p *piece) error
}

// queue is the kind of work that a source has.
func (s source) queue(
	name, title, about string, deal func(staff, *pages.Visit, *piece, string) error,
) queue {
	return queue{name, title, about, s.count, func(v *pages.Visit, id, at string) (*piece, error) {
		return s.load(v, name, id, at)
	}, deal}
}

// count is how many wait.
func (s source) count(v *pages.Visit) (int, error) {
	query := url.Values{"_summary": {"count"}}
	for name, values := range s.query {
		if name[0] != '_' || name == "_tag" {
			query[name] = values
		}
	}
	found, err := v.Search(s.typ, query)
	if err != nil {
		return 0, err
	}
	return int(found.Total), nil
}

// load is for queue.load.
func (s source) load(v *pages.Visit, name, id, at string) (*piece, error) {
	query := url.Values{"_count": {"1"}, "_total": {"accurate"}}
	for name, values := range s.query {
		query[name] = values
	}
	if id != "" {
		query.Set("_id", id)
	}
	found, links, err := v.Browse(s.typ, query)
	if err != nil {
		return nil, err
	}
	if len(found.Items) == 0 {
		return nil, nil
	}
	st := found.Items[0].Stored
	p := &piece{Queue: name, Key: st.Key, Mark: strconv.FormatInt(st.Key.Version, 10), Left: int(found.Total),
		Next: v.Value("next")}
	if u, err := url.Parse(links.Next); err == nil && id == "" {
		p.Next = u.Query().Get("at")
	}
	if err := s.show(v, found, p); err != nil {
		return nil, err
	}
	who, err := patientOf(found, p.subject)
	p.Who = append(who.rows(v), p.Who...)
	return p, err
}

// first reads the first that was found.
func first(found *store.Page, into any) error { return datatypes.Read(found.Items[0].Stored, into) }

// queueOf is the kind of work that the address names.
func queueOf(v *pages.Visit) (*queue, error) {
	at := slices.IndexFunc(queues, func(q queue) bool { return q.name == v.Path("queue") })
	if at < 0 {
		return nil, fhir.Errorf(fhir.NotFound, "", "%s", v.T("error.nowhere"))
	}
	return &queues[at], nil
}

// work shows the next piece of work of a kind.
func work(v *pages.Visit) (*pages.Answer, error) {
	q, err := queueOf(v)
	if err != nil {
		return nil, err
	}
	p, err := q.load(v, "", v.Value("at"))
	if err != nil {
		return nil, err
	}
	if p == nil && v.Value("at") != "" { // it was the last; what was left for later is there
		return v.Goto("/desk/work/" + q.name), nil
	}
	if p == nil {
		return v.Show("nowork", v.T(q.title), nil), nil
	}
	p.Heading = v.T(q.title)
	return v.Show("work", p.Heading, p), nil
}

// deal does what was chosen with a piece of work, and leads to the next.
func (s staff) deal(v *pages.Visit) (*pages.Answer, error) {
	q, err := queueOf(v)
	if err != nil {
		return nil, err
	}
	next := "/desk/work/" + q.name + "?" + url.Values{"at": {v.Value("next")}, "done": {q.name + "." + v.Value("do")}}.
		Encode()
	p, err := q.load(v, v.Value("id"), "")
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fhir.Errorf(fhir.Conflict, "", "%s", v.T("desk.work.gone"))
	}
	p.Heading, p.Text.Value = v.T(q.title), v.Value("text")
	again := func(text string) (*pages.Answer, error) {
		return v.Again("work", p.Heading, p, pages.Fault{Field: "text", Text: text}), nil
	}
	if p.Mark != v.Value("mark") {
		return again(v.T("desk.work.changed"))
	}
	if !slices.ContainsFunc(p.Do, func(b button) bool { return b.Value == v.Value("do") }) {
		return nil, fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
	}
	if need := needed[v.Value("do")]; need != "" && p.Text.Value == "" {
		return again(v.T(need))
	}
	err = q.deal(s, v, p, next)
	if faults, ok := pages.FaultsOf(err, map[string]string{"": "text"}); ok {
		return v.Again("work", p.Heading, p, faults...), nil
	}
	return v.Goto(next), err
}

// needed are what can't be done without words, each with the key of what to say then.
var needed = map[string]string{"reject": "desk.reject.empty", "close": "desk.reply.empty", "open": "desk.reply.empty"}
