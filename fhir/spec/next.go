package spec

import (
	"maps"
	"slices"
)

// Next is r with definitions, to take the place of old, which was made of r too: what old has the same is the very same
// *Param and *Type, whatever else came or went, so that entries and indexes made with it hold. It is old itself if
// nothing has changed. Errors are those of With.
func (r *Registry) Next(old *Registry, defs ...Definition) (*Registry, error) {
	next, err := r.With(defs...)
	if err != nil {
		return nil, err
	}
	same := true
	for name, t := range next.types {
		if o := old.types[name]; t != o {
			if t != r.types[name] { // else it is shared with r, and whole
				t.inherit(o)
			}
			if maps.Equal(t.Params, o.Params) {
				next.types[name] = o
			} else {
				same = false
			}
		}
	}
	if same && maps.Equal(next.defined, old.defined) {
		return old, nil
	}
	return next, nil
}

// inherit puts old's Params in the place of those that are the same. t is new, and nobody else has it yet.
func (t *Type) inherit(old *Type) {
	heirs := map[*Param]*Param{}
	for _, branched := range []bool{false, true} { // what others branch to comes first
		for code, p := range t.Params {
			o := old.Params[code]
			if o == nil || o == p || branched != (len(p.Branches) > 0) {
				continue
			}
			for i, b := range p.Branches {
				if heir := heirs[b.Param]; heir != nil {
					p.Branches[i].Param = heir
				}
			}
			if p.same(o) {
				t.Params[code], heirs[p] = o, o
			}
		}
	}
	for _, p := range t.Params {
		for i, b := range p.Branches {
			if heir := heirs[b.Param]; heir != nil { // only of what is new itself
				p.Branches[i].Param = heir
			}
		}
	}
	if heir := heirs[t.Date]; heir != nil {
		t.Date = heir
	}
}

// same says that nobody can tell two Params apart.
func (p *Param) same(o *Param) bool {
	parts := func(a, b Component) bool {
		return a.Param.URL == b.Param.URL && a.Param.Expression == b.Param.Expression
	}
	return p.URL == o.URL && p.Kind == o.Kind && p.Expression == o.Expression && p.Fingerprint == o.Fingerprint && p.Hot == o.Hot &&
		p.Unsupported == o.Unsupported && slices.Equal(p.Targets, o.Targets) && slices.Equal(p.Branches, o.Branches) &&
		slices.EqualFunc(p.Components, o.Components, parts)
}

// Defines says whether there is a search parameter with this canonical URL.
func (r *Registry) Defines(url string) bool { return r.defined[url] != 0 }
