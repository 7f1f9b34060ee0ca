package rules

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// content refuses a message that says nothing, is too long, or has attached what the sender can't see: attachments are inline, or Binaries of
// this server. How large they are is bounded by the largest request that the server takes.
func (d *desk) content(ctx context.Context, m *message, most int) error {
	long := 0
	for i, p := range m.after.Payload {
		at, attached := fmt.Sprintf("Communication.payload[%d].content", i), p.ContentReference
		switch a := p.ContentAttachment; {
		case a != nil && a.URL != "":
			attached = &referenceJSON{a.URL}
			if key, _ := search.Local(a.URL, d.Base); key.Type != "Binary" {
				return m.unknown(at, *attached)
			}
		case a != nil && a.Data == "", a == nil && attached == nil && p.ContentString == "":
			return m.invalid(at, "There is nothing in this part of the message. Give it a text or an attachment, or leave it out.")
		}
		long += utf8.RuneCountInString(p.ContentString)
		if attached == nil {
			continue
		}
		key, local := search.Local(attached.Reference, d.Base)
		if !local {
			return m.unknown(at, *attached)
		}
		if there, err := d.there(ctx, d.Commit, m.patient, key); err != nil {
			return err
		} else if !there {
			return m.unknown(at, *attached)
		}
	}
	switch {
	case len(m.after.Payload) == 0:
		return m.invalid("Communication.payload", "The message says nothing. Give it a payload.")
	case most > 0 && long > most:
		e := m.invalid("Communication.payload", "The message has %d characters, and the practice reads no more than %d. Shorten it, or phone the practice.", long, most)
		e.Issues[0].Code = "too-long"
		return e
	}
	return nil
}

const (
	// sending is the namespace of the Records by which two messages of one person at once don't pass the limit together.
	sending = "sending"
	day     = 24 * time.Hour
)

// paced keeps a person from sending more than the practice's number of messages in 24 hours. Those count that the person sent and can see (I2).
func (d *desk) paced(ctx context.Context, m *message, most int) error {
	if most <= 0 {
		return nil
	}
	me, now := d.Grant.Identity().Person, d.Now()
	if err := d.alone(ctx, d.Commit, sending, me); err != nil {
		return err
	}
	var sent []time.Time
	since := "sent=ge" + now.Add(-day).UTC().Format("2006-01-02T15:04:05Z")
	err := d.each(ctx, d.Commit, d.Seen(m.patient), "Communication", since+"&sender="+me+"&subject=Patient/"+m.patient, func(st *fhir.Stored) error {
		var c communication
		err := read(st.JSON, &c)
		if at := instant(c.Sent); at.After(now.Add(-day)) {
			sent = append(sent, at)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(sent, time.Time.Compare)
	over := len(sent) - most
	for _, other := range d.messages {
		if other.after != nil && other.patient == m.patient {
			over++
		}
	}
	if over <= 0 {
		return nil
	}
	e := refusal(fhir.Throttled, "", m.At, "You have sent as many messages as the practice can read, %d in 24 hours. "+
		"Send this one later, or phone the practice. If it can't wait, call 111; in an emergency, call 999.", most)
	if e.RetryAfter = day; over <= len(sent) {
		e.RetryAfter = sent[over-1].Add(day).Sub(now)
	}
	return e
}
