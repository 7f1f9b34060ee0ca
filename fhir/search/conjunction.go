package search

import (
	"slices"

	"frontdesk/fhir/spec"
)

// Conjunction is true when both are, of resources of a type. Of what the grant adds it leaves out what the query says already, as that what
// is about a patient is in the patient's compartment: who asks for that much needn't have it looked up again for each resource.
func Conjunction(t *spec.Type, query, grant Expr) Expr {
	said := conjuncts(query, nil)
	all := And{}
	for _, e := range conjuncts(grant, nil) {
		if !follows(t, e, said) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return query
	}
	return append(all, said...)
}

// conjuncts are the parts of a conjunction.
func conjuncts(e Expr, out []Expr) []Expr {
	if and, ok := e.(And); ok {
		for _, part := range and {
			out = conjuncts(part, out)
		}
		return out
	}
	return append(out, e)
}

// follows says that a condition is true whenever all those said are. It knows what searches by a patient's id come to, and no more.
func follows(t *spec.Type, e Expr, said []Expr) bool {
	byOne := func(does func(Test, RefIs) bool) bool {
		return slices.ContainsFunc(said, func(s Expr) bool {
			test, ok := s.(Test)
			is, refers := test.Is.(RefIs)
			return ok && refers && does(test, is)
		})
	}
	switch e := e.(type) {
	case Or:
		return slices.ContainsFunc(e, func(one Expr) bool { return follows(t, one, said) })
	case And:
		return !slices.ContainsFunc(e, func(one Expr) bool { return !follows(t, one, said) })
	case Compartment:
		return byOne(func(test Test, is RefIs) bool {
			return is.Type == "Patient" && is.ID == e.Patient && is.ID != "" && is.URL == "" && is.Identifier == nil && places(t, test.Param)
		})
	case Test:
		want, ok := e.Is.(RefIs)
		return ok && byOne(func(test Test, is RefIs) bool { return test.Param == e.Param && is == want })
	}
	return false
}

// places says that a reference to a Patient in a parameter puts resources of a type into the Patient's compartment (see Compartments).
func places(t *spec.Type, p *spec.Param) bool {
	return slices.ContainsFunc(t.Patients(), func(by *spec.Param) bool {
		return slices.ContainsFunc(by.Answers(), func(b spec.Branch) bool {
			return (b.Target == "" || b.Target == "Patient") && same(p, b.Param)
		})
	})
}
