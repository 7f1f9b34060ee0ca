package access

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// ofPatient is what one patient, or a proxy of his, reaches of a type, of what is open online.
func (g Grant) ofPatient(id string, i Interaction, t *spec.Type) expr.Expr {
	if read&i != i {
		return g.writes(id, i, t)
	}
	e := g.record(id, i, t)
	if g.views == nil || expr.IsFalse(e) {
		return e
	}
	view, ok := g.views[id]
	if !ok {
		return expr.Or{}
	}
	return expr.AllOf(e, view.allows(g.registry, g.now, t))
}

// record is what there is of a type in one patient's record, whatever the practice decided to have open online.
func (g Grant) record(id string, i Interaction, t *spec.Type) expr.Expr {
	a, reads := t.Access, read&i == i
	if a == nil || a.ReadOnly && !reads {
		return expr.Or{}
	}
	switch a.Reach {
	case spec.Own:
		return expr.IDs{id}
	case spec.Within:
		if !reads {
			return expr.And{expr.Compartment{Patient: id}, expr.Confined{Patient: id}}
		}
		return about(id, t)
	case spec.Context:
		if !reads {
			return expr.And{expr.Compartment{Patient: id}, expr.Confined{Patient: id}}
		}
		return append(expr.Or{expr.Compartment{Patient: id}}, g.contexts(t)...)
	case spec.Directory:
		if !reads {
			return expr.Or{}
		}
		if len(t.Patients()) > 0 { // a Schedule may be a patient's
			return expr.Confined{Patient: id}
		}
		return expr.And{}
	}
	return expr.Or{}
}

// about is what is in a patient's compartment and not about another: R4 puts a resource also into the compartment of
// who recorded, asserted or performed it (CompartmentDefinition patient), and a mother who told of her child's illness
// doesn't see the child's record by that for ever.
func about(id string, t *spec.Type) expr.Expr {
	in := expr.Compartment{Patient: id}
	if len(t.Access.By) == 0 {
		return in
	}
	own := expr.Or{expr.Confined{Patient: id}}
	for _, code := range t.Access.By {
		own = append(own, refers(t.Params[code], "Patient", id)...)
	}
	return expr.And{in, own}
}

// About is true of what of a type is one patient's, of all that is in the patient's compartment: it stands in that
// record, and isn't there only because the patient recorded, asserted or performed it, or because another Patient is
// linked to this one.
func About(id string, t *spec.Type) expr.Expr {
	switch {
	case t.Access != nil && t.Access.Reach == spec.Own:
		return expr.IDs{id}
	case t.Access != nil && t.Access.Reach == spec.Within:
		return about(id, t)
	}
	return expr.Compartment{Patient: id}
}

// contexts are chains from a type to what its resources belong to, as from a Binary to its document, within what the
// grant lets be read.
func (g Grant) contexts(t *spec.Type) expr.Or {
	var chains expr.Or
	for _, code := range t.Access.By {
		for _, b := range t.Params[code].Answers() {
			chain := expr.Chain{Param: b.Param}
			for _, name := range b.Param.Targets {
				to := g.registry.typ(name)
				if to == nil || to.Access == nil || to.Access.Reach != spec.Within {
					continue
				}
				if p := g.Predicate(R, to); !expr.IsFalse(p) {
					chain.To = append(chain.To, expr.From{Type: to, Where: p})
				}
			}
			if chain.To != nil {
				chains = append(chains, chain)
			}
		}
	}
	return chains
}

// refers asks of a reference parameter whether it refers to a resource.
func refers(p *spec.Param, typ, id string) expr.Or {
	var any expr.Or
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == typ {
			any = append(any, expr.Test{Param: b.Param, Is: search.RefIs{Type: typ, ID: id}})
		}
	}
	return any
}
