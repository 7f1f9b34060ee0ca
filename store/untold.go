package store

import (
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// AuditEntry is the name of the entity of an AuditEvent that is an entry of the patient's record.
const AuditEntry = "Entry of the record"

// within is what the grant allows an interaction with of a type.
func (s *Session) within(i access.Interaction, t *spec.Type) search.Expr {
	p := s.grant.Predicate(i, t)
	if t.Name != "AuditEvent" || !s.grant.Bounded() || nothing(p) {
		return p
	}
	return conjoin(s.told(t), p)
}

// told is true of AuditEvents that somebody online may read of: not those of what was done with one entry that isn't open by now. Where the
// reference alone were left out, that it was done at all would tell that there is such an entry (P12, I2).
func (s *Session) told(t *spec.Type) search.Expr {
	entity, name := t.Params["entity"], t.Params["entity-name"]
	entries, _ := s.leads(entity, "")
	entry := search.Test{Param: name, Is: search.StringIs{Text: AuditEntry, Op: search.Exact}}
	return search.Or{search.Not{Expr: entry}, s.toOpen(entity, entries, search.And{})}
}
