package search

import (
	"slices"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Within is a condition: the resource of type t is in the compartment of the resource that typ and id name (R4
// compartmentdefinition). An id of "" stands for any. It is true of nothing if t is never in such a compartment. In a
// patient's are also those whose type R4 leaves out and that say whom they are about, as a Task (spec.Type.Patients).
func Within(typ, id string, t *spec.Type) Expr {
	in := t.Compartments[typ]
	if typ == "Patient" {
		in = t.Patients()
	}
	switch own := t.Name == typ && (typ == "Patient" || slices.Contains(in, spec.ID)); {
	case in == nil:
		return Or{}
	case id == "" && own:
		return And{}
	case id != "" && typ == "Patient":
		return Compartment{Patient: id}
	}
	any := Or{}
	for _, p := range in {
		if p == spec.ID { // {def}: the resource whose compartment it is
			any = append(any, IDs{id})
			continue
		}
		for _, b := range p.Answers() {
			is := Test{Param: b.Param, Is: RefIs{Type: typ, ID: id}}
			if (b.Target == "" || b.Target == typ) && !slices.Contains(any, Expr(is)) {
				any = append(any, is)
			}
		}
	}
	return expr.AnyOf(any...)
}

// Within restricts the search to what is in a compartment (R4 search 3.1.1.2: GET [base]/Patient/[id]/Observation?…).
func (s *Search) Within(typ, id string) {
	for i, f := range s.From {
		s.From[i].Where = And{Within(typ, id, f.Type), f.Where}
	}
}
