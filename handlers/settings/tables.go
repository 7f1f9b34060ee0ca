package settings

import (
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/capability"
	"frontdesk/store/online"
)

// practices is what an Organization decides for its patients.
var practices = table[online.Practice]{blank: online.Defaults, rows: []row[online.Practice]{
	preset(func(p *online.Practice, ps []parameter) error { return presets(ps, &p.Sections, &p.From) }),
	levels("section", "A section of the record, and how far it is open online to patients for whom nothing else was decided.",
		func(p *online.Practice) *map[string]access.Level { return &p.Sections }),
	instant("visible-from", "Only entries added to the record at or after this time are shown. Cleared: all.", func(p *online.Practice) *time.Time { return &p.From }),
	flag("suspended", "Online access is switched off for every patient.", func(p *online.Practice) *bool { return &p.Suspended }),
	span("booking-window", "How far ahead patients see free appointments and book them.", func(p *online.Practice) *online.Duration { return &p.BookingWindow }),
	span("booking-embargo", "How soon an appointment may begin that they book.", func(p *online.Practice) *online.Duration { return &p.BookingEmbargo }),
	span("cancellation-deadline", "How long before its start they can still cancel an appointment.", func(p *online.Practice) *online.Duration { return &p.CancelDeadline }),
	number("maximum-future-appointments", "How many booked appointments to come a patient may have; 0: no limit.", func(p *online.Practice) *int { return &p.MaxFuture }),
	span("results-delay", "After how long a result from the laboratory shows by itself. Cleared: not before a clinician releases it.",
		func(p *online.Practice) *online.Duration { return &p.ResultsDelay }),
	openingHours,
	closedDays,
	number("messages-per-day", "How many messages a patient may send in 24 hours; 0: no limit.", func(p *online.Practice) *int { return &p.MessagesPerDay }),
	number("message-length", "The most characters of one message; its topic, notes and names may have 1,000 besides.",
		func(p *online.Practice) *int { return &p.MessageLength }),
	number("attachment-size", "The most kilobytes (1,000 bytes) of each attachment of a message; 0: as many as a request may have.", func(p *online.Practice) *int { return &p.AttachmentSize }),
	number("parent-age", "At which birthday of the patient a parent's access ends until it is agreed anew; 0: at none.",
		func(p *online.Practice) *int { return &p.ParentAge }),
	flag("audit-view", "Patients may read who has looked at their record.", func(p *online.Practice) *bool { return &p.AuditView }),
}}

// common are the rows of a person, whether patient or proxy.
var common = []row[online.Person]{
	preset(func(p *online.Person, ps []parameter) error { return presets(ps, &p.Sections, &p.From) }),
	levels("section", "A section of the record, and how far it is open online to this person. For a patient, what isn't named is as the practice decided; for a proxy it is closed.",
		func(p *online.Person) *map[string]access.Level { return &p.Sections }),
	instant("visible-from", "Only entries added to the record at or after this time are shown. Cleared: as the practice decided.", func(p *online.Person) *time.Time { return &p.From }),
	flag("suspended", "Online access of this person is switched off from the next request on. The person isn't told.", func(p *online.Person) *bool { return &p.Suspended }),
}

// patients is what is decided for a Patient, unsafer that without the reduced view, and proxies what is for a
// RelatedPerson.
var (
	unsafer = table[online.Person]{blank: nobody, rows: append(slices.Clone(common),
		flag("results-at-once", "Practice and patient agreed to show results as they come.", func(p *online.Person) *bool { return &p.ResultsAtOnce }))}
	patients = table[online.Person]{blank: nobody, rows: append(slices.Clone(unsafer.rows),
		levels("safer", "A section, and how far it is open to the second password, which opens a reduced view. What isn't named is closed to it.",
			func(p *online.Person) *map[string]access.Level { return &p.Safer }),
	)}
	proxies = table[online.Person]{blank: nobody, rows: append(slices.Clone(common),
		day("until", "When this proxy's access ends by itself: a time, or a day that counts whole. Cleared: not at any.",
			func(p *online.Person) *time.Time { return &p.Until }),
		told(instant("ends", "When this proxy's access ends by itself, or has ended: by until, by the period of the "+
			"RelatedPerson, or for a parent at the patient's birthday that the practice sets "+
			"(parent-age), until the sections are set anew.",
			func(p *online.Person) *time.Time { return &p.Over })))}
)

// Agrees says that a Parameters resource decides how far sections are open.
func Agrees(change *fhir.Resource) bool {
	given, err := parameters(change)
	return err == nil && slices.ContainsFunc(given, func(p parameter) bool {
		return p.name == "section" || p.name == "preset"
	})
}

func nobody() online.Person { return online.Person{} }

// Definition is what $online-access of a resource type takes and gives.
func Definition(typ string) []capability.Parameter {
	switch typ {
	case "Organization":
		return practices.definition()
	case "RelatedPerson":
		return proxies.definition()
	}
	return patients.definition()
}

// Practice is what an Organization decided, as Parameters; changed by another Parameters resource unless that is nil.
func Practice(p *online.Practice, change *fhir.Resource) ([]byte, error) {
	return practices.do(p, change)
}

// Person is what was decided for somebody, as Parameters; changed by another Parameters resource unless that is nil.
// safer says that who asks may know of the reduced view of a patient at risk.
func Person(typ string, safer bool, p *online.Person, change *fhir.Resource) ([]byte, error) {
	switch {
	case typ == "RelatedPerson":
		return proxies.do(p, change)
	case !safer:
		return unsafer.do(p, change)
	}
	return patients.do(p, change)
}

func (t table[T]) do(settings *T, change *fhir.Resource) ([]byte, error) {
	if change != nil {
		if err := t.change(settings, change); err != nil {
			return nil, err
		}
	}
	return t.write(settings)
}
