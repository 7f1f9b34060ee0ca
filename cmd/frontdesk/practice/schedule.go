package practice

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The shape of the appointment book: weekdays, two sessions a day, from a week ago to four weeks ahead.
const (
	slotLength  = 10 * time.Minute
	bookedBack  = 7
	bookedAhead = 28
	// maxBooked is the number of appointments one patient has in the book by chance.
	maxBooked = 3
	// bundleSize bounds the entries of one Bundle of slots.
	bundleSize = 500
)

// sessions are the starts and ends of the two clinics of a day, in minutes from midnight.
var sessions = [...]struct{ from, to int }{{8*60 + 30, 12 * 60}, {14 * 60, 17*60 + 30}}

// nobody is the patient of a slot that is not booked.
const nobody = -1

type slot struct {
	staff   clinician
	start   time.Time
	status  string // R4 value set slotstatus
	patient int
}

func (s *slot) id() string        { return "slot-" + s.staff.ID + s.start.Format("-20060102-1504") }
func (s *slot) reference() string { return "Slot/" + s.id() }
func (s *slot) end() time.Time    { return s.start.Add(slotLength) }

// diary is the appointment book. It is made whole before the first patient, so that a slot and the appointment that
// takes it agree.
type diary struct {
	slots  []*slot
	booked map[int][]*slot
}

// atMinute is a time of day on a day, by the clock on the wall: adding a duration to midnight is wrong on the two days
// the clocks change.
func atMinute(day time.Time, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, day.Location())
}

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

func newDiary(g *generator) *diary {
	d := &diary{booked: map[int][]*slot{}}
	for offset := -bookedBack; offset < bookedAhead; offset++ {
		d.open(g, g.today.AddDate(0, 0, offset))
	}
	d.closeForMeeting()
	d.fill(g)
	// Nobody can take a time that is over.
	d.slots = slices.DeleteFunc(d.slots, func(s *slot) bool { return s.status == "free" && s.start.Before(g.today) })
	return d
}

// open adds the free slots of one day.
func (d *diary) open(g *generator, day time.Time) {
	if weekend(day) {
		return
	}
	for _, c := range g.staff.People {
		for _, session := range sessions {
			for minute := session.from; minute < session.to; minute += int(slotLength.Minutes()) {
				d.slots = append(d.slots, &slot{staff: c, start: atMinute(day, minute), status: "free", patient: nobody})
			}
		}
	}
}

// closeForMeeting keeps the first hour of each Wednesday afternoon for the staff.
func (d *diary) closeForMeeting() {
	for _, s := range d.slots {
		if s.start.Weekday() == time.Wednesday && s.start.Hour() == 14 {
			s.status = "busy-unavailable"
		}
	}
}

// fill books the appointments the ready patient is promised, then others by chance: fewer the further ahead.
func (d *diary) fill(g *generator) {
	if g.patients > 0 {
		for _, days := range []int{-bookedBack, 3, 12} {
			d.bookFirst(0, g.today.AddDate(0, 0, days))
		}
	}
	chance := rand.New(rand.NewPCG(g.seed, 1<<63))
	for _, s := range d.slots {
		ahead := s.start.Sub(g.today).Hours() / 24
		if s.status != "free" || chance.Float64() > 0.16-0.007*ahead {
			continue
		}
		// The named patients' appointments are not left to chance: the twins must be alike and the dead do not book.
		if others := numberOf(SuspendedPatient) + 1; g.patients > others {
			if p := others + chance.IntN(g.patients-others); len(d.booked[p]) < maxBooked {
				d.book(p, s)
			}
		}
	}
}

func (d *diary) book(patient int, s *slot) {
	s.status, s.patient = "busy", patient
	d.booked[patient] = append(d.booked[patient], s)
}

func (d *diary) bookFirst(patient int, from time.Time) {
	for _, s := range d.slots {
		if s.status == "free" && !s.start.Before(from) {
			d.book(patient, s)
			return
		}
	}
}

func (d *diary) bundles() [][]resource {
	var out [][]resource
	for i, s := range d.slots {
		if i%bundleSize == 0 {
			out = append(out, nil)
		}
		last := len(out) - 1
		out[last] = append(out[last], resource{"Slot", s.id(), object{
			{"schedule", ref("Schedule/" + s.staff.ID + "-diary")}, {"status", s.status},
			{"start", instant(s.start)}, {"end", instant(s.end())},
		}})
	}
	return out
}

func (g *generator) schedule(c clinician, to time.Time) resource {
	from := g.today.AddDate(0, 0, -bookedBack)
	return resource{"Schedule", c.ID + "-diary", object{
		{"active", true}, {"serviceType", list{object{{"text", c.Job}}}},
		{"actor", refs(c.reference(), "Location/"+c.Location, "HealthcareService/"+c.Service)},
		{"planningHorizon", period(from, to)}, {"comment", "Ten-minute appointments with " + c.name()},
	}}
}
