package access

import (
	"slices"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Interaction is what is done to a resource type, in SMART's letters (SMART App Launch 2.2, scopes: cruds).
type Interaction uint8

// The interactions. R covers read, vread and instance history; S search and type and system history; U update,
// patch and update-as-create.
const (
	C Interaction = 1 << iota
	R
	U
	D
	S
	all = C | R | U | D | S
)

// Grant is what one caller may do. Its zero value denies everything. It can't be made but by the functions here.
type Grant struct {
	who   string
	rules []rule
}

// rule allows interactions on types where a predicate holds. A grant is the union of its rules.
type rule struct {
	types  []string // nil: all
	can    Interaction
	within func(*spec.Type) search.Expr // nil: everything of the type
}

// Everything is the grant of Frontdesk's own commands, and of every caller while --auth is off. who names it in logs.
func Everything(who string) Grant {
	return Grant{who: who, rules: []rule{{can: all}}}
}

// PatientRead lets one patient see what is in his or her own compartment, and nothing else.
func PatientRead(patientID string) Grant { return Patient(patientID, R|S) }

// Patient lets one patient do what is in can within his or her own compartment, and nothing else.
func Patient(patientID string, can Interaction) Grant {
	return Grant{who: "Patient/" + patientID, rules: []rule{{can: can, within: func(t *spec.Type) search.Expr {
		if t.Compartments["Patient"] == nil {
			return search.Or{}
		}
		return search.Compartment{Patient: patientID}
	}}}}
}

// Who names the caller, for logs: a reference or a client's name, never a person's.
func (g Grant) Who() string { return g.who }

// Unbounded says that the grant reaches every resource of every type in this way, so that no image need be judged.
func (g Grant) Unbounded(i Interaction) bool {
	return slices.ContainsFunc(g.rules, func(r rule) bool { return r.types == nil && r.can&i == i && r.within == nil })
}

// Predicate is true of just those resources of type t for which the grant allows interaction i: search.And{} of all,
// search.Or{} of none.
func (g Grant) Predicate(i Interaction, t *spec.Type) search.Expr {
	union := search.Or{}
	for _, r := range g.rules {
		if r.can&i != i || r.types != nil && !slices.Contains(r.types, t.Name) {
			continue
		}
		if r.within == nil {
			return search.And{}
		}
		union = append(union, r.within(t))
	}
	return union
}
