package search

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"frontdesk/fhir"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Limits on a query string. They are far above what clients send, and keep the cost of parsing small.
const (
	MaxName   = 1 << 10  // bytes of one parameter's name
	MaxValue  = 4 << 10  // bytes of one parameter's value
	MaxQuery  = 64 << 10 // bytes of them all, still encoded
	MaxParams = 256      // how many there are: each wrong one is told, so this bounds the answer too
)

// MaxLinks is how many references one chain may follow. SQLite joins 64 tables at the most, and nobody reads longer
// ones.
const MaxLinks = 8

// maxWork bounds the ways that chains over many types are tried, those included that come to nothing.
const maxWork = 5000

// parser reads one query.
type parser struct {
	registry *spec.Registry
	o        Options
	base     string
	now      int64
	types    []*spec.Type
	out      *Search
	clauses  int
	work     int
	links    int // how deep in a chain the parser is
	cursor   []byte
	// conditional: it reads what decides a write, where nothing may be left out.
	conditional bool
}

// param is one name=value of a query, decoded.
type param struct{ name, value string }

// Parse reads a URL's query, or a POSTed form. types are the types searched: one as a rule; several or none (all) for a
// search of the whole system, in which only what all types have can be asked for. Its *fhir.Error lists every fault,
// each with the parameter's name and a right example.
func Parse(r *spec.Registry, types []string, query string, o Options) (*Search, error) {
	c, err := newParser(r, types, o)
	if err != nil {
		return nil, err
	}
	params, err := decode(query)
	if err != nil {
		return nil, err
	}
	if params, err = c.narrow(params); err != nil {
		return nil, err
	}
	criteria, results := c.sorted(params)
	var faults faults
	for _, p := range results {
		err := c.result(p)
		if err != nil && c.o.Lenient && strings.Contains(p.name, "include") { // what to bring along is no matter of what is found
			c.out.Ignored, err = append(c.out.Ignored, pardoned(err)...), nil
		}
		faults.add(err)
	}
	understood := c.where(criteria, &faults)
	if err := faults.err(); err != nil {
		return nil, err
	}
	c.finish(understood)
	if err := c.bind(understood); err != nil {
		return nil, err
	}
	c.out.Self = self(understood, results, c.out.Limit)
	return c.out, nil
}

// ParseCriteria reads the criteria of a conditional interaction (R4 http 3.1.0.8.1, If-None-Exist,
// "Patient?identifier=…"): a search of one type without any parameter for its result, and never lenient, because
// ignoring a criterion would write to the wrong resource.
func ParseCriteria(r *spec.Registry, typ, query string, o Options) (*Search, error) {
	if before, after, ok := strings.Cut(query, "?"); ok && (before == "" || before == typ || before == o.Base+"/"+typ) {
		query = after
	}
	o.Lenient = false
	s, err := criteria(r, typ, query, o)
	if err != nil {
		return nil, err
	}
	s.Limit = 2 // enough to tell one from many
	return s, nil
}

func criteria(r *spec.Registry, typ, query string, o Options) (*Search, error) {
	c, err := newParser(r, []string{typ}, o)
	if err != nil {
		return nil, err
	}
	c.conditional = true
	params, err := decode(query)
	if err != nil {
		return nil, err
	}
	criteria, results := c.sorted(params)
	var faults faults
	for _, p := range results {
		if p.name != "_format" && p.name != "_pretty" {
			faults.add(bad(p.name, "identifier=http://example.org/id|1", "it doesn't say which resource is meant, so it can't be part of a condition"))
		}
	}
	if len(criteria) == 0 && len(faults) == 0 {
		faults.add(bad("the condition", "identifier=http://example.org/id|1", "it needs at least one search parameter"))
	}
	understood := c.where(criteria, &faults)
	if err := faults.err(); err != nil {
		return nil, err
	}
	c.finish(understood)
	c.out.Self = self(understood, nil, 0)
	return c.out, nil
}

func newParser(r *spec.Registry, types []string, o Options) (*parser, error) {
	o.PageSize = cmp.Or(o.PageSize, 50)
	o.PageMax = cmp.Or(o.PageMax, 1000)
	o.MaxClauses = cmp.Or(o.MaxClauses, 200)
	if o.Zone == nil {
		o.Zone = London()
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if len(types) == 0 {
		types = r.Names()
	}
	c := &parser{registry: r, o: o, base: strings.TrimSuffix(o.Base, "/"), now: o.Now.UnixMicro()}
	c.out = &Search{Query: Query{Limit: min(o.PageSize, o.PageMax)}}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(types))) {
		t, err := c.typ(name)
		if err != nil {
			return nil, err
		}
		c.types = append(c.types, t)
	}
	return c, nil
}

