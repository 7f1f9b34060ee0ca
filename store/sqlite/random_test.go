package sqlite

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// random makes entries and conditions from so few values that they often meet. It doesn't go through Parse and Index,
// so that every value and condition the types allow comes up, whoever may ask for it later.
type random struct {
	*rand.Rand
	r *spec.Registry
}

// pick is one of several.
func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

var (
	someTypes   = []string{"Patient", "Observation", "Encounter", "Condition", "RiskAssessment", "ValueSet"}
	someSystems = []string{"", "urn:a", "urn:b"}
	someCodes   = []string{"", "x", "y", "z%_", strings.Repeat("long", 60) + "1", strings.Repeat("long", 60) + "2"}
	someTexts   = []string{"", "a", "ab", "abc", "b", "zoë", "\xff", strings.Repeat("q", 300)}
	someURLs    = []string{"http://x/a", "http://x/a/b", "http://y", "urn:" + strings.Repeat("u", 200)}
	someIDs     = []string{"1", "2", "3", "4"}
	someTimes   = []int64{0, 1, 5e6, 9e10, 18e10, 9e12, -7}
	someNumbers = strings.Fields(`-1 0 0.5 5.4 5.45 100 5.4000000000000000001
		9007199254740992 9007199254740993 -1e-30 1e50`)
)

func (r random) token() search.Token {
	return search.Token{System: pick(r, someSystems...), Code: pick(r, someCodes...), Text: pick(r, someTexts...), Type: pick(r, "", "urn:t|nh", "urn:t|mr")}
}

func (r random) numbers() search.NumberRange {
	n := search.NumberRange{Lo: r.number()}
	n.Hi = n.Lo
	switch r.IntN(5) {
	case 0:
		n = search.Numbers(n.Lo, r.number())
	case 1:
		n.Hi = search.Above
	case 2:
		n.Lo = search.Below
	}
	return n
}

func (r random) number() search.Number {
	n, _ := search.NumberOf(pick(r, someNumbers...))
	return n
}

func (r random) dates() search.DateRange {
	d := search.DateRange{Lo: pick(r, someTimes...)}
	d.Hi = d.Lo + pick[int64](r, 1, 1e6, 864e8, 9e10, 9e10+1, 3e13)
	switch r.IntN(8) {
	case 0:
		d.Lo = search.MinTime
	case 1:
		d.Hi = search.MaxTime
	}
	return d
}

func (r random) reference(p *spec.Param) search.Ref {
	if r.IntN(5) == 0 {
		t := r.token()
		return search.Ref{Type: pick(r, "", "Patient"), Identifier: &t, URL: pick(r, "", "http://x/a"), Text: pick(r, someTexts...)}
	}
	if r.IntN(5) == 0 {
		return search.Ref{URL: pick(r, someURLs...), Type: pick(r, "", "Patient")}
	}
	to := pick(r, "Patient", "Encounter", "Observation")
	if len(p.Targets) > 0 && !slices.Contains(p.Targets, to) {
		to = pick(r, p.Targets...) // no resource is indexed by a reference its parameter doesn't allow
	}
	return search.Ref{Type: to, ID: pick(r, someIDs...), Version: pick[int64](r, 0, 0, 1)}
}

// value is one for a parameter.
func (r random) value(p *spec.Param) search.Value {
	switch p.Kind {
	case spec.Token:
		return r.token()
	case spec.String:
		text := pick(r, someTexts...)
		return search.Text{Folded: prose.Fold(text), Raw: pick(r, text, strings.ToUpper(text))}
	case spec.URI:
		return search.URL{Value: pick(r, someURLs...), Version: pick(r, "", "1")}
	case spec.Reference:
		return r.reference(p)
	case spec.Date:
		return r.dates()
	case spec.Number:
		return r.numbers()
	case spec.Quantity:
		return search.Amount{NumberRange: r.numbers(), System: pick(r, someSystems...), Code: pick(r, "mg", "g"), Unit: pick(r, "mg", "gram")}
	case spec.Composite:
		var t search.Tuple
		for _, part := range p.Components {
			t = append(t, r.value(part.Param))
		}
		return t
	}
	return nil
}

