package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// question is a query, the parameters it was made from, and whom it is put to.
type question struct {
	door   door
	params []string // encoded
	query  search.Query
	// fromEnd: the pages are walked from the last to the first. turn, if not 0: from the first to the last, and back.
	fromEnd bool
	turn    int
	parse   func(params []string) (search.Query, error)
}

// without is the question with one parameter less; nil if that isn't one.
func (c *question) without(i int) *question {
	params := slices.Delete(slices.Clone(c.params), i, i+1)
	q, err := c.parse(params)
	if err != nil {
		return nil
	}
	q.Total = max(q.Total, c.query.Total)
	less := *c
	less.params, less.query = params, q
	return &less
}

// query is a random question about a type of the set, or several, that Parse understands.
func (g *generator) query(w world) *question {
	t := pick(g, g.types)
	types := []string{t.Name}
	if g.chance(8) {
		types = slices.Compact(slices.Sorted(slices.Values([]string{t.Name, pick(g, g.types).Name, pick(g, g.types).Name})))
	}
	several := len(types) > 1
	searched, ask := types, []string(nil)
	if several && g.chance(2) {
		searched, ask = nil, []string{"_type=" + strings.Join(types, ",")}
	}
	c := &question{door: g.door(w), fromEnd: g.chance(4), turn: g.IntN(3)}
	c.parse = g.parser(searched, c.door)
	for range 100 {
		c.params = slices.Clone(ask)
		for range pick(g, []int{0, 1, 1, 1, 1, 2, 2, 3}) {
			name, value := g.criterion(t, w, 0)
			if several {
				name, value = g.single(t, g.shared(types)(t), g.shared(types), w)
			}
			c.params = append(c.params, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
		orders := g.orders(t)
		if several {
			orders = []string{"_id", "_lastUpdated"}
		}
		c.params = append(c.params, g.results(orders)...)
		var err error
		if c.query, err = c.parse(c.params); err == nil {
			if c.query.Total == 0 && g.chance(3) {
				c.query.Total = int64(1 + g.IntN(60))
			}
			return c
		}
		if k := fhir.KindOf(err); k != fhir.NotSupported && k != fhir.TooCostly {
			panic(fmt.Sprintf("the generator made a query that is wrong: %s?%s: %v", t.Name, strings.Join(c.params, "&"), err))
		}
	}
	panic("the generator makes nothing but queries that aren't offered, for " + t.Name)
}

// door is one of the ways to ask. A patient is one who is there, or that resources are in the compartment of.
func (g *generator) door(w world) door {
	switch g.IntN(4) {
	case 0:
		return door{session: true}
	case 1:
		if in := pick(g, w.all).Compartments; len(in) > 0 {
			return door{session: true, patient: pick(g, in)}
		}
		return door{session: true, patient: g.id()}
	}
	return door{}
}

// parser reads a query about types (nil: all). What is put to the backend itself may have what a caller may not see
// conjoined.
func (g *generator) parser(types []string, d door) func([]string) (search.Query, error) {
	guard, now := g.guard(), g.day()
	return func(params []string) (search.Query, error) {
		s, err := search.Parse(g.r, types, strings.Join(params, "&"), search.Options{Now: epoch.AddDate(0, 2, 0), Zone: time.UTC})
		if err != nil {
			return search.Query{}, err
		}
		s.Now = now
		for i, f := range s.From {
			if guard != nil && !d.session {
				s.From[i].Where = search.And{guard, f.Where}
			}
		}
		return s.Query, nil
	}
}

// id is one that a made-up resource has, as a rule.
func (g *generator) id() string {
	i := g.IntN(8)
	if g.chance(5) {
		return madeUp(i + 1 + g.IntN(2))
	}
	return madeUp(i)
}

// madeUp is the id of the resource that is made i-th of a type.
func madeUp(i int) string { return fmt.Sprintf("%c%d", 'a'+i%3, i) }

// shared draws from the parameters that all of several types have. References are left out: not all may point to the
// same.
func (g *generator) shared(types []string) func(*spec.Type) *spec.Param {
	return func(t *spec.Type) *spec.Param {
		for {
			p := g.param(t)
			everywhere := !slices.ContainsFunc(types, func(name string) bool {
				other, _ := g.r.Type(name)
				own := other.Params[p.Code]
				return own == nil || own.Kind != p.Kind || own.Unsupported != ""
			})
			if everywhere && p.Kind != spec.Reference && p.Kind != spec.Composite {
				return p
			}
		}
	}
}

// guard is what an access rule may ask.
func (g *generator) guard() search.Expr {
	switch g.IntN(6) {
	case 0:
		return search.Compartment{Patient: g.id()}
	case 2:
		return expr.Marked{Mark: pick(g, expr.Marks)}
	case 1:
		v := search.Visible{}
		if g.chance(2) {
			v.Sections = []string{pick(g, sections), pick(g, sections)}
		}
		if g.chance(2) {
			v.From = g.day()
		}
		return v
	}
	return nil
}

// results are parameters that say in which order and how much.
func (g *generator) results(orders []string) []string {
	out := []string{"_count=" + strconv.Itoa(pick(g, []int{1, 2, 3, 5, 7, 50, 0}))}
	if g.chance(3) {
		out = append(out, "_total=accurate")
	}
	if !g.chance(3) {
		var sort []string
		for range 1 + g.IntN(3) {
			sort = append(sort, pick(g, []string{"", "-"})+pick(g, orders))
		}
		out = append(out, "_sort="+strings.Join(sort, ","))
	}
	return out
}

// orders are the parameters that a type can be sorted by.
func (g *generator) orders(t *spec.Type) []string {
	if g.sortable[t.Name] == nil {
		for _, code := range t.Codes {
			if _, err := search.Parse(g.r, []string{t.Name}, "_sort="+code, search.Options{}); err == nil {
				g.sortable[t.Name] = append(g.sortable[t.Name], code)
			}
		}
	}
	return g.sortable[t.Name]
}

// criterion is one search parameter of t with its modifier or chain, and its value.
func (g *generator) criterion(t *spec.Type, w world, depth int) (name, value string) {
	if depth < 2 && g.chance(6) {
		if name, value, ok := g.has(t, w, depth); ok {
			return name, value
		}
	}
	p := g.param(t)
	if g.chance(4) {
		p = g.numeric(t, p)
	}
	if p.Kind == spec.Reference && depth < 2 && g.chance(3) {
		if to, ok := g.r.Type(g.target(p)); ok && slices.Contains(p.Targets, to.Name) {
			name, value = g.criterion(to, w, depth+1)
			return p.Code + ":" + to.Name + "." + name, value
		}
	}
	return g.single(t, p, g.param, w)
}

// single is one search parameter of t, drawn by from, without a chain.
func (g *generator) single(t *spec.Type, p *spec.Param, from func(*spec.Type) *spec.Param, w world) (name, value string) {
	switch {
	case p.Code == "_list":
		return p.Code, strings.Join([]string{g.id(), g.id()}[:1+g.IntN(2)], ",")
	case p.Code == "_filter":
		return p.Code, g.filter(t, from, w, 0).String()
	case g.chance(10):
		return p.Code + ":missing", pick(g, []string{"true", "false"})
	}
	modifier := ""
	if g.chance(3) && p != spec.LastUpdated {
		modifier = g.modifier(p)
	}
	values := make([]string, pick(g, []int{1, 1, 1, 2, 3}))
	for i := range values {
		values[i] = g.text(p, g.seen(p, w), modifier)
	}
	if modifier != "" {
		return p.Code + ":" + modifier, strings.Join(values, ",")
	}
	return p.Code, strings.Join(values, ",")
}

// param is one that is offered.
func (g *generator) param(t *spec.Type) *spec.Param {
	for {
		if p := t.Params[pick(g, t.Codes)]; p.Unsupported == "" {
			return p
		}
	}
}

// numeric is a parameter that is offered and compares numbers, which few do: another if the type has none.
func (g *generator) numeric(t *spec.Type, other *spec.Param) *spec.Param {
	var all []*spec.Param
	for _, code := range t.Codes {
		if p := t.Params[code]; p.Unsupported == "" && (p.Kind == spec.Number || p.Kind == spec.Quantity) {
			all = append(all, p)
		}
	}
	if all == nil {
		return other
	}
	return pick(g, all)
}

func (g *generator) modifier(p *spec.Param) string {
	offered := slices.DeleteFunc(search.Modifiers(p), func(m string) bool { return m == "missing" })
	if p.Kind == spec.Reference && len(p.Targets) > 0 {
		offered = append(offered, g.target(p))
	}
	if len(offered) == 0 {
		return ""
	}
	return pick(g, offered)
}

// has is "_has:Type:code:…", if a type of the set refers to t.
func (g *generator) has(t *spec.Type, w world, depth int) (name, value string, ok bool) {
	by := pick(g, g.types)
	for _, i := range g.Perm(len(by.Codes)) {
		p := by.Params[by.Codes[i]]
		if p.Kind == spec.Reference && p.Unsupported == "" && slices.Contains(p.Targets, t.Name) {
			name, value = g.criterion(by, w, depth+1)
			return "_has:" + by.Name + ":" + p.Code + ":" + name, value, true
		}
	}
	return "", "", false
}
