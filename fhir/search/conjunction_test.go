package search

import (
	"slices"
	"testing"

	"frontdesk/fhir/search/expr"
)

// What the query says already isn't asked again of each resource; what it doesn't say is.
func TestConjunction(t *testing.T) {
	r := registry(t)
	observation, _ := r.Type("Observation")
	in, other := Compartment{Patient: "ann"}, Confined{Patient: "ann"}
	test := func(code, typ, id string) Test {
		return Test{Param: observation.Params[code].Answers()[0].Param, Is: RefIs{Type: typ, ID: id}}
	}
	about := test("subject", "Patient", "ann")
	grant := And{in, Or{other, about}}
	for name, of := range map[string]struct {
		query Expr
		asked int // conditions of the grant that are left
	}{
		"nothing":                  {And{}, 2},
		"about the patient":        {about, 0},
		"among others":             {And{test("performer", "Practitioner", "doc"), And{about}}, 0},
		"about another":            {test("subject", "Patient", "bob"), 2},
		"about no patient":         {test("subject", "Group", "ann"), 2},
		"about or performed by":    {Or{about, test("performer", "Patient", "ann")}, 2},
		"not about the patient":    {Not{Expr: about}, 2},
		"performed by the patient": {test("performer", "Patient", "ann"), 1},
		"no reference that places": {test("has-member", "Observation", "ann"), 2},
		"by an identifier":         {Test{Param: about.Param, Is: RefIs{Type: "Patient", Identifier: &TokenIs{Code: "1"}}}, 2},
	} {
		left := Conjunction(observation, of.query, grant)
		if got := len(slices.Collect(expr.Necessary(left))) - len(slices.Collect(expr.Necessary(of.query))); got != of.asked {
			t.Errorf("%s: %d conditions are left, want %d: %s", name, got, of.asked, expr.Print(left))
		}
	}
}