// entries are a resource's.
func (r random) entries(t *spec.Type) []search.Entry {
	var out []search.Entry
	narrative := pick(r, "", "pain in the knee", "pain "+prose.Break+" knee")
	content := strings.TrimSpace(narrative + " " + pick(r, "", prose.Break+" the left knee", prose.Break+" painless"))
	for _, p := range r.params(t) {
		if words := map[string]string{"_text": narrative, "_content": content}[p.Code]; words != "" {
			out = append(out, search.Entry{Param: p, Value: search.Prose{Words: words}})
		}
		for range pick(r, 0, 1, 1, 1, 2, 3) {
			if v := r.value(p); v != nil {
				out = append(out, search.Entry{Param: p, Value: v})
			}
		}
	}
	return out
}

// params are those of a type the test is about: not all, that they meet more often.
func (r random) params(t *spec.Type) []*spec.Param {
	var out []*spec.Param
	kinds := map[spec.Kind]int{}
	for _, code := range t.Codes {
		p := t.Params[code]
		if kinds[p.Kind]++; p.Indexed() && p.Kind != spec.Special && (kinds[p.Kind] <= 4 || p.Hot || p == t.Date) {
			out = append(out, p)
		}
	}
	return out
}

// criterion is one for a parameter.
func (r random) criterion(p *spec.Param) search.Criterion {
	op := search.Op(r.IntN(9))
	number := search.NumberIs{Op: op, Lo: r.number()}
	number.Hi = number.Lo
	if op == search.Eq || op == search.Ne || op == search.Ap {
		between := search.Numbers(number.Lo, r.number())
		number.Lo, number.Hi = between.Lo, between.Hi
		if between.Lo == between.Hi || r.IntN(2) == 0 {
			number.Hi += "05" // which is a little above
		}
	}
	token := search.TokenIs{System: pick(r, someSystems...), Code: pick(r, someCodes...), AnySystem: r.IntN(2) == 0, AnyCode: r.IntN(6) == 0}
	text := search.StringIs{Text: pick(r, someTexts...), Op: search.StringOp(r.IntN(5))}
	switch p.Kind {
	case spec.Token:
		if r.IntN(6) == 0 {
			return text
		}
		if r.IntN(6) == 0 {
			return search.TokenIs{Code: token.Code, AnySystem: true, Type: "urn:t|nh"}
		}
		return token
	case spec.String:
		return text
	case spec.URI:
		return search.URIIs{URL: pick(r, someURLs...), Version: pick(r, "", "", "1"), Op: search.URIOp(r.IntN(3))}
	case spec.Reference:
		return pick[search.Criterion](r, search.RefIs{Type: pick(r, "Patient", "Encounter"), ID: pick(r, someIDs...)},
			search.RefIs{Type: "Patient", ID: pick(r, someIDs...), Version: 1}, search.RefIs{ID: pick(r, someIDs...)},
			search.RefIs{Type: pick(r, "", "Patient"), URL: pick(r, someURLs...)}, search.RefIs{Identifier: &token}, search.RefIs{Type: "Patient"}, text)
	case spec.Date:
		d := search.DateIs{Op: op, Lo: pick(r, someTimes...)}
		d.Hi = d.Lo + pick[int64](r, 1, 864e8, 3e13)
		return d
	case spec.Number:
		return number
	case spec.Prose:
		return r.words(2)
	case spec.Quantity:
		return search.QuantityIs{NumberIs: number, System: pick(r, someSystems...), Unit: pick(r, "mg", "g", "gram"), AnyUnit: r.IntN(3) == 0, AnySystem: r.IntN(3) == 0}
	}
	var c search.CompositeIs
	for _, part := range p.Components {
		c = append(c, r.criterion(part.Param))
	}
	return c
}

// words is a question of words.
func (r random) words(depth int) search.WordsIs {
	if depth > 0 && r.IntN(3) == 0 {
		both := []prose.Query{r.words(depth - 1).Query, r.words(depth - 1).Query}
		if r.IntN(2) == 0 {
			return search.WordsIs{Query: prose.Query{Any: both}}
		}
		return search.WordsIs{Query: prose.Query{All: both}}
	}
	return search.WordsIs{Query: prose.Query{Phrase: pick(r, "pain", "knee", "the knee", "left kn", "pain in", "pain knee", "zoë"), Prefix: r.IntN(3) == 0}}
}

// test is one criterion on a parameter of the type.
func (r random) test(t *spec.Type) search.Expr {
	p := pick(r, r.params(t)...)
	if r.IntN(12) == 0 {
		at := time.Now().UnixMicro() - r.Int64N(4e5)
		return search.Test{Param: spec.LastUpdated, Is: search.DateIs{Op: search.Op(r.IntN(9)), Lo: at, Hi: at + pick[int64](r, 1, 1e5)}}
	}
	if p.Kind != spec.Prose && r.IntN(12) == 0 {
		return search.Test{Param: p, Is: search.Differs{Is: r.criterion(p), Type: pick(r, "", "Patient")}}
	}
	return search.Test{Param: p, Is: r.criterion(p)}
}

