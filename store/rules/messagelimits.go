package rules

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/online"
)

// content refuses a message that says nothing, is too long, or has attached what the sender can't see: attachments are inline, or Binaries of
// this server, each no larger than the practice takes.
func (d *desk) content(ctx context.Context, m *message, practice online.Practice) error {
	long, most := 0, practice.MessageLength
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
		if a := p.ContentAttachment; a != nil {
			if err := d.small(m.Pending, at+"Attachment.data", a.Data, practice); err != nil {
				return err
			}
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

// smallBinary refuses a Binary that is too large, or anything else.
func (d *desk) smallBinary(ctx context.Context, m *message, at string, key fhir.Key, practice online.Practice) error {
	if key.Type != "Binary" || practice.AttachmentSize <= 0 {
		return nil
	}
	body, _, err := d.Get(ctx, key)
	if err != nil || body == nil {
		return err
	}
	var b struct{ Data string }
	if err := read(body, &b); err != nil {
		return err
	}
	return d.small(m.Pending, at, b.Data, practice)
}

// small refuses data, in base64, of more bytes than the practice takes.
func (d *desk) small(p *store.Pending, at, data string, practice online.Practice) error {
	size := base64.RawStdEncoding.DecodedLen(len(strings.TrimRight(data, "=")))
	if practice.AttachmentSize <= 0 || size <= practice.AttachmentSize*1000 {
		return nil
	}
	e := refusal(fhir.TooLarge, "INVALID_RESOURCE", p.Where(at), "This attachment has %d kB, and the practice takes no more than %d. Make it smaller, as by a photo of less detail, or bring it along.",
		(size+999)/1000, practice.AttachmentSize)
	e.Issues[0].Code = "too-long"
	return e
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
