package online

import (
	"encoding"
	"fmt"
	"maps"
	"slices"
	"time"

	"frontdesk/fhir/access"
)

// Practice is what an Organization has decided for all its patients.
type Practice struct {
	// Sections are the levels of those patients for whom nothing else was set. A section that isn't named is
	// access.None.
	Sections map[string]access.Level `json:"sections"`
	// From is since when entries show: by the date they were added to the record (prospective access). Zero: all.
	From time.Time `json:"from,omitzero"`
	// Suspended switches online access off for everyone.
	Suspended bool `json:"suspended,omitempty"`

	BookingWindow  Duration `json:"bookingWindow"`  // how far ahead patients see free slots and book them
	BookingEmbargo Duration `json:"bookingEmbargo"` // how soon a slot may begin that they book
	CancelDeadline Duration `json:"cancelDeadline"` // how long before its start an appointment can still be cancelled by them
	MaxFuture      int      `json:"maxFuture"`      // booked appointments to come, for each patient; 0: no limit
	// ResultsDelay is after how long a result from the laboratory shows by itself; negative: never, a clinician files
	// it.
	ResultsDelay Duration `json:"resultsDelay"`
	Opening      []Hours  `json:"opening,omitempty"` // when messages are read; empty: no out-of-hours reply is sent
	// Closed are the days, as 2026-12-25, on which the practice is closed whatever the opening hours: bank holidays.
	Closed []string `json:"closed,omitempty"`
	// MessagesPerDay are those one patient may send in 24 hours; 0: no limit.
	MessagesPerDay int `json:"messagesPerDay"`
	// MessageLength is the most characters of one message.
	MessageLength int `json:"messageLength"`
	// AttachmentSize is the most kilobytes (1,000 bytes) of what is attached to a message, one by one; 0: no limit but
	// that of a request.
	AttachmentSize int `json:"attachmentSize"`
	// ParentAge is the patient's birthday at which a parent's access ends until it is agreed anew (P11); 0: none.
	ParentAge int `json:"parentAge"`
	// AuditView says that patients may read who has looked at their record.
	AuditView bool `json:"auditView"`
}

// Person is what was decided for one patient's own access, or for one proxy's to the patient's record.
type Person struct {
	// Sections that are named take the place of the practice's levels.
	Sections  map[string]access.Level `json:"sections,omitempty"`
	From      time.Time               `json:"from,omitzero"` // in the place of the practice's, if it isn't zero
	Suspended bool                    `json:"suspended,omitempty"`
	// ResultsAtOnce says that practice and patient agreed to show results as they come. Of a patient only.
	ResultsAtOnce bool `json:"resultsAtOnce,omitempty"`
	// Of is the id of the Patient to whose record this is access, of a RelatedPerson: levels are for the pair, and
	// aren't carried to another's record when RelatedPerson.patient is changed. "": decided before this was kept.
	Of string `json:"of,omitempty"`
	// Until is when access ends by itself, zero: never. Of a RelatedPerson only.
	Until time.Time `json:"until,omitzero"`
	// Agreed is when it was last decided how far the sections are open; zero: before this was kept. Of a RelatedPerson
	// only.
	Agreed time.Time `json:"agreed,omitzero"`
	// Over is when access ends by itself or has ended, for whatever reason: it is told, and not decided.
	Over time.Time `json:"-"`
	// Safer are the levels of the second sign-in, the reduced view (P9). nil: there is none. Of a patient only.
	Safer map[string]access.Level `json:"safer,omitempty"`
}

// For is what was decided for a RelatedPerson, if that was about this patient: else nothing was.
func (p Person) For(patient string) Person {
	if p.Of != "" && p.Of != patient {
		return Person{}
	}
	return p
}

// Hours are when a practice is open, in its own time zone.
type Hours struct {
	Days []time.Weekday `json:"days"`
	From string         `json:"from"` // as 08:00
	To   string         `json:"to"`   // as 18:30
}

// Defaults are a practice's settings until it decides: everything can be seen, appointments, prescriptions and messages
// also acted on, and results wait until a clinician files them.
func Defaults() Practice {
	return Practice{
		Sections:      defaultLevels(),
		BookingWindow: Duration(28 * 24 * time.Hour), BookingEmbargo: Duration(time.Hour), CancelDeadline: Duration(2 * time.Hour), MaxFuture: 3,
		ResultsDelay: -1, MessagesPerDay: 10, MessageLength: 5000, AttachmentSize: 5000, ParentAge: 16, AuditView: true,
	}
}

// Effective is what one person sees of one patient's record: what the practice decided, the patient's own settings over
// it, and where a proxy asks, no more than what was set for the proxy. own is the patient's; proxy is nil for the
// patient himself; safer asks for the reduced view of the second sign-in.
func Effective(p Practice, own Person, proxy *Person, safer bool) access.View {
	v := access.View{Levels: parts(p.Sections), From: p.From, Audit: p.AuditView, Suspended: p.Suspended || own.Suspended}
	over(&v, own)
	if proxy != nil {
		v.Suspended = v.Suspended || proxy.Suspended
		given := parts(proxy.Sections)
		for section := range v.Levels { // a proxy sees what was set for the proxy and nothing by default
			v.Levels[section] = min(v.Levels[section], given[section])
		}
		if proxy.From.After(v.From) {
			v.From = proxy.From
		}
	}
	if safer || proxy != nil {
		v.Audit = false // it tells of what others see: of sections that aren't in this view, and of the other password
	}
	if safer {
		safe := parts(own.Safer)
		for section := range v.Levels {
			v.Levels[section] = min(v.Levels[section], safe[section])
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(v.Levels)), func(l access.Level) bool { return l > access.None }) {
		v.Suspended = true // nothing is offered: the same as never having offered it
	}
	return v
}

// over puts a patient's own settings in the place of the practice's.
func over(v *access.View, own Person) {
	maps.Copy(v.Levels, parts(own.Sections))
	if !own.From.IsZero() {
		v.From = own.From
	}
}

// ClosedOn says that the practice is closed on the day that a time, in the practice's zone, is of.
func (p Practice) ClosedOn(t time.Time) bool {
	return slices.Contains(p.Closed, t.Format(time.DateOnly))
}

// Duration is written as in Go: 48h, 30m.
type Duration time.Duration

var (
	_ encoding.TextMarshaler   = Duration(0)
	_ encoding.TextUnmarshaler = (*Duration)(nil)
)

// MarshalText writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads it.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration; write it as 48h or 30m", text)
	}
	*d = Duration(parsed)
	return nil
}
