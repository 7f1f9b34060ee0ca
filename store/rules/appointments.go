package rules

import (
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
)

// permitted says whether a visit may be written so by who calls. Staff and systems may do what the book allows;
// patients and proxies book what is to come, cancel it in time, and add a word to it (P3).
func (d *bookingCommit) permitted(ctx context.Context, v *visit) error {
	switch {
	case !d.Grant.Identity().Online():
		return nil
	case v.after == nil:
		return refusal(fhir.Forbidden, "ACCESS_DENIED", v.At,
			"An appointment is cancelled, not deleted: update its status to cancelled, with a cancelationReason.").About(v.key)
	case v.before == nil:
		return d.books(ctx, v)
	}
	return d.amends(ctx, v)
}

// books refuses what a patient can't book.
func (d *bookingCommit) books(ctx context.Context, v *visit) error {
	switch {
	case v.after.Status != "booked":
		return d.invalid(v, "Appointment.status", "You can book an appointment, but not write one that is %s. Send it with status booked.", v.after.Status)
	case len(v.after.held(d.Base)) == 0:
		return d.invalid(v, "Appointment.slot", "Name the free slot that is to be booked. Search for free ones with /Slot?status=free.")
	case len(v.after.held(d.Base)) < len(v.after.Slot):
		return d.invalid(v, "Appointment.slot", "Name each slot once, and only slots of this server.")
	case v.after.Start == "" || v.after.End == "":
		return d.invalid(v, "Appointment.start", "Give the appointment the start and the end of its slot.")
	}
	for _, patient := range v.patients {
		practice, err := d.practice(ctx, d.Commit, patient)
		if err != nil {
			return err
		}
		now, start := d.Now(), instant(v.after.Start)
		switch { // by the time that the patient sends: what it tells is the practice's setting, and nothing of any slot
		case start.Before(now):
			return d.invalid(v, "Appointment.start", "This time is past. Search for free slots from now on, and book one of those.")
		case start.Before(now.Add(time.Duration(practice.BookingEmbargo))):
			return d.invalid(v, "Appointment.start", "This is too soon to be booked online. Book a later slot, or phone the practice.")
		case !start.Before(now.Add(time.Duration(practice.BookingWindow))):
			return d.invalid(v, "Appointment.start", "This is too far ahead to be booked online. Book an earlier slot, or come back later.")
		case practice.ClosedOn(start.In(d.Zone)):
			return d.invalid(v, "Appointment.start", "The practice is closed on that day. Book a slot on another.")
		}
		if err := d.limited(ctx, v, patient, practice.MaxFuture); err != nil {
			return err
		}
	}
	return nil
}

// changeable are the states of an Appointment that is still to come.
var changeable = []string{"proposed", "pending", "booked", "waitlist"}

// amends refuses what a patient can't change about an appointment.
func (d *bookingCommit) amends(ctx context.Context, v *visit) error {
	cancels := v.after.Status == "cancelled" && v.before.Status != "cancelled"
	start, now := instant(v.before.Start), d.Now()
	switch {
	case !v.Matched: // R4 http 3.1.0.5: servers that require If-Match answer 400 where it is missing
		return refusal(fhir.Invalid, "BAD_REQUEST", "", "Say which version you are changing: read the appointment, and send its ETag as If-Match.").About(v.key)
	case !slices.Contains(changeable, v.before.Status):
		return refusal(fhir.Conflict, "", v.Where("Appointment.status"), "This appointment is %s and can't be changed any more. Book a new one.", v.before.Status)
	case v.before.Start != "" && !start.After(now):
		return refusal(fhir.Conflict, "", v.Where("Appointment.start"), "This appointment is past and can't be changed any more. Book a new one.")
	}
	if err := d.only(v, cancels); err != nil {
		return err
	}
	if !cancels {
		return nil
	}
	if v.after.CancelationReason == nil {
		return d.invalid(v, "Appointment.cancelationReason", "Say why it is cancelled. Add a cancelationReason.")
	}
	for _, patient := range v.patients {
		practice, err := d.practice(ctx, d.Commit, patient)
		if err != nil {
			return err
		}
		if v.before.Start != "" && start.Sub(now) < time.Duration(practice.CancelDeadline) {
			return d.ruledOut(v, "Appointment.status", "It is too late to cancel this online: that ends %g hours before the start. Phone the practice.",
				time.Duration(practice.CancelDeadline).Hours())
		}
	}
	return nil
}

// ruledOut is a refusal by what the practice has decided.
func (d *bookingCommit) ruledOut(v *visit, element, format string, args ...any) *fhir.Error {
	if element == "" {
		element = "Appointment"
	}
	e := refusal(fhir.Conflict, "", v.Where(element), format, args...)
	e.Issues[0].Code = "business-rule"
	return e
}
