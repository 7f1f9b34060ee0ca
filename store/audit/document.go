package audit

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store/rules"
)

// rendition numbers how AuditEvents are made of events: what is filed is verified by making it again. So whoever
// changes what documents makes of an event gives that another number, and keeps the way it was for the links of that
// time; testdata/audit holds it to what it once kept and made.
//
// Rendition 1 gave a patient the text of what others searched for in that record, and named the record by a reference
// in what was about a search in it, whoever searched (E2); its codes were outside of R4's value sets where others fit
// (B28).
const rendition = 2

// document is an AuditEvent on its way to the store: its JSON, without meta, as it will be kept.
type document struct {
	id   string
	json []byte
}

// rendering makes the AuditEvents of one event.
type rendering struct {
	*fact
	base string // our own FHIR base URL
	as   int    // the number of the rendition
	done []document
}

// audience is whom an AuditEvent is about, and whether that patient may read it.
type audience struct {
	patient  string // "" for none
	withheld bool
}

// documents are the AuditEvents of an event. Each patient concerned has one of his or her own, for it is shown to that
// patient and must tell nothing of another (BALP, PatientQuery: one for every Patient); and one more, withheld from the
// patient, of what is hidden from him or her and of what others' searches found: for who sees neither can't tell that
// something is hidden (I2). The query is in it only if that patient wrote it: what others searched for may name what is
// hidden, or be written for the patient to read. Else it's in one more, which is about no patient.
func documents(f *fact, base string, as int) []document {
	r := rendering{fact: f, base: base, as: as}
	all := f.audiences()
	aside := len(all) == 0
	for _, a := range all {
		own := f.By.Person == "Patient/"+a.patient
		if as == 1 {
			own = a.patient == f.By.Patient
		}
		aside = aside || !own && f.Query != ""
		r.document(a, own)
	}
	if aside {
		r.document(audience{withheld: f.private()}, true)
	}
	return r.done
}

// private says that no patient is to read of an event.
func (e *Event) private() bool { return e.Private || kinds[e.What].private }

// audiences are those whose records it concerns, sorted. A refusal concerns the patient whom the app was launched for,
// and nobody else: whether what it asked for is there, or whose it is, isn't to be told by the trail either (I2).
func (e *Event) audiences() (all []audience) {
	add := func(id string, withheld bool) {
		if to := (audience{id, withheld}); !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	if !e.failed() {
		for part := range e.Shown {
			add(part.Patient, !e.tells(part))
		}
		if !e.private() {
			for _, id := range e.Named {
				add(id, false)
			}
		}
	}
	if id := e.By.Patient; fhir.ValidID(id) && (e.About.ID == "" || !slices.Contains(all, audience{id, true})) {
		add(id, e.private())
	}
	slices.SortFunc(all, func(a, b audience) int { // the open ones first
		return cmp.Or(compareBools(a.withheld, b.withheld), cmp.Compare(a.patient, b.patient))
	})
	return all
}

// statusDetail is the type of the detail that has the HTTP status.
const statusDetail = "status"

// usualSize is room for most AuditEvents, in bytes.
const usualSize = 2304

// document writes the AuditEvent that an audience, or nobody but staff, sees.
func (r *rendering) document(to audience, query bool) {
	e, k, id := &r.Event, kindOf(r.What, r.as), r.id(len(r.done))
	w := writer{make([]byte, 0, usualSize)}
	w.raw(`{"resourceType":"AuditEvent","id":"`, id, `","type":`)
	w.coding(k.typ)
	w.raw(`,"subtype":[`)
	w.coding(k.sub)
	w.raw(`],"action":"`, k.action, `","recorded":"`, e.When.UTC().Format(fhir.InstantLayout), `","outcome":"`, e.outcome(), `"`)
	if e.Reason != "" {
		w.raw(`,"outcomeDesc":`)
		w.text(e.Reason)
	}
	if e.Why != "" {
		w.raw(`,"purposeOfEvent":[{`)
		if r.as > 1 {
			w.raw(`"coding":[`)
			w.coding(recordKeeping)
			w.raw(`],`)
		}
		w.raw(`"text":`)
		w.text(e.Why)
		w.raw(`}]`)
	}
	r.agents(&w, e, k)
	w.raw(`,"source":{"observer":{"identifier":{"system":"urn:ietf:rfc:3986","value":"`, rules.AuditSource, `"},"display":"Frontdesk"},"type":[`)
	w.coding(server)
	w.raw(`]},"entity":[`)
	if to.patient != "" {
		w.patient(e, to)
	}
	w.resource(e, to, r.as)
	if query && e.Query != "" {
		w.entity(object, searched)
		w.raw(`,"query":"`, base64.StdEncoding.EncodeToString([]byte(e.Query)), `"}`)
	}
	w.entity(requestID, "")
	w.raw(`,"what":{"identifier":{"value":`)
	w.text(cmp.Or(e.Request, "unknown"))
	w.raw(`}}`)
	if e.Status != 0 {
		w.raw(`,"detail":[{"type":"`, statusDetail, `","valueString":"`, strconv.Itoa(e.Status), `"}]`)
	}
	w.raw(`}]}`)
	r.done = append(r.done, document{id, w.out})
}

// agents are the client, the server and, if a person is behind it, the user (BALP).
func (r *rendering) agents(w *writer, e *Event, k kind) {
	client, server := source, destination
	if k.reads {
		client, server = destination, source
	}
	by := e.By
	person := by.Person != "" || by.Account != ""
	w.raw(`,"agent":[`)
	app := agent{role: client, identifier: by.Client, requestor: !person, address: e.Address, sort: "2"}
	if by.Client == "" {
		app.display = "unknown client"
	}
	w.agent(app)
	w.agent(agent{role: server, display: "Frontdesk", address: r.base, sort: "5"})
	if person {
		user := agent{role: recipient, identifier: cmp.Or(by.Person, by.Account), requestor: true}
		if _, ok := search.Local(by.Person, r.base); ok {
			user.reference = by.Person
		}
		if by.Approval != "" {
			user.policy = policy(by.Approval)
		}
		w.agent(user)
	}
	w.raw(`]`)
}

// policy is an approval as AuditEvent.agent.policy names it, so that what was done by it can be searched for.
func policy(approval string) string { return "approval/" + url.PathEscape(approval) }
