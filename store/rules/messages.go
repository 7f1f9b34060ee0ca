package rules

import (
	"context"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Messages are Communications between a patient and the practice (P10). A thread is a first message and those that are
// part of it. One that a patient sends waits, in-progress, until staff answer: an answer that is completed closes the
// thread, one that is in-progress keeps it open.
type Messages struct{ Options }

// Apply is cheap for a commit without a message or an attachment.
func (m Messages) Apply(ctx context.Context, c *store.Commit) error {
	if m.imports(c) {
		return nil
	}
	d, online := messageCommit{Options: m.Options, Commit: c, replied: map[fhir.Key]bool{}}, c.Grant.Identity().Online()
	for i := range c.Pending {
		key, p := c.Batch.Writes[i].Key, &c.Pending[i]
		switch {
		case key.Type == "Communication":
			one, err := d.message(key, p)
			if err != nil {
				return err
			}
			d.messages = append(d.messages, one)
		case !online:
		case key.Type == "CommunicationRequest":
			return refusal(fhir.Forbidden, "ACCESS_DENIED", p.At, "Send the practice a message with a Communication.").About(key)
		case key.Type == "Binary" && p.Before != nil:
			return refusal(fhir.Forbidden, "ACCESS_DENIED", p.At, "What you have sent stays as it is. Send another attachment with a new message.").About(key)
		}
	}
	for _, one := range d.messages {
		var err error
		if online {
			err = d.send(ctx, one)
		} else {
			err = d.answer(ctx, one)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// messageCommit is where the messages of a commit are dealt with.
type messageCommit struct {
	Options
	*store.Commit
	messages []*message
	replied  map[fhir.Key]bool // the threads that were replied to automatically in this commit
}

// message is one Communication of the commit. before and after are nil where there is none.
type message struct {
	*store.Pending
	key           fhir.Key
	before, after *communication
	patient       string   // the id of whom it is about, "" for nobody here
	first         fhir.Key // of the thread; the message itself if it begins one
}

// communication is what matters here of a Communication.
type communication struct {
	Status, Sent, Received          string
	Subject, Sender                 referenceJSON
	Recipient, PartOf, InResponseTo []referenceJSON
	Payload                         []struct {
		ContentString     string
		ContentAttachment *struct{ URL, Data string }
		ContentReference  *referenceJSON
	}
}

func (d *messageCommit) message(key fhir.Key, p *store.Pending) (*message, error) {
	m := &message{Pending: p, key: key.Current(), first: key.Current()}
	if p.Before != nil && !p.Before.Deleted() {
		m.before = &communication{}
		if err := read(p.Before.JSON, m.before); err != nil {
			return nil, err
		}
	}
	if p.After == nil {
		return m, nil
	}
	m.after = &communication{}
	if err := read(p.After.JSON, m.after); err != nil {
		return nil, err
	}
	if of, local := search.Local(m.after.Subject.Reference, d.Base); local && of.Type == "Patient" {
		m.patient = of.ID
	}
	return m, nil
}

// clocks is how far an app's clock may be from ours.
const clocks = 5 * time.Minute

// send judges what a patient or proxy sends, says when it was sent, and replies to it while the practice is closed.
func (d *messageCommit) send(ctx context.Context, m *message) error {
	me := d.Grant.Identity().Person
	switch {
	case m.after == nil || m.Before != nil:
		return refusal(fhir.Forbidden, "ACCESS_DENIED", m.At, "A message that was sent stays as it is. Send another one.").About(m.key)
	case m.after.Status != "in-progress":
		return m.invalid("Communication.status", "A message waits for the practice's answer. Send it with status in-progress; the practice makes it completed.")
	case m.patient == "":
		return m.invalid("Communication.subject", "Say whom this is about: give the Patient as subject.")
	case !d.is(m.after.Sender, me):
		return m.invalid("Communication.sender", "You write in your own name. Give %s as sender.", me)
	case m.after.Received != "":
		return m.invalid("Communication.received", "The practice says when it has received a message. Leave received out.")
	case m.after.Sent != "" && instant(m.after.Sent).Sub(d.Now()).Abs() > clocks:
		return m.invalid("Communication.sent", "A message is sent now. Leave sent out, or set the clock right.")
	}
	organization, practice, err := d.registered(ctx, d.Commit, m.patient)
	if err != nil {
		return err
	}
	if err := d.addressed(ctx, m, organization); err != nil {
		return err
	}
	if err := d.content(ctx, m, practice); err != nil {
		return err
	}
	if err := d.threaded(ctx, m); err != nil {
		return err
	}
	if err := d.paced(ctx, m, practice.MessagesPerDay); err != nil {
		return err
	}
	if m.after.Sent == "" {
		sent := `[{"op":"add","path":"/sent","value":"` + d.Now().UTC().Format(time.RFC3339) + `"}]`
		if err := d.Patch(ctx, &fhir.Stored{Key: m.key}, []byte(sent)); err != nil {
			return err
		}
	}
	return d.reply(ctx, m, organization, practice)
}

// is says that a reference is to somebody.
func (d *messageCommit) is(r referenceJSON, who string) bool {
	key, local := search.Local(r.Reference, d.Base)
	return local && key.String() == who
}

// addressed refuses a message that nobody of the patient's practice would read.
func (d *messageCommit) addressed(ctx context.Context, m *message, organization string) error {
	if organization == "" {
		return m.invalid("Communication.subject", "You are not registered with a practice here, so nobody would read this. Phone your practice.")
	}
	for _, r := range m.after.Recipient {
		works := false
		switch to, _ := search.Local(r.Reference, d.Base); to.Type {
		case "Organization":
			works = to.ID == organization
		case "Practitioner":
			err := d.each(ctx, d.Commit, d.System, "PractitionerRole", "practitioner="+to.String()+"&organization=Organization/"+organization, func(st *fhir.Stored) error {
				var role struct{ Active *bool }
				err := read(st.JSON, &role)
				works = works || role.Active == nil || *role.Active
				return err
			})
			if err != nil {
				return err
			}
		}
		if !works {
			return m.invalid("Communication.recipient", "%s would not read this. Address it to your practice, Organization/%s, or to a Practitioner who works there.", fhir.Clip(r.Reference), organization)
		}
	}
	if len(m.after.Recipient) == 0 {
		return m.invalid("Communication.recipient", "Say to whom this is sent. Give Organization/%s as recipient.", organization)
	}
	return nil
}

// answer takes what staff and systems write. What was received and answered is completed with the answer that closes
// the thread.
func (d *messageCommit) answer(ctx context.Context, m *message) error {
	switch {
	case m.after == nil:
		return nil
	case len(m.after.Payload) == 0 && m.before == nil && d.Grant.Identity().Person != "":
		return m.invalid("Communication.payload", "The message says nothing. Give it a payload.")
	case m.after.Status != "completed", m.before != nil && m.before.Status == "completed", patients(m.after.Sender):
		return nil
	}
	return d.close(ctx, m)
}

// patients says that a patient or somebody for a patient has sent it.
func patients(sender referenceJSON) bool {
	return slices.ContainsFunc([]string{"Patient/", "RelatedPerson/"}, func(who string) bool { return strings.Contains(sender.Reference, who) })
}

// invalid refuses a message that can't be as it is.
func (m *message) invalid(element, format string, args ...any) *fhir.Error {
	return refusal(fhir.Unprocessable, "INVALID_RESOURCE", m.Where(element), format, args...)
}

// unknown refuses a reference to what the sender can't see.
func (m *message) unknown(element string, r referenceJSON) *fhir.Error {
	e := refusal(fhir.Unprocessable, "REFERENCE_NOT_FOUND", m.Where(element), "There is no %s that you could name here. Send it first, or leave it out.", fhir.Clip(r.Reference))
	e.Issues[0].Code = "not-found"
	return e
}
