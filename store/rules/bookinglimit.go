package rules

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// bookings is the namespace of the Records by which two bookings of one patient at once don't pass the limit together.
const bookings = "bookings"

// limited keeps a patient from booking more than the practice's maximum of appointments to come. Those count that the
// patient can see: one that is hidden must not be found out by the limit (I2).
func (d *bookingCommit) limited(ctx context.Context, v *visit, patient string, most int) error {
	if most <= 0 {
		return nil
	}
	if err := d.serializeOn(ctx, d.Commit, bookings, patient); err != nil {
		return err
	}
	now := d.Now()
	q, err := search.ParseCriteria(d.Batch.Registry, "Appointment", "status=booked&date=ge"+now.UTC().Format("2006-01-02T15:04:05Z"),
		search.Options{Base: d.Base, Zone: d.Zone, Now: now})
	if err != nil {
		return fhir.Fault("asking for appointments to come", err)
	}
	q.Limit = most + len(d.visits)
	page, err := d.Seen(patient).Search(ctx, q)
	if err != nil {
		return err
	}
	ahead := 0
	for _, it := range page.Items {
		if !slices.ContainsFunc(d.visits, func(other *visit) bool { return other.key == it.Key.Current() }) {
			ahead++
		}
	}
	for _, other := range d.visits {
		if other.after != nil && other.after.Status == "booked" && slices.Contains(other.patients, patient) && !instant(other.after.Start).Before(now) {
			ahead++
		}
	}
	if ahead <= most {
		return nil
	}
	return d.ruledOut(v, "", "You have as many appointments to come as can be booked online, %d. Cancel one first, or phone the practice.", most)
}