// expr is a condition, nested to a depth.
func (r random) expr(t *spec.Type, depth int) search.Expr {
	if depth == 0 {
		return r.test(t)
	}
	switch r.IntN(15) {
	case 0, 1, 2:
		return search.And{r.expr(t, depth-1), r.expr(t, depth-1)}
	case 3:
		return search.And{search.Compartment{Patient: pick(r, someIDs...)}, r.test(t), search.Or{r.hot(t), r.hot(t)}}
	case 4:
		return search.Or{r.expr(t, depth-1), r.expr(t, 0)}
	case 5:
		return search.Not{Expr: r.expr(t, depth-1)}
	case 6:
		return search.Missing{Param: pick(r, r.params(t)...)}
	case 7:
		return search.IDs{pick(r, someIDs...), pick(r, someIDs...)}
	case 8, 9:
		return r.link(t, depth)
	case 10:
		v := search.Visible{From: time.UnixMicro(pick(r, someTimes...))}
		if r.IntN(2) == 0 {
			v.Sections = []string{"", "results"}
		}
		return v
	case 11:
		return search.And{search.Or{search.Compartment{Patient: pick(r, someIDs...)}}, r.hot(t)}
	case 12:
		return search.And{}
	case 13:
		return expr.Marked{Mark: pick(r, expr.Marks...)}
	}
	return r.test(t)
}

// hot is a test on a parameter that has an index with the patient in front, if the type has one.
func (r random) hot(t *spec.Type) search.Expr {
	for _, p := range r.params(t) {
		if p.Hot && p.Kind == spec.Token && r.IntN(2) == 0 {
			return search.Test{Param: p, Is: search.TokenIs{System: pick(r, someSystems...), Code: pick(r, "x", "y"), AnySystem: r.IntN(2) == 0}}
		}
	}
	return r.test(t)
}

// link is a chain or a reverse chain.
func (r random) link(t *spec.Type, depth int) search.Expr {
	if r.IntN(2) == 0 {
		by, _ := r.r.Type(pick(r, someTypes...))
		if p := r.refers(by); p != nil {
			return search.Reverse{Param: p, By: search.From{Type: by, Where: r.expr(by, depth-1)}}
		}
	}
	p := r.refers(t)
	if p == nil {
		return r.test(t)
	}
	var to []search.From
	for _, name := range []string{"Patient", pick(r, someTypes...)} {
		target, _ := r.r.Type(name)
		to = append(to, search.From{Type: target, Where: r.expr(target, depth-1)})
	}
	return search.Chain{Param: p, To: to}
}

func (r random) refers(t *spec.Type) *spec.Param {
	for _, i := range r.Perm(len(r.params(t))) {
		if p := r.params(t)[i]; p.Kind == spec.Reference {
			return p
		}
	}
	return nil
}

// query asks for one type, or for several.
func (r random) query() *search.Query {
	q := &search.Query{Limit: 1 + r.IntN(5), Total: search.AllMatches, Now: time.UnixMicro(pick(r, someTimes...))}
	t, _ := r.r.Type(pick(r, someTypes...))
	q.From = []search.From{{Type: t, Where: r.expr(t, 2)}}
	sortable := []*spec.Param{spec.ID, spec.LastUpdated}
	if r.IntN(8) == 0 {
		if other, _ := r.r.Type(pick(r, someTypes...)); other != t {
			q.From = append(q.From, search.From{Type: other, Where: r.expr(other, 1)})
		}
	}
	if len(q.From) == 1 {
		for _, p := range append(r.params(t), t.Date, t.Date) {
			if p != nil && p.Indexed() && p.Kind != spec.Composite {
				sortable = append(sortable, p)
			}
		}
	}
	for range pick(r, 1, 1, 1, 2, 3) {
		q.Sort = append(q.Sort, search.Sort{Param: pick(r, sortable...), Desc: r.IntN(2) == 0})
	}
	return q
}

// body is a resource of which nothing but its type matters here.
func body(typ, id string) fhir.Body {
	json := fmt.Sprintf(`{"resourceType":%q}`, typ)
	res := fhir.Resource{Type: typ, JSON: []byte(json), Spans: fhir.Spans{Type: fhir.Span{Start: 1, End: len(json) - 1}}}
	return res.Body(id)
}
