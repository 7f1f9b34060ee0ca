package access

import (
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// ofPractice is what staff of some organizations reach of a type: what is one of those organizations', by the paths of
// access.tsv, and for reading also entries of the directory that are no practice's. What staff write must concern
// patients of theirs only, and make nobody else's theirs, as a role would. To another practice's and to what isn't
// there the answer is the same (I2).
func (c Caller) ofPractice(g Grant, i Interaction, t *spec.Type) expr.Expr {
	a, reads := t.Access, read&i == i
	switch {
	case len(c.Organizations) == 0 || a == nil || a.ReadOnly && !reads:
		return expr.Or{}
	case a.Reach == spec.Directory && len(a.Practice) == 0:
		if reads {
			return expr.And{}
		}
		return expr.Or{}
	}
	own := c.belongs(t)
	if reads && a.Reach == spec.Context {
		return expr.AnyOf(own, g.contexts(t))
	} else if reads {
		return expr.AnyOf(own, c.free(t))
	}
	for _, p := range t.Patients() {
		own = expr.AllOf(own, c.only(p, "Patient"))
	}
	for _, p := range a.Gives {
		to, _ := c.Registry.Type(p.Type)
		own = expr.AllOf(own, every(t.Params[p.Code], expr.From{Type: to, Where: c.belongs(to)}))
	}
	return expr.AllOf(own, c.unshared(t))
}

// belongs is true of a type's resources that are one of the organizations'.
func (c Caller) belongs(t *spec.Type) expr.Expr {
	if len(t.Access.Practice) > 0 {
		return c.by(t, t.Access.Practice)
	}
	any, params := expr.Or{}, t.Patients()
	if by := t.Access.By; len(by) > 0 {
		params = nil
		for _, code := range by {
			params = append(params, t.Params[code])
		}
	}
	for _, p := range params {
		any = append(any, c.leads(p, "Patient")...)
	}
	return any
}

// by is true of what one of the paths leads to an organization from.
func (c Caller) by(t *spec.Type, paths []spec.Path) expr.Expr {
	any := expr.Or{}
	for _, p := range paths {
		switch {
		case p.Self:
			any = append(any, expr.IDs(c.Organizations))
		case p.Reverse:
			by, _ := c.Registry.Type(p.Type)
			any = append(any, reverse(by.Params[p.Code], expr.From{Type: by, Where: c.belongs(by)})...)
		case p.Type != "":
			any = append(any, c.leads(t.Params[p.Code], p.Type)...)
		default:
			for _, id := range c.Organizations {
				any = append(any, refers(t.Params[p.Code], "Organization", id)...)
			}
		}
	}
	return any
}

// leads asks whether a reference leads to something of a type that is the organizations', and by nothing else another's
// too: the diary of a doctor who works at two practices is of that one whose room or role it names besides.
func (c Caller) leads(p *spec.Param, typ string) expr.Or {
	to, _ := c.Registry.Type(typ)
	any := expr.Or{}
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == typ {
			any = append(any, expr.Chain{Param: b.Param, To: []expr.From{{Type: to, Where: expr.AllOf(c.belongs(to), c.unshared(to))}}})
		}
	}
	return any
}

// unshared is true of what nothing makes another practice's besides, as a role there does with who has one here.
func (c Caller) unshared(t *spec.Type) expr.Expr {
	none := expr.And{}
	for _, p := range t.Access.Practice {
		if p.Reverse {
			by, _ := c.Registry.Type(p.Type)
			others := expr.Not{Expr: expr.AnyOf(c.belongs(by), c.free(by))}
			none = append(none, expr.Not{Expr: reverse(by.Params[p.Code], expr.From{Type: by, Where: others})})
		}
	}
	return none
}

// only asks whether a reference leads, of a type, to nothing but what is the organizations' or no practice's.
func (c Caller) only(p *spec.Param, typ string) expr.Expr {
	to, _ := c.Registry.Type(typ)
	return every(p, expr.From{Type: to, Where: expr.AnyOf(c.belongs(to), c.free(to))})
}

// every asks whether a reference leads, of a type, to nothing but what is found so.
func every(p *spec.Param, to expr.From) expr.Expr {
	all := expr.And{}
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == to.Type.Name {
			all = append(all, expr.Only{Param: b.Param, To: []expr.From{to}})
		}
	}
	return all
}

// free is true of directory entries that are no practice's at all.
func (c Caller) free(t *spec.Type) expr.Expr {
	if len(t.Access.Free) == 0 {
		return expr.Or{}
	}
	none := expr.And{}
	for _, p := range t.Access.Free {
		if p.Reverse {
			by, _ := c.Registry.Type(p.Type)
			none = append(none, expr.Not{Expr: reverse(by.Params[p.Code], expr.From{Type: by, Where: expr.And{}})})
			continue
		}
		for _, b := range t.Params[p.Code].Answers() {
			none = append(none, expr.Missing{Param: b.Param})
		}
	}
	return none
}

func reverse(p *spec.Param, by expr.From) expr.Or {
	any := expr.Or{}
	for _, b := range p.Answers() {
		any = append(any, expr.Reverse{Param: b.Param, By: by})
	}
	return any
}
