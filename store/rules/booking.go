package rules

import (
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Booking keeps the appointment book: an Appointment that is booked takes its Slots from free to busy in the same
// commit, no Slot is taken twice whoever books, and one that is given back is free again (P2, P3). What patients and
// proxies may book, change and cancel is in appointments.go.
type Booking struct{ Options }

// Apply is cheap for a commit without an Appointment or a Slot.
func (b Booking) Apply(ctx context.Context, c *store.Commit) error {
	d := bookingCommit{Options: b.Options, Commit: c}
	for i := range c.Pending {
		switch c.Batch.Writes[i].Key.Type {
		case "Appointment":
			v, err := d.visit(i)
			if err != nil {
				return err
			}
			d.visits = append(d.visits, v)
		case "Slot":
			d.written = append(d.written, i)
		}
	}
	if d.visits == nil && d.written == nil {
		return nil
	}
	for _, v := range d.visits {
		if err := d.permitted(ctx, v); err != nil {
			return err
		}
	}
	if err := d.load(ctx); err != nil {
		return err
	}
	if err := d.deletable(); err != nil {
		return err
	}
	for _, v := range d.visits {
		if err := d.bookable(ctx, v); err != nil {
			return err
		}
	}
	return d.settle(ctx)
}

// bookingCommit is what one commit does to the appointment book.
type bookingCommit struct {
	Options
	*store.Commit
	visits  []*visit
	written []int // the Slots that the caller writes, in Pending
	slots   map[fhir.Key]*slot
}

// visit is one Appointment of the commit. before and after are nil where there is none.
type visit struct {
	*store.Pending
	key           fhir.Key
	before, after *appointment
	patients      []string
	// mirrored: a system that isn't used by a person puts an Appointment at an id of its own choice. It isn't booking,
	// but tells of what was booked elsewhere: the Slot may be busy already, for this very Appointment, or be sent
	// later.
	mirrored bool
}

// appointment is what matters here of an Appointment.
type appointment struct {
	Status, Start, End string
	Slot               []referenceJSON
	Participant        []struct{ Actor referenceJSON }
	CancelationReason  any
}

// holding are the states in which an Appointment has its Slots: a visit that took place, or to which nobody came, used
// up its time.
var holding = []string{"booked", "arrived", "checked-in", "fulfilled", "noshow"}

func (d *bookingCommit) visit(i int) (*visit, error) {
	w, p := &d.Batch.Writes[i], &d.Pending[i]
	v := &visit{Pending: p, key: w.Key.Current(), patients: w.Compartments,
		mirrored: d.Grant.Identity().Person == "" && w.Method.Puts()}
	if p.Before != nil && !p.Before.Deleted() {
		v.before = &appointment{}
		if err := read(p.Before.JSON, v.before); err != nil {
			return nil, err
		}
	}
	if p.After == nil {
		return v, nil
	}
	v.after = &appointment{}
	return v, read(p.After.JSON, v.after)
}

// held are the Slots on this server that an Appointment has, in the order in which it names them; none of nil.
func (a *appointment) held(base string) []fhir.Key {
	if a == nil || !slices.Contains(holding, a.Status) {
		return nil
	}
	var keys []fhir.Key
	for _, r := range a.Slot {
		if key, local := search.Local(r.Reference, base); local && key.Type == "Slot" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// taken are the Slots that the visit has after the commit and hadn't before.
func (d *bookingCommit) taken(v *visit) []fhir.Key {
	return without(v.after.held(d.Base), v.before.held(d.Base))
}

// given are the Slots that the visit gives back.
func (d *bookingCommit) given(v *visit) []fhir.Key {
	return without(v.before.held(d.Base), v.after.held(d.Base))
}

func without(keys, others []fhir.Key) []fhir.Key {
	return slices.DeleteFunc(keys, func(k fhir.Key) bool { return slices.Contains(others, k) })
}

// instant is an R4 instant; the zero time if there is none.
func instant(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s)
	return t
}
