package audit

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/store/rules"
)

// writer puts the JSON of an AuditEvent together.
type writer struct{ out []byte }

var (
	object    = code(entityType, "2", "System Object")
	person    = code(entityType, "1", "Person")
	patient   = code(entityRole, "1", "Patient")
	resource  = code(entityRole, "4", "Domain Resource")
	searched  = code(entityRole, "24", "Query")
	requestID = code(balpEntity, "XrequestId", "")
	server    = code(sourceType, "4", "Application Server")
	// recordKeeping is of the value set of purposeOfEvent (v3 PurposeOfUse): what a reason is given for is done to keep
	// records right.
	recordKeeping = code("http://terminology.hl7.org/CodeSystem/v3-ActReason", "RECORDMGT", "")
	untold        = code(actCode, rules.AuditWithheld, "")
)

func (w *writer) raw(parts ...string) {
	for _, p := range parts {
		w.out = append(w.out, p...)
	}
}

// text writes a string that isn't ours. What a FHIR string can't hold is left out (R4 datatypes, string); there is
// always something left, for an empty string is none.
func (w *writer) text(s string) {
	if plain(s) {
		w.raw(`"`, s, `"`)
		return
	}
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "")))
	if s == "" {
		s = "?"
	}
	w.out, _ = jsontext.AppendQuote(w.out, s) // it is valid UTF-8, and so there is no error
}

// plain says that a text is its own JSON: as ids, names and addresses are.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return s != ""
}

// comma parts the members of an array.
func (w *writer) comma() {
	if w.out[len(w.out)-1] != '[' {
		w.raw(`,`)
	}
}

func (w *writer) coding(c coding) { w.out = append(w.out, c...) }

// agent is one of AuditEvent.agent.
type agent struct {
	role                           coding
	reference, identifier, display string // who; one of them
	requestor                      bool
	policy                         string // "" for none
	address, sort                  string // of the network, and its type (R4 valueset network-type)
}

func (w *writer) agent(a agent) {
	w.comma()
	w.raw(`{"type":{"coding":[`)
	w.coding(a.role)
	w.raw(`]},"who":{`)
	switch {
	case a.reference != "":
		w.raw(`"reference":`)
		w.text(a.reference)
	case a.identifier != "":
		w.raw(`"identifier":{"value":`)
		w.text(a.identifier)
		w.raw(`}`)
	default:
		w.raw(`"display":"`, a.display, `"`)
	}
	w.raw(`},"requestor":`, strconv.FormatBool(a.requestor))
	if a.policy != "" {
		w.raw(`,"policy":[`)
		w.text(a.policy)
		w.raw(`]`)
	}
	if a.address != "" {
		w.raw(`,"network":{"address":`)
		w.text(a.address)
		w.raw(`,"type":"`, a.sort, `"}`)
	}
	w.raw(`}`)
}

// entity begins one of AuditEvent.entity.
func (w *writer) entity(typ, role coding) {
	w.comma()
	w.raw(`{"type":`)
	w.coding(typ)
	if role != "" {
		w.raw(`,"role":`)
		w.coding(role)
	}
}

// label says of an entity that the patient isn't to read of it (v3 ActCode NOPAT), which rules.AuditTrail sees to.
func (w *writer) label(withheld bool) {
	if withheld {
		w.raw(`,"securityLabel":[`)
		w.coding(untold)
		w.raw(`]`)
	}
}

// patient is the patient concerned, and how much was shown of that record.
func (w *writer) patient(e *Event, to audience) {
	w.entity(person, patient)
	w.label(to.withheld)
	w.raw(`,"what":{"reference":"Patient/`, to.patient, `"}`)
	sep := `,"detail":[`
	for _, part := range slices.SortedFunc(maps.Keys(e.Shown), compareParts) {
		if part.Patient == to.patient && e.tells(part) == !to.withheld && !e.failed() {
			w.raw(sep, `{"type":"`, part.Type, `","valueString":"`, strconv.Itoa(e.Shown[part]), `"}`)
			sep = `,`
		}
	}
	if sep == `,` {
		w.raw(`]`)
	}
	w.raw(`}`)
}

// compareParts orders parts: of one type what is open comes first. What is made of an event must be the same whenever
// it is made, for the chain is verified by making it again.
func compareParts(a, b Part) int {
	return cmp.Or(strings.Compare(a.Patient, b.Patient), strings.Compare(a.Type, b.Type), compareBools(a.Withheld, b.Withheld))
}

// compareBools orders false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// resource is the resource asked for. Of one that was refused the trail has only the words that were asked for, and no
// reference: it may not be there, and the patient whose it is must not see who tried others. An entry of the patient's
// record has a name that says so: the patient reads of it while that is open, see rules.AuditTrail.
//
// Another patient's record is named in words too: by a reference the event would stand in that patient's trail.
func (w *writer) resource(e *Event, to audience, as int) {
	if e.About.ID == "" {
		return
	}
	w.entity(object, resource)
	w.label(to.withheld)
	others := e.About.Type == "Patient" && e.About.ID != to.patient && as > 1
	if e.failed() || others {
		w.raw(`,"name":"`, e.About.String(), `"}`)
		return
	}
	w.raw(`,"what":{"reference":"`, e.About.String(), `"}`)
	if e.About.Type != "Patient" && (e.Shown[Part{to.patient, e.About.Type, false}] > 0 || e.Shown[Part{to.patient, e.About.Type, true}] > 0) {
		w.raw(`,"name":"`, rules.AuditEntry, `"`)
	}
	w.raw(`}`)
}
