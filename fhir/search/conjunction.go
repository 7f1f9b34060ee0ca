package search

import (
	"slices"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Conjunction is true when both are, of resources of a type. Of what the grant adds it leaves out what the query says
// already, as that what is about a patient is in the patient's compartment: who asks for that much needn't have it
// looked up again for each resource.
func Conjunction(t *spec.Type, query, grant expr.Expr) expr.Expr {
	said, all := slices.Collect(expr.Necessary(query)), expr.And{}
	for e := range expr.Necessary(grant) {
		if !follows(t, e, said) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return query
	}
	return append(all, said...)
}

// follows says that a condition is true whenever all those said are. It knows what searches by a patient's id come to,
// and no more.
func follows(t *spec.Type, e expr.Expr, said []expr.Expr) bool {
	byOne := func(does func(expr.Test, RefIs) bool) bool {
		return slices.ContainsFunc(said, func(s expr.Expr) bool {
			test, ok := s.(expr.Test)
			is, refers := test.Is.(RefIs)
			return ok && refers && does(test, is)
		})
	}
	switch e := e.(type) {
	case expr.Or:
		return slices.ContainsFunc(e, func(one expr.Expr) bool { return follows(t, one, said) })
	case expr.And:
		return !slices.ContainsFunc(e, func(one expr.Expr) bool { return !follows(t, one, said) })
	case expr.Compartment:
		return byOne(func(test expr.Test, is RefIs) bool {
			return is.Type == "Patient" && is.ID == e.Patient && is.ID != "" && is.URL == "" && is.Identifier == nil && places(t, test.Param)
		})
	case expr.Test:
		want, ok := e.Is.(RefIs)
		return ok && byOne(func(test expr.Test, is RefIs) bool { return test.Param == e.Param && is == want })
	case expr.Not, expr.Missing, expr.Chain, expr.Only, expr.Reverse, expr.IDs, expr.Confined, expr.Visible, expr.Marked:
	}
	return false
}

// places says that a reference to a Patient in a parameter puts resources of a type into the Patient's compartment (see
// Compartments).
func places(t *spec.Type, p *spec.Param) bool {
	return slices.ContainsFunc(t.Patients(), func(by *spec.Param) bool {
		return slices.ContainsFunc(by.Answers(), func(b spec.Branch) bool {
			return (b.Target == "" || b.Target == "Patient") && same(p, b.Param)
		})
	})
}
