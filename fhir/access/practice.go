package access

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// ofPractice is what staff of some organizations reach of a type: what is one of those organizations', by the paths of access.tsv, and for
// reading also entries of the directory that are no practice's. What staff write must concern patients of theirs only, and make nobody else's
// theirs, as a role would. To another practice's and to what isn't there the answer is the same (I2).
func (c Caller) ofPractice(g Grant, i Interaction, t *spec.Type) search.Expr {
	a, reads := t.Access, read&i == i
	switch {
	case len(c.Organizations) == 0 || a == nil || a.ReadOnly && !reads:
		return search.Or{}
	case a.Reach == spec.Directory && len(a.Practice) == 0:
		if reads {
			return search.And{}
		}
		return search.Or{}
	}
	own := c.belongs(t)
	if reads && a.Reach == spec.Context {
		return either(own, g.contexts(t))
	} else if reads {
		return either(own, c.free(t))
	}
	for _, p := range t.Patients() {
		own = both(own, c.only(p, "Patient"))
	}
	for _, p := range a.Gives {
		to, _ := c.Registry.Type(p.Type)
		own = both(own, every(t.Params[p.Code], search.From{Type: to, Where: c.belongs(to)}))
	}
	return both(own, c.unshared(t))
}

// belongs is true of a type's resources that are one of the organizations'.
func (c Caller) belongs(t *spec.Type) search.Expr {
	if len(t.Access.Practice) > 0 {
		return c.by(t, t.Access.Practice)
	}
	any, params := search.Or{}, t.Patients()
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
func (c Caller) by(t *spec.Type, paths []spec.Path) search.Expr {
	any := search.Or{}
	for _, p := range paths {
		switch {
		case p.Self:
			any = append(any, search.IDs(c.Organizations))
		case p.Reverse:
			by, _ := c.Registry.Type(p.Type)
			any = append(any, reverse(by.Params[p.Code], search.From{Type: by, Where: c.belongs(by)})...)
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

// leads asks whether a reference leads to something of a type that is the organizations', and by nothing else another's too: the diary of a doctor who works
// at two practices is of that one whose room or role it names besides.
func (c Caller) leads(p *spec.Param, typ string) search.Or {
	to, _ := c.Registry.Type(typ)
	any := search.Or{}
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == typ {
			any = append(any, search.Chain{Param: b.Param, To: []search.From{{Type: to, Where: both(c.belongs(to), c.unshared(to))}}})
		}
	}
	return any
}

// unshared is true of what nothing makes another practice's besides, as a role there does with who has one here.
func (c Caller) unshared(t *spec.Type) search.Expr {
	none := search.And{}
	for _, p := range t.Access.Practice {
		if p.Reverse {
			by, _ := c.Registry.Type(p.Type)
			others := search.Not{Expr: either(c.belongs(by), c.free(by))}
			none = append(none, search.Not{Expr: reverse(by.Params[p.Code], search.From{Type: by, Where: others})})
		}
	}
	return none
}

// only asks whether a reference leads, of a type, to nothing but what is the organizations' or no practice's.
func (c Caller) only(p *spec.Param, typ string) search.Expr {
	to, _ := c.Registry.Type(typ)
	return every(p, search.From{Type: to, Where: either(c.belongs(to), c.free(to))})
}

// every asks whether a reference leads, of a type, to nothing but what is found so.
func every(p *spec.Param, to search.From) search.Expr {
	all := search.And{}
	for _, b := range p.Answers() {
		if b.Target == "" || b.Target == to.Type.Name {
			all = append(all, search.Only{Param: b.Param, To: []search.From{to}})
		}
	}
	return all
}

// free is true of directory entries that are no practice's at all.
func (c Caller) free(t *spec.Type) search.Expr {
	if len(t.Access.Free) == 0 {
		return search.Or{}
	}
	none := search.And{}
	for _, p := range t.Access.Free {
		if p.Reverse {
			by, _ := c.Registry.Type(p.Type)
			none = append(none, search.Not{Expr: reverse(by.Params[p.Code], search.From{Type: by, Where: search.And{}})})
			continue
		}
		for _, b := range t.Params[p.Code].Answers() {
			none = append(none, search.Missing{Param: b.Param})
		}
	}
	return none
}

func reverse(p *spec.Param, by search.From) search.Or {
	any := search.Or{}
	for _, b := range p.Answers() {
		any = append(any, search.Reverse{Param: b.Param, By: by})
	}
	return any
}

func either(a, b search.Expr) search.Expr {
	if nothing(b) {
		return a
	}
	return search.Or{a, b}
}
