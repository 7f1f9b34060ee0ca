package spec

import (
	"cmp"
	"slices"
	"strings"
)

// branch finds those of the new parameters that others of the type answer already: their alternatives are just those of
// others. So patient ("subject.where(resolve() is Patient)") needs no index beside subject. Indexes are what writes
// cost, so each value is indexed once.
func (t *Type) branch(added []*Param) {
	slices.SortFunc(added, func(a, b *Param) int {
		return cmp.Or(
			len(a.program)-len(b.program),
			strings.Compare(a.program.restriction(), b.program.restriction()), // subject before patient
			prefer(b == t.Date, a == t.Date),
			prefer(b.Hot, a.Hot),
			strings.Compare(a.Code, b.Code))
	})
	settled := make([]*Param, 0, len(t.Codes))
	for _, code := range t.Codes {
		if p := t.Params[code]; p.Indexed() && !slices.Contains(added, p) {
			settled = append(settled, p)
		}
	}
	for _, p := range added {
		if p.Unsupported != "" || p.Kind == Special {
			continue
		}
		if p.Branches = cover(p, settled); len(p.Branches) == 0 {
			settled = append(settled, p)
		}
	}
}

// prefer orders what is so before what isn't.
func prefer(b, a bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// cover gives the union of others that selects just what p does; nil if there is none.
func cover(p *Param, others []*Param) []Branch {
	open := p.alternatives()
	var found []Branch
	for _, q := range slices.Backward(others) { // those with most alternatives first
		if q.Kind != p.Kind {
			continue
		}
		for _, target := range p.program.targets() {
			answered := q.restrictedTo(target)
			covers := slices.ContainsFunc(answered, func(a string) bool { return slices.Contains(open, a) })
			if !covers || !subset(answered, p.alternatives()) {
				continue
			}
			found = append(found, Branch{Param: q, Target: target})
			open = slices.DeleteFunc(open, func(a string) bool { return slices.Contains(answered, a) })
		}
	}
	if len(open) > 0 {
		return nil
	}
	slices.Reverse(found)
	return found
}

func subset(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(a string) bool { return !slices.Contains(whole, a) })
}

// alternatives are the elements that p selects, each named so that the same name means the same elements.
func (p *Param) alternatives() []string { return p.restrictedTo("") }

// restrictedTo is what p selects when only references to target count; "" restricts nothing. It is nil if p is
// restricted to another type itself.
func (p *Param) restrictedTo(target string) []string {
	var names []string
	for _, r := range p.program {
		if target != "" && r.target != "" && r.target != target {
			return nil
		}
		name := r.key + "@" + cmp.Or(r.target, target)
		for _, c := range p.Components {
			name += ";" + c.Param.Kind.String()
			for _, part := range c.Param.program {
				if part.root == r.at {
					name += "," + part.key
				}
			}
		}
		names = append(names, name)
	}
	return names
}

// targets are the restrictions by which others could be made to answer this program: none, and the one it has.
func (p program) targets() []string {
	if r := p.restriction(); r != "" {
		return []string{"", r}
	}
	return []string{""}
}

// restriction is the type that the first path is restricted to; "" if it isn't.
func (p program) restriction() string {
	if len(p) == 0 {
		return ""
	}
	return p[0].target
}
