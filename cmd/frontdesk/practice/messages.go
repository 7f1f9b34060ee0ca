package practice

import "time"

// How far a conversation has got.
const (
	unanswered = iota
	answered
	outOfHours
)

// converse writes threads of messages: up to one by chance, one of each kind for the ready patient.
func (c *chart) converse() {
	if c.id == ReadyPatient {
		for i, progress := range []int{unanswered, answered, outOfHours} {
			c.thread(c.messages.Topics[i], c.daysAgo([]int{2, 20, 1}[i]), progress)
		}
		return
	}
	if !c.happens(0.45) {
		return
	}
	// Most conversations are over; those still waiting for an answer began in the last few days.
	progress, ago := answered, 2+c.chance.IntN(300)
	if c.happens(0.25) {
		progress, ago = pick(c, []int{unanswered, outOfHours}), 1+c.chance.IntN(3)
	}
	c.thread(pick(c, c.messages.Topics), c.daysAgo(ago), progress)
}

// thread writes one conversation: the patient's question, then what came back. Every later message is part of the first
// and answers the one before it.
func (c *chart) thread(t topic, at time.Time, progress int) {
	if progress == outOfHours {
		at = atMinute(at, 21*60+c.chance.IntN(120))
	}
	status, read := "in-progress", time.Time{}
	if progress == answered {
		status, read = "completed", at.Add(2*time.Hour)
	}
	question := message{from: c.speaker(), to: c.practiceRef(), text: t.Question, sent: at, read: read}
	if t.Attachment != "" {
		question.attachment = attachment("Note from the patient", t.Attachment, at)
	}
	first := c.say(t, question, status, "", "")
	switch progress {
	case outOfHours:
		reply := message{from: c.practiceRef(), to: c.speaker(), text: c.messages.Automatic, sent: at.Add(time.Second), automatic: true}
		c.say(t, reply, "completed", first, first)
	case answered:
		reply := message{from: c.doctor.reference(), to: c.speaker(), text: t.Answer, sent: at.Add(3 * time.Hour), read: at.Add(5 * time.Hour)}
		second := c.say(t, reply, "completed", first, first)
		if t.Thanks != "" {
			thanks := message{from: c.speaker(), to: c.practiceRef(), text: t.Thanks, sent: at.Add(6 * time.Hour), read: at.Add(26 * time.Hour)}
			c.say(t, thanks, "completed", first, second)
		}
	}
}

type message struct {
	from, to, text string
	sent, read     time.Time // read is zero while no one has read it
	attachment     object
	automatic      bool
}

// say writes one message of a thread; first and answers are "" for the message that opens it.
func (c *chart) say(t topic, m message, status, first, answers string) string {
	var fields object
	if first != "" {
		fields = object{{"partOf", refs(first)}, {"inResponseTo", refs(answers)}}
	}
	category, display := "instruction", "Instruction"
	if m.automatic {
		category, display = "notification", "Notification"
	}
	fields = append(fields, object{
		{"status", status}, {"category", list{concept(hl7+"communication-category", category, display)}},
		{"priority", "routine"}, {"subject", ref(c.subject())}, {"topic", object{{"text", t.Topic}}}, {"sent", instant(m.sent)},
	}...)
	if !m.read.IsZero() {
		fields = append(fields, member{"received", instant(m.read)})
	}
	payload := list{object{{"contentString", m.text}}}
	if m.attachment != nil {
		payload = append(payload, object{{"contentAttachment", m.attachment}})
	}
	return c.add("Communication", append(fields, object{
		{"recipient", refs(m.to)}, {"sender", ref(m.from)}, {"payload", payload},
	}...))
}