func (c *parser) typ(name string) (*spec.Type, error) {
	t, ok := c.registry.Type(name)
	if !ok {
		return nil, fhir.Errorf(fhir.UnknownType, "", "There is no resource type %s in R4. Names are case-sensitive, as Patient.", quoted(name))
	}
	return t, nil
}

// decode takes a query apart. Its names and values are valid UTF-8 without control characters.
func decode(query string) ([]param, error) {
	if len(query) > MaxQuery {
		return nil, fhir.Errorf(fhir.URITooLong, "", "The query is longer than %d bytes. Ask for less at a time.", MaxQuery)
	}
	var params []param
	var faults faults
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		if len(params)+len(faults) == MaxParams {
			return nil, fhir.Errorf(fhir.TooCostly, "", "The query has more than %d parameters. Ask in several queries.", MaxParams)
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		switch {
		case err != nil || !clean(name) || name == "":
			faults.add(fhir.Errorf(fhir.Invalid, "",
				"A parameter's name (%s) is not right percent-encoded UTF-8, or empty. A right example: family=smith.", quoted(rawName)))
		case err2 != nil || !clean(value):
			faults.add(bad(name, "family=M%C3%BCller", "the value is not right percent-encoded UTF-8, or has control characters"))
		case len(name) > MaxName || len(value) > MaxValue:
			faults.add(bad(quoted(name), "family=smith", "a name may have %d bytes and a value %d", MaxName, MaxValue))
		default:
			params = append(params, param{name, value})
		}
	}
	return params, faults.err()
}

func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

// sorted parts criteria from what is said of the result. Criteria come in the order of their names, so that the same
// search has one self link; a repeated one is dropped.
func (c *parser) sorted(params []param) (criteria, results []param) {
	for _, p := range params {
		name, _, _ := strings.Cut(p.name, ":")
		if _, ok := resultParams[name]; ok {
			results = append(results, p)
		} else {
			criteria = append(criteria, p)
		}
	}
	slices.SortStableFunc(criteria, func(a, b param) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	slices.SortStableFunc(results, func(a, b param) int { return strings.Compare(a.name, b.name) })
	return slices.Compact(criteria), slices.Compact(results)
}

// where compiles the criteria into From, for every type, and returns those that were understood.
func (c *parser) where(criteria []param, faults *faults) (understood []param) {
	for _, p := range criteria {
		err := c.known(p)
		switch {
		case err == nil && p.value == "" && !c.conditional:
			c.out.Ignored = append(c.out.Ignored, blank(p))
		case err == nil:
			understood = append(understood, p)
		case c.o.Lenient:
			c.out.Ignored = append(c.out.Ignored, pardoned(err)...)
		default:
			faults.add(err)
		}
	}
	for _, t := range c.types {
		all := And{}
		for _, p := range understood {
			e, err := c.clause(t, p.name, p)
			faults.add(err)
			all = append(all, e)
		}
		if len(*faults) > 0 {
			return nil
		}
		c.out.From = append(c.out.From, From{Type: t, Where: expr.AllOf(all...)})
		c.clauses, c.work = 0, 0 // the same for every type
	}
	return understood
}

// blank tells of a parameter without a value. R4 search 3.1.1.3 has it ignored, as forms send fields that nobody filled
// in; it is told all the same, for somebody may have lost a value on the way. In a condition for a write it stays an
// error.
func blank(p param) fhir.Issue {
	return fhir.Issue{Code: "informational", Warning: true,
		Text: fmt.Sprintf("The parameter %s has no value, so it was left out of the search.", quoted(p.name))}
}

// finish sets what wasn't asked for.
func (c *parser) finish(criteria []param) {
	s := c.out
	if s.Sort == nil {
		s.Sort = c.defaultSort(criteria)
	}
	if s.Limit == 0 || s.Summary == SummaryCount {
		s.Limit, s.Query.Total = 0, AllMatches // R4 search 3.1.1.5.3: _count=0 is _summary=count
	}
	if s.Total == TotalAccurate || s.Total == TotalEstimate {
		s.Query.Total = AllMatches
	}
}

func pardoned(err error) []fhir.Issue {
	var e *fhir.Error
	if !errors.As(err, &e) {
		return nil
	}
	issues := slices.Clone(e.Issues)
	for i := range issues {
		issues[i].Warning = true
		issues[i].Code = "not-supported"
		issues[i].Text = "It was ignored, because you asked for handling=lenient. " + issues[i].Text
	}
	return issues
}
