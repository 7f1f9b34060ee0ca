package desk

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/datatypes"
)

// message is what is shown of a Communication.
type message struct {
	key             fhir.Key
	Sent            string
	Subject, Sender datatypes.Reference
	PartOf          []datatypes.Reference
	Topic           datatypes.Concept
	Payload         []struct {
		ContentString     string
		ContentAttachment struct{ Title, ContentType string }
	}
}

// thread is the id of the message that a message's thread begins with.
func (m *message) thread() string {
	if len(m.PartOf) > 0 {
		return strings.TrimPrefix(m.PartOf[0].Reference, "Communication/")
	}
	return m.key.ID
}

// online says that it was sent by a patient or somebody for one.
func (m *message) online() bool {
	return strings.HasPrefix(m.Sender.Reference, "Patient/") || strings.HasPrefix(m.Sender.Reference, "RelatedPerson/")
}

// mostWaiting is how many messages are looked at to tell what waits: more than a practice answers on a day.
const mostWaiting = "200"

// inOrder is the order in which messages were written. Those of one second, which is all that many say, came as they
// were stored.
const inOrder = "sent,_lastUpdated"

// waiting are the newest messages of threads that staff have to answer, those that wait longest first. A thread that
// was answered and kept open waits for the patient (P10).
func waiting(v *pages.Visit) (all []*message, err error) {
	found, err := v.Search("Communication", url.Values{"status": {"in-progress"}, "_sort": {inOrder},
		"_count": {mostWaiting}})
	if err != nil {
		return nil, err
	}
	for _, item := range found.Items {
		m := &message{key: item.Key}
		if err := datatypes.Read(item.Stored, m); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(o *message) bool { return o.thread() == m.thread() })
		switch {
		case at < 0:
			all = append(all, m)
		default:
			all[at] = m
		}
	}
	return slices.DeleteFunc(all, func(m *message) bool { return !m.online() }), nil
}

// countMessages is how many threads wait.
func countMessages(v *pages.Visit) (int, error) {
	all, err := waiting(v)
	return len(all), err
}

// loadMessage is for queue.load. Its id and its place are the first message of a thread.
func loadMessage(v *pages.Visit, id, at string) (*piece, error) {
	all, err := waiting(v)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	i := slices.IndexFunc(all, func(m *message) bool { return m.thread() == id+at })
	if i < 0 && id+at != "" {
		return nil, nil
	}
	i = max(i, 0)
	p := &piece{Queue: "messages", Key: fhir.Key{Type: "Communication", ID: all[i].thread()}, last: all[i],
		Mark: all[i].key.ID, Left: len(all), subject: all[i].Subject.Reference}
	if i+1 < len(all) {
		p.Next = all[i+1].thread()
	}
	p.Text = pages.Field{ID: "text", Label: v.T("desk.reply"), Hint: v.T("desk.reply.hint"), Most: 5000}
	p.Do = []button{{"close", v.T("desk.reply.close"), ""}, {"open", v.T("desk.reply.open"), "second"}}
	return p, readThread(v, p)
}

// readThread reads all messages of a thread.
func readThread(v *pages.Visit, p *piece) error {
	include := []string{"Communication:sender", "Communication:subject"}
	begin, err := v.Search("Communication", url.Values{"_id": {p.Key.ID}, "_include": include})
	if err != nil {
		return err
	}
	more, err := v.Search("Communication", url.Values{"part-of": {p.Key.String()}, "_sort": {inOrder},
		"_count": {mostWaiting}, "_include": include})
	if err != nil {
		return err
	}
	begin.Items = append(slices.Clone(begin.Items), more.Items...)
	names, err := datatypes.NamesOf(begin)
	if err != nil {
		return err
	}
	for _, item := range begin.Items {
		if item.Key.Type != "Communication" {
			continue
		}
		m := &message{key: item.Key}
		if err := datatypes.Read(item.Stored, m); err != nil {
			return err
		}
		if item.Key.ID == p.Key.ID {
			p.first = m
		}
		p.Thread = append(p.Thread, m.said(v, names))
	}
	who, err := patientOf(begin, p.subject)
	p.Who = who.rows(v)
	if p.first != nil && p.first.Topic.Words() != "" {
		p.Who = append(p.Who, pages.Row{Key: v.T("desk.messages.topic"), Value: p.first.Topic.Words()})
	}
	return err
}

// said is a message in words.
func (m *message) said(v *pages.Visit, names datatypes.Names) said {
	s := said{By: names.Of(m.Sender), When: v.Shell().When(m.Sent), Staff: !m.online()}
	for _, part := range m.Payload {
		switch {
		case part.ContentString != "":
			s.Texts = append(s.Texts, part.ContentString)
		case part.ContentAttachment.Title != "" || part.ContentAttachment.ContentType != "":
			s.Texts = append(s.Texts, v.T("desk.messages.attached", part.ContentAttachment.Title))
		}
	}
	return s
}

// answerMessage sends an answer, which closes the thread or keeps it open. The rules complete what was answered.
func (s staff) answerMessage(v *pages.Visit, p *piece, to string) error {
	status := "completed"
	if v.Value("do") == "open" {
		status = "in-progress"
	}
	reference := func(r string) map[string]any { return map[string]any{"reference": r} }
	made := map[string]any{"resourceType": "Communication", "status": status, "subject": reference(p.subject),
		"sender": reference(v.Role.As), "recipient": []any{reference(p.last.Sender.Reference)},
		"partOf": []any{reference(p.Key.String())}, "inResponseTo": []any{reference(p.last.key.Current().String())},
		"sent": v.Now().UTC().Format(time.RFC3339), "payload": []any{map[string]any{"contentString": p.Text.Value}}}
	change, err := v.Creation(made)
	if err != nil {
		return err
	}
	return v.Do(to, change)
}
