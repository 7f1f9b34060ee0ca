package conformance

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// question is a query, and the parameters it was made from.
type question struct {
	params []string // encoded
	query  search.Query
	parse  func(params []string) (search.Query, error)
}

// without is the question with one parameter less; nil if that isn't one.
func (c *question) without(i int) *question {
	params := slices.Delete(slices.Clone(c.params), i, i+1)
	q, err := c.parse(params)
	if err != nil {
		return nil
	}
	return &question{params: params, query: q, parse: c.parse}
}

// query is a random question about a type of the set, or several, that Parse understands. What a caller may not see is
// conjoined, as a Session does.
func (g *generator) query(w world) *question {
	t := pick(g, g.types)
	types := []string{t.Name}
	if g.chance(8) {
		types = append(types, pick(g, g.types).Name, pick(g, g.types).Name)
	}
	several := len(slices.Compact(slices.Sorted(slices.Values(types)))) > 1
	guard := g.guard()
	c := &question{parse: func(params []string) (search.Query, error) {
		s, err := search.Parse(g.r, types, strings.Join(params, "&"), search.Options{Now: epoch.AddDate(0, 2, 0), Zone: time.UTC})
		if err != nil {
			return search.Query{}, err
		}
		for i, f := range s.From {
			if guard != nil {
				s.From[i].Where = search.And{guard, f.Where}
			}
		}
		return s.Query, nil
	}}
	for range 100 {
		c.params = c.params[:0]
		for range pick(g, []int{0, 1, 1, 1, 1, 2, 2, 3}) {
			name, value := g.criterion(t, w, 0)
			if several {
				name, value = g.single(t.Params[pick(g, common)], w)
			}
			c.params = append(c.params, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
		orders := g.orders(t)
		if several {
			orders = common[:2]
		}
		c.params = append(c.params, g.results(orders)...)
		var err error
		if c.query, err = c.parse(c.params); err == nil {
			return c
		}
		if k := fhir.KindOf(err); k != fhir.NotSupported && k != fhir.TooCostly {
			panic(fmt.Sprintf("the generator made a query that is wrong: %s?%s: %v", t.Name, strings.Join(c.params, "&"), err))
		}
	}
	panic("the generator makes nothing but queries that aren't offered, for " + t.Name)
}

// common are parameters of every type. The first two can also be sorted by over several types.
var common = []string{"_id", "_lastUpdated", "_profile", "_security", "_source", "_tag"}

// guard is what an access rule may ask.
func (g *generator) guard() search.Expr {
	switch g.IntN(5) {
	case 0:
		return search.Compartment{Patient: fmt.Sprintf("%c%d", 'a'+g.IntN(3), g.IntN(8))}
	case 1:
		v := search.Visible{Now: g.day()}
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
	if depth < 2 && g.chance(8) {
		if name, value, ok := g.has(t, w, depth); ok {
			return name, value
		}
	}
	p := g.param(t)
	if p.Kind == spec.Reference && depth < 2 && g.chance(3) {
		if to, ok := g.r.Type(g.target(p)); ok && slices.Contains(p.Targets, to.Name) {
			name, value = g.criterion(to, w, depth+1)
			return p.Code + ":" + to.Name + "." + name, value
		}
	}
	return g.single(p, w)
}

// single is one search parameter without a chain.
func (g *generator) single(p *spec.Param, w world) (name, value string) {
	if g.chance(10) {
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
		if p := t.Params[pick(g, t.Codes)]; p.Unsupported == "" && p.Kind != spec.Special {
			return p
		}
	}
}

func (g *generator) modifier(p *spec.Param) string {
	if p == spec.ID {
		return "not"
	}
	offered := slices.DeleteFunc(search.Modifiers(p.Kind), func(m string) bool { return m == "missing" })
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

// seen is a value that some resource has, as a rule, so that queries find things.
func (g *generator) seen(p *spec.Param, w world) search.Value {
	code := p.Code
	for _, b := range p.Branches {
		code = b.Param.Code
	}
	for range 4 {
		d := pick(g, w.all)
		for _, e := range d.Entries {
			if e.Param.Code == code && e.Param.Kind == p.Kind && g.chance(2) && (p.Kind != spec.Composite || e.Param == p) {
				return e.Value
			}
		}
	}
	return g.value(p)
}

// escaped protects a value's own separators (R4 search 3.1.1.4.4).
var escaped = strings.NewReplacer(`\`, `\\`, ",", `\,`, "$", `\$`, "|", `\|`)

// text is a value as a query may ask for it.
func (g *generator) text(p *spec.Param, v search.Value, modifier string) string {
	if p == spec.ID {
		return fmt.Sprintf("%c%d", 'a'+g.IntN(3), g.IntN(8))
	}
	switch v := v.(type) {
	case search.Token:
		return g.tokenText(v, modifier)
	case search.Text:
		return escaped.Replace(g.piece(v.Raw, modifier))
	case search.URL:
		return g.urlText(v, modifier)
	case search.Ref:
		return g.refText(p, v, modifier)
	case search.DateRange:
		return g.dateText(v)
	case search.NumberRange:
		return g.numberText(v)
	case search.Amount:
		return g.numberText(v.NumberRange) + pick(g, []string{"", "||" + orElse(v.Unit, "mg"), "||" + orElse(v.Code, "g"),
			"|" + escaped.Replace(v.System) + "|" + orElse(v.Code, "mg")})
	case search.Tuple:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = g.text(p.Components[i].Param, part, "")
		}
		return strings.Join(parts, "$")
	}
	panic(fmt.Sprintf("a value of a new kind: %T", v))
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// piece is a part of a string that is enough to find it.
func (g *generator) piece(s, modifier string) string {
	r := []rune(s)
	from, to := 0, len(r)
	if modifier != "exact" {
		to = 1 + g.IntN(len(r))
		if modifier == "contains" {
			from = g.IntN(to)
		}
	}
	if part := string(r[from:to]); prose.Fold(part) != "" || modifier == "exact" {
		return part
	}
	return "smi"
}

func (g *generator) tokenText(v search.Token, modifier string) string {
	switch modifier {
	case "text":
		return escaped.Replace(g.piece(orElse(v.Text, "smith"), ""))
	case "of-type":
		system, code, _ := cutLast(orElse(v.Type, "urn:s|a"))
		return escaped.Replace(orElse(system, "urn:s")) + "|" + escaped.Replace(orElse(code, "a")) + "|" + escaped.Replace(orElse(v.Code, "b"))
	}
	code, system := escaped.Replace(orElse(v.Code, "a")), escaped.Replace(v.System)
	forms := []string{code, strings.ToUpper(code), system + "|" + code, "|" + code}
	if system != "" {
		forms = append(forms, system+"|")
	}
	return pick(g, forms)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '|')
	return s[:i], s[i+1:], i >= 0
}

func (g *generator) urlText(v search.URL, modifier string) string {
	switch {
	case modifier == "below":
		return escaped.Replace(v.Value[:1+g.IntN(len(v.Value))])
	case modifier == "above":
		return escaped.Replace(v.Value + pick(g, []string{"", "/x", "b"}))
	case v.Version != "" && g.chance(2):
		return escaped.Replace(v.Value) + "|" + v.Version
	}
	return escaped.Replace(v.Value)
}

func (g *generator) refText(p *spec.Param, v search.Ref, modifier string) string {
	switch modifier {
	case "text":
		return escaped.Replace(g.piece(orElse(v.Text, "smith"), ""))
	case "identifier":
		if v.Identifier == nil {
			token := g.token()
			v.Identifier = &token
		}
		return g.tokenText(*v.Identifier, "")
	}
	id := orElse(v.ID, fmt.Sprintf("%c%d", 'a'+g.IntN(3), g.IntN(8)))
	if modifier != "" || !slices.Contains(p.Targets, v.Type) {
		return id
	}
	forms := []string{id, v.Type + "/" + id, v.Type + "/" + id + "/_history/" + strconv.Itoa(1+g.IntN(2))}
	if v.URL != "" && strings.Contains(v.URL, ":") {
		forms = append(forms, escaped.Replace(v.URL), escaped.Replace(v.URL))
	}
	return pick(g, forms)
}

// dateText is a date near an end of the range, in one of the precisions.
func (g *generator) dateText(v search.DateRange) string {
	at := v.Lo
	if at == search.MinTime || v.Hi != search.MaxTime && g.chance(3) {
		at = v.Hi
	}
	layout := pick(g, []string{"2006", "2006-01", "2006-01-02", "2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05Z", "2006-01-02T15:04:05.000000Z", "2006-01-02T15:04:05-07:00"})
	return g.prefix() + time.UnixMicro(at).UTC().Format(layout)
}

func (g *generator) numberText(v search.NumberRange) string {
	n := v.Lo
	if math.IsInf(n, 0) {
		n = v.Hi
	}
	return g.prefix() + strconv.FormatFloat(n, 'f', pick(g, []int{-1, -1, 1, 2}), 64)
}

func (g *generator) prefix() string {
	if g.chance(3) {
		return ""
	}
	return pick(g, search.Prefixes(spec.Date))
}
