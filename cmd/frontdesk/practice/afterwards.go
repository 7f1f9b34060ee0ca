package practice

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Account is somebody who can sign in to the demo practice.
type Account struct {
	Name   string
	Person string // the reference to who it is
	Safer  bool   // there is a second password, which opens the reduced view
	Shows  string // what is to be seen by signing in so
}

// Accounts are those of the people that a practice of this size has, and its neighbour.
func Accounts(opts Options) ([]Account, error) {
	var all, there []Account
	if err := table("accounts.json", &all); err != nil {
		return nil, err
	}
	for _, a := range all {
		if opts.has(a.Person) {
			there = append(there, a)
		}
	}
	return there, nil
}

// has says that there is what a URL names, or a person of accounts.json, in a practice of this size or its neighbour.
func (o Options) has(url string) bool {
	if o.Neighbours == 0 && (strings.Contains(url, "eastmere") || strings.Contains(url, "dr-lindqvist")) {
		return false
	}
	for n := o.Patients; n < numberOf(SuspendedPatient)+1; n++ {
		if strings.Contains(url, fmt.Sprintf("/demo-%04d", n+1)) {
			return false
		}
	}
	return true
}

// Afterwards are the Bundles that a practice sends to its server, in turn, when the records are there: what staff
// decide about online access, and a report that comes from the laboratory after that. They are written to be sent by
// any client that acts for staff.
func Afterwards(opts Options) ([][]byte, error) {
	var decisions struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Entry        []struct {
			Request  json.RawMessage `json:"request"`
			Resource json.RawMessage `json:"resource"`
		} `json:"entry"`
	}
	if err := table("decisions.json", &decisions); err != nil {
		return nil, err
	}
	var out [][]byte
	there := decisions.Entry[:0]
	for _, e := range decisions.Entry {
		if opts.has(string(e.Request)) {
			there = append(there, e)
		}
	}
	decisions.Entry = there
	text, err := json.Marshal(decisions)
	if err != nil {
		return nil, fmt.Errorf("write the decisions of the demo practice: %w", err)
	}
	out = append(out, text)
	if opts.Patients == 0 {
		return out, nil
	}
	g, err := newGenerator(opts)
	if err != nil {
		return nil, err
	}
	c := g.newChart(numberOf(ReadyPatient))
	c.write()
	report, err := transaction(c.arriving)
	return append(out, report), err
}

// Extend are Bundles that carry the appointment book of the practice on, so that from today it reaches as far ahead as
// it did on its first day, opts.Now: the slots of the days from until, the first that isn't in the book yet, and the
// new end of the schedules. Nobody has booked in them. There are none if the book is long enough.
func Extend(opts Options, until, today time.Time) ([][]byte, error) {
	g, err := newGenerator(opts)
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, g := range g.practices() {
		for _, resources := range g.extend(until, today) {
			text, err := transaction(resources)
			if err != nil {
				return nil, err
			}
			out = append(out, text)
		}
	}
	return out, nil
}

// extend is Extend for one practice.
func (g *generator) extend(until, today time.Time) [][]resource {
	d, end := &diary{}, midnight(today, g.today.Location()).AddDate(0, 0, bookedAhead)
	for day := midnight(until, g.today.Location()); day.Before(end); day = day.AddDate(0, 0, 1) {
		d.open(g, day)
	}
	if len(d.slots) == 0 {
		return nil
	}
	d.closeForMeeting()
	var schedules []resource
	for _, c := range g.staff.People {
		schedules = append(schedules, g.schedule(c, end))
	}
	return append(d.bundles(), schedules)
}

// BookEnd is the first day that isn't in the appointment book any more, of a practice made or extended today.
func BookEnd(today time.Time) time.Time { return today.AddDate(0, 0, bookedAhead) }
