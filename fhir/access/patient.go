package access

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// ofPatient is what one patient, or a proxy of his, reaches of a type, of what is open online.
func (g Grant) ofPatient(id string, i Interaction, t *spec.Type) search.Expr {
	if read&i != i {
		return g.writes(id, i, t)
	}
	e := g.record(id, i, t)
	if g.views == nil || nothing(e) {
		return e
	}
	view, ok := g.views[id]
	if !ok {
		return search.Or{}
	}
	return both(e, view.allows(g.registry, g.now, t))
}

// record is what there is of a type in one patient's record, whatever the practice decided to have open online.
func (g Grant) record(id string, i Interaction, t *spec.Type) search.Expr {
	a, reads := t.Access, read&i == i
	if a == nil || a.ReadOnly && !reads {
		return search.Or{}
	}
	switch a.Reach {
	case spec.Own:
		return search.IDs{id}
	case spec.Within:
		if !reads {
			return search.And{search.Compartment{Patient: id}, search.Confined{Patient: id}}
		}
		return about(id, t)
	case spec.Context:
		if !reads {
			return search.And{search.Compartment{Patient: id}, search.Confined{Patient: id}}
		}
		return append(search.Or{search.Compartment{Patient: id}}, g.contexts(t)...)
	case spec.Directory:
		if !reads {
			return search.Or{}
		}
		if len(t.Patients()) > 0 { // a Schedule may be a patient's
			return search.Confined{Patient: id}
		}
		return search.And{}
	}
	return search.Or{}
}

// about is what is in a patient's compartment and not about another: R4 puts a resource also into the compartment of who recorded,
// asserted or performed it (CompartmentDefinition patient), and a mother who told of her child's illness doesn't see the child's
// record by that for ever.
func about(id string, t *spec.Type) search.Expr {
	in := search.Compartment{Patient: id}
	if len(t.Access.By) == 0 {
		return in
	}
	own := search.Or{search.Confined{Patient: id}}
	for _, code := range t.Access.By {
		own = append(own, refers(t.Params[code], "Patient", id)...)
	}
	return search.And{in, own}
}

// About is true of what of a type is one patient's, of all that is in the patient's compartment: it stands in that record, and isn't there only
// because the patient recorded, asserted or performed it, or because another Patient is linked to this one.
func About(id string, t *spec.Type) search.Expr {
	switch {
	case t.Access != nil && t.Access.Reach == spec.Own:
		return search.IDs{id}
	case t.Access != nil && t.Access.Reach == spec.Within:
		return about(id, t)
	}
	return search.Compartment{Patient: id}
}

// contexts are chains from a type to what its resources belong to, as from a Binary to its document, within what the grant lets be read.
func (g Grant) contexts(t *spec.Type) search.Or {
	var chains search.Or
	for _, code := range t.Access.By {
		for _, b := range t.Params[code].Answers() {
			chain := search.Chain{Param: b.Param}
			for _, name := range b.Param.Targets {
				to := g.registry.typ(name)
				if to == nil || to.Access == nil || to.Access.Reach != spec.Within {
					continue
				}
				if p := g.Predicate(R, to); !nothing(p) {
					chain.To = append(chain.To, search.From{Type: to, Where: p})
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
func refers(p *spec.Param, typ, id string) search.Or {
	var any search.Or
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == typ {
			any = append(any, search.Test{Param: b.Param, Is: search.RefIs{Type: typ, ID: id}})
		}
	}
	return any
}
