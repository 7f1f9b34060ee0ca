package rules

import (
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/store/online"
)

// The category of a message that was written by no person.
const (
	categories   = "http://terminology.hl7.org/CodeSystem/communication-category"
	notification = "notification"
)

// replying is the namespace of the Records by which two messages of a thread at once don't both get a reply.
const replying = "replying"

// reply answers a message that comes while the practice is closed, once in a thread, in the same commit: when it will
// be read, and whom to call if it can't wait. If the sender can't see the reply that there is, another one is sent
// (I2).
func (d *messageCommit) reply(ctx context.Context, m *message, organization string, practice online.Practice) error {
	now := d.Now().In(d.Zone)
	opens, ok := opening(practice, now)
	if !ok || d.replied[m.first] {
		return nil
	}
	if m.first != m.key {
		if err := d.serializeOn(ctx, d.Commit, replying, m.first.ID); err != nil {
			return err
		}
		err := d.each(ctx, d.Commit, d.Seen(m.patient), "Communication",
			"part-of="+m.first.String()+"&sender=Organization/"+organization+"&category="+categories+"%7C"+notification,
			func(*fhir.Stored) error { d.replied[m.first] = true; return nil })
		if err != nil || d.replied[m.first] {
			return err
		}
	}
	d.replied[m.first] = true
	resource, err := resourceOf(map[string]any{
		"resourceType": "Communication", "status": "completed", "sent": now.UTC().Format(time.RFC3339),
		"category":     []any{map[string]any{"coding": []any{map[string]any{"system": categories, "code": notification, "display": "Notification"}}}},
		"partOf":       []referenceJSON{{m.first.String()}},
		"inResponseTo": []referenceJSON{{m.key.String()}},
		"subject":      referenceJSON{"Patient/" + m.patient},
		"sender":       referenceJSON{"Organization/" + organization},
		"recipient":    []referenceJSON{{d.Grant.Identity().Person}},
		"payload": []any{map[string]any{"contentString": "The practice is closed now. Your message will be read when it opens on " + opens.Format("Monday 2 January at 15:04") +
			". If it can't wait until then, call 111. In an emergency, call 999."}},
	})
	if err != nil {
		return err
	}
	_, err = d.Create(ctx, resource)
	return err
}

// opening is when the practice opens next; ok is false while it is open, or if its hours aren't known. now is in its
// zone.
func opening(practice online.Practice, now time.Time) (next time.Time, ok bool) {
	for ahead := range 366 { // nobody is closed for longer and still reads messages
		date := now.AddDate(0, 0, ahead)
		for _, h := range practice.Opening {
			if !slices.Contains(h.Days, date.Weekday()) || practice.ClosedOn(date) {
				continue
			}
			from, to := clock(date, h.From), clock(date, h.To)
			if !now.Before(from) && now.Before(to) {
				return time.Time{}, false
			}
			if from.After(now) && (!ok || from.Before(next)) {
				next, ok = from, true
			}
		}
		if ok {
			break
		}
	}
	return next, ok
}

// clock is a time of day, as 08:00, on a date. On the night that the clocks change it is what they show.
func clock(date time.Time, text string) time.Time {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return time.Time{} // settings are checked when they are set
	}
	return time.Date(date.Year(), date.Month(), date.Day(), t.Hour(), t.Minute(), 0, 0, date.Location())
}
