package audit

import (
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// Event is one thing that was done, or refused. The chain keeps it as JSON.
type Event struct {
	What    string          `json:"what"`              // an interaction, as R4's restful-interaction has it ("search-type"), or one of the constants below
	When    time.Time       `json:"when"`              // zero: when it was recorded
	By      access.Identity `json:"by,omitzero"`       // who did it, as far as that is known
	Address string          `json:"address,omitempty"` // the client's network address, "" if there is none
	Request string          `json:"request,omitempty"` // the support reference (X-Request-Id)
	Status  int             `json:"status,omitempty"`  // of the answer, as HTTP has it; 0 is 200
	Reason  string          `json:"reason,omitempty"`  // why it was refused, or what the operator did: words of ours, never a client's text
	About   fhir.Key        `json:"about,omitzero"`    // the resource that was asked for or written; zero if it was none in particular
	Query   string          `json:"query,omitempty"`   // what was searched for, as it was sent: "GET Observation?patient=1"
	Shown   Shown           `json:"shown,omitempty"`   // what of whose record the answer had, or was written
	Named   []string        `json:"named,omitempty"`   // ids of the Patients whom the request itself names, whatever it found
	Why     string          `json:"why,omitempty"`     // what whoever did it gave as the reason, "" if nothing
	// Private says that the patient isn't to read of it: that something was hidden, or access was suspended (P7, P8).
	Private bool `json:"private,omitempty"`
}

// What can be done besides the interactions of R4.
const (
	Login      = "login"      // somebody signed in, or tried to
	Logout     = "logout"     // somebody signed out
	Token      = "token"      // an app was given a token
	Consent    = "consent"    // somebody allowed an app access, or denied it
	Revocation = "revocation" // access was taken away from an app
	Launch     = "launch"     // an app was launched from an EHR
	// Request is one that was answered with an error before it was anything else: of a page, or of a path with
	// nothing at it (P13).
	Request = store.FailedRequest
	// Administration is what the operator did to accounts, apps and keys.
	Administration = "administration"
)

// Shown counts resources, by the Patient in whose compartment they are and their type.
type Shown map[Part]int

// Part is a part of a patient's record.
type Part struct {
	Patient, Type string
	Withheld      bool // hidden from the patient, or not released to him or her yet
}

// MarshalText writes a part as a key of JSON: "a/Observation", and "a/Observation~" if it was withheld. It never fails.
func (p Part) MarshalText() ([]byte, error) {
	text := append(append(append(make([]byte, 0, 64), p.Patient...), '/'), p.Type...)
	if p.Withheld {
		text = append(text, '~')
	}
	return text, nil
}

// UnmarshalText reads what MarshalText wrote. It never fails.
func (p *Part) UnmarshalText(text []byte) error {
	patient, typ, _ := strings.Cut(string(text), "/")
	typ, withheld := strings.CutSuffix(typ, "~")
	*p = Part{patient, typ, withheld}
	return nil
}

// Add counts a version that the caller was shown or has written. It is withheld from others of its compartments, whose
// record it isn't in. The zero Shown can't be added to.
func (s Shown) Add(v *fhir.Stored, others []string, now time.Time) {
	for _, patient := range v.Compartments {
		withheld := v.Facts.Hidden || v.Facts.Release.After(now) || slices.Contains(others, patient)
		s[Part{patient, v.Key.Type, withheld}]++
	}
}

// tells says that the patient may read that a part of the record was shown. How much somebody else's search found would
// tell of what the patient can't see, now or after something is hidden or a section closed (I2), so of that only who
// names the patient is told of, and nothing of what was found: not even that it was the patient, who may be found by a
// hidden entry, or come with it. Of what oneself was shown one knows, and of a single entry it is known to whom that is
// open (rules.AuditTrail).
func (e *Event) tells(p Part) bool {
	switch {
	case p.Withheld || e.private():
		return false
	case e.By.Online() && (p.Patient == e.By.Patient || e.By.Person == "Patient/"+p.Patient):
		return true
	}
	return e.About.ID != "" && e.About.Type == p.Type
}

// Statuses of HTTP (RFC 9110 15) from which on an Event says what became of it.
const (
	badRequest   = 400
	unauthorized = 401
	serverError  = 500
)

// failed says that nothing was done.
func (e *Event) failed() bool { return e.Status >= badRequest }

// outcome is AuditEvent.outcome (R4 valueset audit-event-outcome).
func (e *Event) outcome() string {
	switch {
	case e.Status >= serverError:
		return "8" // serious failure
	case e.failed():
		return "4" // minor failure
	}
	return "0"
}

// receives is the code of recipient.
const receives = "IRCP"

// coding is a code of a code system, as JSON.
type coding string

// code makes a coding; display may be "". None of them need be escaped.
func code(system, code, display string) coding {
	text := `{"system":"` + system + `","code":"` + code + `"`
	if display != "" {
		text += `,"display":"` + display + `"`
	}
	return coding(text + `}`)
}

// The code systems.
const (
	dicom        = "http://dicom.nema.org/resources/ontology/DCM"
	eventType    = "http://terminology.hl7.org/CodeSystem/audit-event-type"
	interactions = "http://hl7.org/fhir/restful-interaction"
	entityType   = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
	entityRole   = "http://terminology.hl7.org/CodeSystem/object-role"
	sourceType   = "http://terminology.hl7.org/CodeSystem/security-source-type"
	participant  = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
	balpEntity   = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
	balpDecision = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"
	actCode      = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	iheEvent     = "urn:ihe:event-type-code"
	ownEvents    = "urn:frontdesk:audit-event" // subtypes that no other system has
)

var (
	restful        = code(eventType, "rest", "Restful Operation")
	authentication = code(dicom, "110114", "User Authentication")
	alert          = code(dicom, "110113", "Security Alert")
	attributes     = code(dicom, "110137", "User Security Attributes Changed")
	activity       = code(dicom, "110100", "Application Activity")

	source      = code(dicom, "110153", "Source Role ID")
	destination = code(dicom, "110152", "Destination Role ID")
	recipient   = code(participant, receives, "information recipient")
)

// kind is how a sort of Event is written down.
type kind struct {
	action string // AuditEvent.action (R4 valueset audit-event-action)
	typ    coding
	sub    coding
	sub1   coding // of rendition 1, if it was another
	// private says that no patient is to read of it.
	private bool
	reads   bool // what was asked for went from the server to the client, so the client is the destination (BALP, Read)
}

// kinds are all there are, by Event.What.
var kinds = map[string]kind{
	"read":             {action: "R", reads: true},
	"vread":            {action: "R", reads: true},
	"history-instance": {action: "R", reads: true},
	"history-type":     {action: "R", reads: true},
	"history-system":   {action: "R", reads: true},
	"create":           {action: "C"},
	"update":           {action: "U"},
	"patch":            {action: "U"},
	"delete":           {action: "D"},
	// BALP has the client as the source of a query, which the parameters flow from.
	"search-type":   {action: "E"},
	"search-system": {action: "E"},
	"operation":     {action: "E"},
	"batch":         {action: "E"},
	"transaction":   {action: "E"},

	Login:          {action: "E", typ: authentication, sub: code(dicom, "110122", "Login")},
	Logout:         {action: "E", typ: authentication, sub: code(dicom, "110123", "Logout")},
	Token:          {action: "E", typ: authentication, sub: code(dicom, "110126", "Node Authentication"), sub1: code(iheEvent, "ITI-71", "Get Access Token")},
	Consent:        {action: "E", typ: alert, sub: code(dicom, "110136", "Security Roles Changed"), sub1: code(balpDecision, "AuthZ-Consent", "")},
	Revocation:     {action: "U", typ: alert, sub: attributes},
	Administration: {action: "U", typ: alert, sub: attributes, private: true},
	Launch:         {action: "E", typ: activity, sub: code(dicom, "110120", "Application Start")},
	Request:        {action: "E", typ: activity, sub: code(ownEvents, "request", "Failed request"), private: true},
}

// Knows says whether events of that name are written down as what they are.
func Knows(what string) bool { return kinds[what].action != "" }

// kindOf is how an event is written down. What isn't in the table is an interaction that was added and forgotten there:
// it's better written down as executed than not at all. as is the number of the rendition.
func kindOf(what string, as int) kind {
	k, known := kinds[what]
	if as == 1 && k.sub1 != "" {
		k.sub = k.sub1
	}
	if !known {
		k.action = "E"
	}
	if k.typ == "" {
		k.typ, k.sub = restful, code(interactions, what, "")
	}
	return k
}
