package conformance

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/filter"
	"frontdesk/fhir/spec"
)

// filter is a random _filter about t, by parameters that from draws.
func (g *generator) filter(t *spec.Type, from func(*spec.Type) *spec.Param, w world, depth int) filter.Node {
	if depth < 2 {
		switch g.IntN(5) {
		case 0, 1:
			return &filter.Group{Any: g.chance(2), Of: []filter.Node{g.filter(t, from, w, depth+1), g.filter(t, from, w, depth+1)}}
		case 2:
			return &filter.Not{Of: g.filter(t, from, w, depth+1)}
		}
	}
	p := from(t)
	for p.Kind == spec.Special {
		p = from(t)
	}
	test := &filter.Test{Path: []filter.Step{{Name: p.Code}}}
	if to, ok := g.r.Type(g.target(p)); ok && p.Kind == spec.Reference && depth < 3 && g.chance(3) {
		return g.behind(test, to, w, depth)
	}
	test.Op = pick(g, append(search.Operators(p.Kind), "pr"))
	if p == spec.ID {
		test.Op = pick(g, []string{"eq", "ne", "pr"})
	}
	test.Value = g.operand(p, test.Op, w)
	return test
}

// behind makes the test about what a reference to a type leads to, and sometimes chooses among that.
func (g *generator) behind(test *filter.Test, to *spec.Type, w world, depth int) filter.Node {
	test.Path[0].Name += ":" + to.Name
	if g.chance(3) {
		test.Path[0].Where = g.filter(to, g.param, w, depth+2)
	}
	for {
		rest, ok := g.filter(to, g.param, w, depth+2).(*filter.Test)
		if ok {
			return &filter.Test{Path: append(test.Path, rest.Path...), Op: rest.Op, Value: rest.Value}
		}
	}
}

// operand is a value that an operator may be followed by.
func (g *generator) operand(p *spec.Param, op string, w world) string {
	if op == "pr" {
		return pick(g, []string{"true", "false"})
	}
	switch v := g.seen(p, w).(type) {
	case search.Text:
		return g.piece(v.Raw, map[string]string{"co": "contains", "eq": "exact", "ne": "exact"}[op])
	case search.DateRange:
		return g.dateText(v)
	case search.NumberRange:
		return g.numberText(v)
	case search.Amount:
		return g.amountText(v)
	case search.URL:
		return g.urlText(v, map[string]string{"sw": "below"}[op])
	default:
		return g.text(p, v, "")
	}
}
