package rules

import (
	"context"
	"maps"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// slot is a Slot that the commit has to do with.
type slot struct {
	slotJSON
	there   bool         // there is one, after the commit
	stored  *fhir.Stored // the current version, nil if there is none
	written bool         // the caller writes it in this commit
	posted  bool         // and creates it, under a new id
	// holders are Appointments that have it and that the commit doesn't write.
	holders []fhir.Key
	deleted bool       // by this commit
	booked  []fhir.Key // those of the holders to whom nobody has come yet
	kept    bool       // an Appointment that the commit writes has it and had it before
	taker   *visit     // the first to take it in this commit
	given   bool       // somebody gives it back in this commit
}

// slotJSON is what matters here of a Slot.
type slotJSON struct {
	Status, Start, End string
	Schedule           referenceJSON
}

// load reads the Slots and, after them, who has them: whoever takes or frees one meanwhile writes it, and the version
// that was read is no longer the current one when this is committed.
func (d *bookingCommit) load(ctx context.Context) error {
	d.slots = map[fhir.Key]*slot{}
	for _, v := range d.visits {
		for _, key := range slices.Concat(v.before.held(d.Base), v.after.held(d.Base)) {
			d.slots[key] = nil
		}
	}
	for _, i := range d.written {
		d.slots[d.Batch.Writes[i].Key.Current()] = nil
	}
	for key := range d.slots {
		body, stored, err := d.Get(ctx, key)
		if err != nil {
			return err
		}
		s := &slot{stored: stored, there: body != nil}
		if s.there {
			if err := read(body, &s.slotJSON); err != nil {
				return err
			}
		}
		d.slots[key] = s
	}
	for _, i := range d.written {
		s := d.slots[d.Batch.Writes[i].Key.Current()]
		s.written, s.posted, s.deleted = true, d.Batch.Writes[i].Method == fhir.Post, d.Pending[i].After == nil
	}
	for _, v := range d.visits {
		d.note(v)
	}
	for _, key := range d.ordered() {
		if d.slots[key].unseen() {
			if err := d.serializeOn(ctx, d.Commit, coming, key.ID); err != nil {
				return err
			}
		}
	}
	return d.holders(ctx)
}

// coming is the namespace of the Records by which a Slot that is made and an Appointment that has it don't miss each
// other.
const coming = "slots-coming"

// unseen says that a commit that takes the Slot, or gives it back, and one that makes it write nothing in common by
// which the later one would be planned again: before it there is no Slot to write. A Slot that is deleted and sent
// again is such a one.
func (s *slot) unseen() bool {
	return (s.stored == nil || s.stored.Deleted()) && !s.posted && (s.written || s.taker != nil || s.given)
}

// ordered are the keys of the Slots, in the order in which they are written, the same in all commits.
func (d *bookingCommit) ordered() []fhir.Key {
	return slices.SortedFunc(maps.Keys(d.slots), func(a, b fhir.Key) int { return strings.Compare(a.ID, b.ID) })
}

// note says of the Slots what a visit does to them.
func (d *bookingCommit) note(v *visit) {
	for _, key := range d.given(v) {
		d.slots[key].given = true
	}
	taken := d.taken(v)
	for _, key := range v.after.held(d.Base) {
		switch s := d.slots[key]; {
		case !slices.Contains(taken, key):
			s.kept = true
		case s.taker == nil:
			s.taker = v
		}
	}
}

// holders asks which other Appointments have the Slots, all at once.
func (d *bookingCommit) holders(ctx context.Context) error {
	t, _ := d.Batch.Registry.Type("Appointment")
	of := expr.Or{}
	for key, s := range d.slots {
		if s.asked() {
			for _, b := range t.Params["slot"].Answers() {
				of = append(of, expr.Test{Param: b.Param, Is: search.RefIs{Type: key.Type, ID: key.ID}})
			}
		}
	}
	if len(of) == 0 {
		return nil
	}
	q := &search.Search{Query: search.Query{From: []expr.From{{Type: t, Where: of}}, Sort: []search.Sort{{Param: spec.ID}}, Limit: 100}}
	for {
		page, err := d.System.Search(ctx, q)
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			if err := d.holder(it.Stored); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == nil {
			return nil
		}
	}
}

// asked says that it matters who has a Slot, and isn't known: whether one that is taken is really free, whether one
// that is given back becomes free, whether its writer may call it free.
func (s *slot) asked() bool {
	switch {
	case s.deleted:
		return true
	case !s.there:
		return false
	case s.given:
		return true
	case s.taker != nil, s.written && s.Status == "free":
		return !s.nobodys()
	}
	return false
}

// nobodys says that nobody had the Slot before the commit, as far as that shows by itself. A free one is nobody's, but
// that an Appointment may have been sent before it: then it came by a PUT, at the same moment perhaps, and wasn't
// written since. One that is created by POST has an id that nobody knew.
func (s *slot) nobodys() bool {
	if s.stored == nil || s.stored.Deleted() {
		return s.posted
	}
	var before slotJSON
	return read(s.stored.JSON, &before) == nil && before.Status == "free" && (s.stored.Key.Version > 1 || s.stored.Method == fhir.Post)
}

// holder notes an Appointment as the holder of its Slots, but for one that the commit writes.
func (d *bookingCommit) holder(st *fhir.Stored) error {
	key := st.Key.Current()
	if slices.ContainsFunc(d.visits, func(v *visit) bool { return v.key == key }) {
		return nil
	}
	var a appointment
	if err := read(st.JSON, &a); err != nil {
		return err
	}
	for _, held := range a.held(d.Base) {
		if s := d.slots[held]; s != nil {
			s.holders = append(s.holders, key)
			if slices.Contains(expected, a.Status) {
				s.booked = append(s.booked, key)
			}
		}
	}
	return nil
}

// expected are the states in which somebody is to come at the time of a Slot, or is there.
var expected = []string{"booked", "arrived", "checked-in"}

// deletable refuses to delete a Slot that a booked Appointment has, or is given by the same commit.
func (d *bookingCommit) deletable() error {
	for _, i := range d.written {
		key := d.Batch.Writes[i].Key.Current()
		s := d.slots[key]
		for _, v := range d.visits {
			if s.deleted && v.after != nil && slices.Contains(expected, v.after.Status) && slices.Contains(v.after.held(d.Base), key) {
				s.booked = append(s.booked, v.key)
			}
		}
		if s.deleted && len(s.booked) > 0 {
			e := refusal(fhir.Conflict, "", d.Pending[i].At, "%s is booked, and can't be deleted. Cancel its appointment first, or make it busy-unavailable when that is over.", key)
			e.Issues[0].Code = "business-rule"
			return e.About(key)
		}
	}
	return nil
}

// settle writes what became of the Slots.
func (d *bookingCommit) settle(ctx context.Context) error {
	for _, key := range d.ordered() {
		s := d.slots[key]
		status, write := s.outcome()
		if !write {
			continue
		}
		before := s.stored
		if before == nil {
			before = &fhir.Stored{Key: key} // the caller creates it, and that is what is changed
		}
		patch := `[{"op":"replace","path":"/status","value":"` + status + `"}]`
		if err := d.Patch(ctx, before, []byte(patch)); err != nil {
			return err
		}
	}
	return nil
}

// outcome is the status that a Slot shall have. Whoever takes one writes it, though its status stays: that is what two
// who take it at once lose the race by.
//
// A Slot that an Appointment has isn't free, whatever its writer says: an EHR that sends its slots again doesn't know
// yet what a patient has booked this second, and isn't refused all its other slots for that. The answer shows what it
// became.
func (s *slot) outcome() (status string, write bool) {
	had := s.kept || s.taker != nil || len(s.holders) > 0
	switch {
	case !s.there:
		return "", false
	case had && s.Status == "free":
		return "busy", true
	case s.taker != nil:
		return s.Status, !s.written
	case s.given && !had && s.Status == "busy" && !s.written:
		return "free", true
	}
	return "", false
}
