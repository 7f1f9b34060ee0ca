package rules

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/store/online"
)

// content refuses a message that says nothing, is too long, or has attached what the sender can't see: attachments are
// inline, or Binaries of this server, each no larger than the practice takes.
func (d *messageCommit) content(ctx context.Context, m *message, practice online.Practice) error {
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
		if err := d.smallBinary(ctx, m, at, key, practice); err != nil {
			return err
		}
	}
	if len(m.after.Payload) == 0 {
		return m.invalid("Communication.payload", "The message says nothing. Give it a payload.")
	}
	return m.short(practice.MessageLength)
}

// besides is how many characters a message's topic, notes, names and whatever else may have beside its payload.
const besides = 1000

// short refuses a message of more characters than the practice reads, wherever in it they are.
func (m *message) short(most int) error {
	long := 0
	for _, p := range m.after.Payload {
		long += utf8.RuneCountInString(p.ContentString)
	}
	size, err := codec.Measure(m.Sent.JSON)
	if err != nil || most <= 0 || long <= most && size.Words <= most+besides {
		return err
	}
	e := m.invalid("Communication.payload",
		"The message has %d characters, and %d in all its texts. The practice reads no more than %d, "+
			"and %d besides. Shorten it, or phone the practice.",
		long, size.Words, most, besides)
	e.Issues[0].Code = "too-long"
	return e
}

// smallBinary refuses a Binary that is too large, or anything else.
func (d *messageCommit) smallBinary(ctx context.Context, m *message, at string, key fhir.Key, practice online.Practice) error {
	if key.Type != "Binary" || practice.AttachmentSize <= 0 {
		return nil
	}
	body, _, err := d.Get(ctx, key)
	if err != nil || body == nil {
		return err
	}
	size, err := codec.Measure(body)
	for _, a := range size.Attached {
		if err == nil {
			err = tooLarge(m.Pending, at, a.Bytes, practice)
		}
	}
	return err
}

const (
	// sending is the namespace of the Records by which two messages of one person at once don't pass the limit
	// together.
	sending = "sending"
	day     = 24 * time.Hour
)

// paced keeps a person from sending more than the practice's number of messages in 24 hours. Those count that the
// person sent and can see (I2).
func (d *messageCommit) paced(ctx context.Context, m *message, most int) error {
	if most <= 0 {
		return nil
	}
	me, now := d.Grant.Identity().Person, d.Now()
	if err := d.serializeOn(ctx, d.Commit, sending, me); err != nil {
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
