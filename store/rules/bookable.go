package rules

import (
	"context"
	"fmt"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// bookable says whether the Slots that a visit takes can be taken by it (P2).
func (d *bookingCommit) bookable(ctx context.Context, v *visit) error {
	taken := d.taken(v)
	if len(taken) == 0 {
		return nil
	}
	if err := d.known(ctx, v, taken); err != nil {
		return err
	}
	if !v.mirrored {
		if err := d.fits(v); err != nil {
			return err
		}
	}
	if d.Grant.Identity().Online() {
		if err := d.staffed(ctx, v); err != nil {
			return err
		}
	}
	return d.free(v, taken)
}

// known refuses Slots that aren't here. A Slot that the caller can't see isn't here (I2): for patients that is one
// outside the practice's booking window, too.
func (d *bookingCommit) known(ctx context.Context, v *visit, taken []fhir.Key) error {
	for _, key := range taken {
		s := d.slots[key]
		if v.mirrored || s.there && s.written {
			continue
		}
		if s.there {
			if seen, err := d.offered(ctx, v, s.stored); err != nil {
				return err
			} else if seen {
				continue
			}
		}
		e := refusal(fhir.Unprocessable, "REFERENCE_NOT_FOUND", d.at(v, key),
			"There is no %s that you could book. Search for free ones with /Slot?status=free, and name one of those.", key)
		e.Issues[0].Code = "not-found"
		return e
	}
	return nil
}

// offered says that who calls sees a Slot, and a person who is online also for each patient of the visit: each books at
// the own practice and by its rules, and a proxy doesn't take for one what another's practice offers.
func (d *bookingCommit) offered(ctx context.Context, v *visit, slot *fhir.Stored) (bool, error) {
	sessions := []*store.Session{d.Caller}
	if d.Grant.Identity().Online() {
		for _, patient := range v.patients {
			sessions = append(sessions, d.Seen(patient))
		}
	}
	for _, s := range sessions {
		if seen, err := d.Sees(ctx, s, slot); err != nil || !seen {
			return false, err
		}
	}
	return true, nil
}

// fits compares the visit's times with those of its Slots, which must follow each other without a gap in one Schedule.
func (d *bookingCommit) fits(v *visit) error {
	keys := v.after.held(d.Base)
	slices.SortFunc(keys, func(a, b fhir.Key) int {
		return instant(d.slots[a].Start).Compare(instant(d.slots[b].Start))
	})
	first, last := d.slots[keys[0]], d.slots[keys[len(keys)-1]]
	for i, key := range keys[1:] {
		s, before := d.slots[key], d.slots[keys[i]]
		if s.Schedule != before.Schedule || !instant(s.Start).Equal(instant(before.End)) {
			return d.invalid(v, d.at(v, key), "%s does not follow %s in the same schedule. Book slots only together that are next to each other, or one appointment for each.", key, keys[i])
		}
	}
	switch start := instant(v.after.Start); {
	case !start.Equal(instant(first.Start)):
		return d.invalid(v, "Appointment.start", "The slot starts at %s. Give the appointment the same start.", first.Start)
	case !instant(v.after.End).Equal(instant(last.End)):
		return d.invalid(v, "Appointment.end", "The slot ends at %s. Give the appointment the same end.", last.End)
	case v.after.Status == "booked" && start.Before(d.Now()):
		return d.invalid(v, "Appointment.start", "This time is past. Search for free slots from now on, and book one of those.")
	}
	return nil
}

// free refuses a Slot that is taken. Of two that a commit gives the same Slot to, the second is refused.
func (d *bookingCommit) free(v *visit, taken []fhir.Key) error {
	for _, key := range taken {
		s := d.slots[key]
		switch {
		case !s.there:
			continue
		case s.taker != v, s.kept, len(s.holders) > 0:
		case s.Status == "free", s.given && s.Status == "busy", v.mirrored, s.written:
			continue
		}
		e := refusal(fhir.Conflict, "DUPLICATE_REJECTED", d.at(v, key), "%s is no longer free. Search for free slots again, and book another one.", key)
		e.Issues[0].Code = "duplicate"
		return e
	}
	return nil
}

// staffed refuses participants who aren't in the Slot's Schedule where that names others of their type: a patient
// doesn't book one doctor in the time of another. The patient must be one by the grant already, which allows writing
// one's own record alone.
func (d *bookingCommit) staffed(ctx context.Context, v *visit) error {
	schedule, local := search.Local(d.slots[v.after.held(d.Base)[0]].Schedule.Reference, d.Base)
	if !local {
		return nil
	}
	body, _, err := d.Get(ctx, schedule)
	if err != nil || body == nil {
		return err
	}
	var s struct{ Actor []referenceJSON }
	if err := read(body, &s); err != nil {
		return err
	}
	offered := map[string][]fhir.Key{}
	for _, a := range s.Actor {
		if key, local := search.Local(a.Reference, d.Base); local {
			offered[key.Type] = append(offered[key.Type], key)
		}
	}
	for i, p := range v.after.Participant {
		key, local := search.Local(p.Actor.Reference, d.Base)
		if of := offered[key.Type]; local && of != nil && !slices.Contains(of, key) {
			return d.invalid(v, fmt.Sprintf("Appointment.participant[%d].actor", i), "The slot is not %s's but %s's. Name that one, or search for another slot.", key, of[0])
		}
	}
	return nil
}

// invalid refuses a visit that can't be as it is.
func (d *bookingCommit) invalid(v *visit, element, format string, args ...any) *fhir.Error {
	return refusal(fhir.Unprocessable, "INVALID_RESOURCE", v.Where(element), format, args...)
}

// at is where a visit names a Slot.
func (d *bookingCommit) at(v *visit, key fhir.Key) string {
	for i, r := range v.after.Slot {
		if named, _ := search.Local(r.Reference, d.Base); named == key {
			return v.Where(fmt.Sprintf("Appointment.slot[%d]", i))
		}
	}
	return v.Where("Appointment.slot")
}
