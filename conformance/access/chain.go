package access

import (
	"net/url"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// hop is a reference in the world.
type hop struct {
	from, to *version
	p        *spec.Param
}

// hopsAsked is of how many references with the same parameter to the same type is asked.
const hopsAsked = 3

// references asks along each kind of reference there is in the world, forward, back and to bring along, whoever may see
// its two ends.
func (a *asking) references() {
	asked := map[[3]string]int{}
	for _, h := range a.hops() {
		kind := [3]string{h.from.typ, h.p.Code, h.to.typ}
		if asked[kind]++; asked[kind] <= hopsAsked {
			a.along(h)
		}
	}
	a.ask("Observation", "Observation?patient.organization.name=beechwood")
	a.ask("Observation", "Observation?has-member.subject:Patient.family=birch")
	a.ask("Patient", "Patient?_has:Observation:patient:_has:DiagnosticReport:result:status=final")
	a.ask("Patient", "Patient?_has:Observation:patient:has-member:Observation.code=hb")
	a.ask("Organization", "Organization?_has:Patient:organization:_has:Condition:patient:code=asthma")
	a.ask("Practitioner", "Practitioner?_has:Appointment:actor:patient.family=birch")
	a.ask("Patient", "Patient?_filter=%s", url.QueryEscape("organization.name co practice"))
	a.ask("Condition", "Condition?_filter=%s", url.QueryEscape("patient.family sw b and code eq asthma"))
	a.ask("Condition", "Condition?patient.family:missing=true")
	a.ask("Observation", "Observation?has-member.status:not=final")
}

func (a *asking) hops() (all []hop) {
	for _, from := range a.rows {
		v := from.last()
		t, _ := a.registry.Type(v.typ)
		for _, e := range a.entries[v] {
			ref, ok := e.Value.(search.Ref)
			p := t.Params[e.Param.Code]
			if !ok || p == nil {
				continue
			}
			for _, to := range a.rowsOf(ref.Type) {
				if to.id == ref.ID {
					all = append(all, hop{v, to, p})
				}
			}
		}
	}
	return all
}

// along asks along one reference.
func (a *asking) along(h hop) {
	from, to, p := h.from, h.to, h.p.Code
	a.ask(from.typ, "%s?%s:%s._id=%s", from.typ, p, to.typ, to.id)
	a.ask(from.typ, "%s?%s:%s._tag=%s&_total=accurate", from.typ, p, to.typ, to.marker)
	a.ask(from.typ, "%s?%s:%s._tag:not=%s", from.typ, p, to.typ, to.marker)
	a.ask(from.typ, "%s?%s=%s", from.typ, p, to.key())
	a.ask(to.typ, "%s?_has:%s:%s:_id=%s", to.typ, from.typ, p, from.id)
	a.ask(to.typ, "%s?_has:%s:%s:_tag=%s&_total=accurate", to.typ, from.typ, p, from.marker)
	a.ask(to.typ, "%s?_has:%s:%s:_tag:not=%s", to.typ, from.typ, p, from.marker)
	a.ask(from.typ, "%s?_id=%s&_include=%s:%s", from.typ, from.id, from.typ, p)
	a.ask(from.typ, "%s?_include=%s:%s&_include:iterate=*", from.typ, from.typ, p)
	a.ask(to.typ, "%s?_id=%s&_revinclude=%s:%s", to.typ, to.id, from.typ, p)
	a.ask(to.typ, "%s?_revinclude=%s:%s&_revinclude:iterate=%s:%s&_include:iterate=*", to.typ, from.typ, p, from.typ, p)
}
