package settings

import (
	"slices"
	"time"

	"frontdesk/handlers/capability"
	"frontdesk/store/online"
)

// days are R4's codes of weekdays (days-of-week), by Go's.
var days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// openingHours is when the practice is open. Given hours take the place of all there were.
var openingHours = field(
	capability.Parameter{Name: "opening-hours", Max: "*", Documentation: "When messages are read. Given, they take the place of all there were.", Part: []capability.Parameter{
		{Name: "day", Min: 1, Max: "*", Type: "code", Documentation: "A day of the week: mon, tue, wed, thu, fri, sat, sun."},
		{Name: "from", Min: 1, Max: "1", Type: "time", Documentation: "As 08:00:00."},
		{Name: "to", Min: 1, Max: "1", Type: "time", Documentation: "As 18:30:00, later than from."},
	}},
	func(p *online.Practice) *[]online.Hours { return &p.Opening },
	func(all []online.Hours) (ps []parameter) {
		for _, h := range all {
			one := parameter{name: "opening-hours"}
			for _, day := range h.Days {
				one.parts = append(one.parts, of("day", "Code", days[day]))
			}
			one.parts = append(one.parts, of("from", "Time", h.From+":00"), of("to", "Time", h.To+":00"))
			ps = append(ps, one)
		}
		return ps
	},
	func(all *[]online.Hours, ps []parameter) error {
		var out []online.Hours
		for _, p := range ps {
			h, err := p.hours()
			if err != nil {
				return err
			}
			out = append(out, h)
		}
		*all = out
		return nil
	})

// closedDays are when the practice is closed whatever its opening hours. Given days take the place of all there were.
var closedDays = field(
	capability.Parameter{Name: "closed", Max: "*", Type: "date", Documentation: "A day on which the practice is closed whatever its opening hours, as a bank holiday. " +
		"On it patients book nothing, and messages are answered automatically. Given, they take the place of all there were."},
	func(p *online.Practice) *[]string { return &p.Closed },
	func(all []string) (ps []parameter) {
		for _, day := range all {
			ps = append(ps, of("closed", "Date", day))
		}
		return ps
	},
	func(all *[]string, ps []parameter) error {
		var out []string
		for _, p := range ps {
			day, err := p.text("Date", "String")
			if err != nil {
				return err
			}
			if _, err := time.Parse(time.DateOnly, day); err != nil || len(ps) > mostClosed {
				return p.wrong("Give each day as 2026-12-25, and a thousand at the most.")
			}
			out = append(out, day)
		}
		*all = out
		return nil
	})

// mostClosed bounds the days on which a practice is closed.
const mostClosed = 1000

// hours reads one stretch of opening hours.
func (p parameter) hours() (h online.Hours, err error) {
	for _, part := range p.parts {
		if part.name != "day" {
			continue
		}
		name, err := part.text("Code", "String")
		if err != nil {
			return h, err
		}
		day := slices.Index(days, name)
		if day < 0 {
			return h, p.wrong("A day is mon, tue, wed, thu, fri, sat or sun.")
		}
		h.Days = append(h.Days, time.Weekday(day))
	}
	if h.From, err = p.clock("from"); err != nil {
		return h, err
	}
	if h.To, err = p.clock("to"); err != nil {
		return h, err
	}
	if len(h.Days) == 0 || h.From >= h.To {
		return h, p.wrong("Give at least one day, and a time to that is later than from.")
	}
	return h, nil
}

// clock reads a part that is a time of day, to the minute.
func (p parameter) clock(name string) (string, error) {
	part, _ := p.part(name)
	text, err := part.text("Time", "String")
	if err != nil {
		return "", err
	}
	for _, layout := range []string{time.TimeOnly, "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format("15:04"), nil
		}
	}
	return "", part.wrong("Give a time of day, as 08:30:00.")
}
