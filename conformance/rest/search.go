package rest

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// search asks for every parameter that is claimed: what has the value must be found, what hasn't must not.
func (s *suite) search(t *testing.T) {
	for _, c := range s.claims.Rest[0].Resource {
		t.Run(c.Type, func(t *testing.T) {
			if !c.has("search-type") {
				t.Skip("search-type is not claimed")
			}
			for _, p := range c.SearchParam {
				s.param(t, c.Type, p)
			}
		})
	}
}

// param proves one claim.
func (s *suite) param(t *testing.T, typ string, claimed paramClaim) {
	known, _ := s.registry.Type(typ)
	if known == nil || known.Params[claimed.Name] == nil {
		t.Errorf("%s.%s is claimed, but R4 has no such parameter", typ, claimed.Name)
		return
	}
	p := known.Params[claimed.Name]
	if p.Kind.String() != claimed.Type {
		t.Errorf("%s is claimed to be of type %s; it is %s", p.Name(), claimed.Type, p.Kind)
	}
	if claimed.Definition == "" || claimed.Documentation == "" {
		t.Errorf("%s is claimed without a definition or without its modifiers", p.Name())
	}
	if found, q := s.question(p, typ); found != nil {
		s.proven++
		s.prove(t, typ, found.id, q)
		return
	}
	s.answered++
	s.do(t, "GET", "/"+typ+"?"+sample(p).escaped()+"&_count=1", "").is(200).bundle("searchset")
	if len(search.Modifiers(p)) > 0 {
		s.do(t, "GET", "/"+typ+"?"+pair{claimed.Name + ":missing", "true"}.escaped()+"&_count=1", "").is(200).bundle("searchset")
	}
}

// question is what to ask, and of which example: rather of one that has just one value, for then it can be told what it
// must not be found by.
func (s *suite) question(p *spec.Param, typ string) (found *seed, q questions) {
	for _, r := range s.byType[typ] {
		all := values(p, r)
		for _, v := range all {
			one := asked(p, v, s.Base)
			if len(one.hits) == 0 {
				continue
			}
			if len(all) == 1 {
				return r, one
			}
			one.misses = slices.DeleteFunc(one.misses, func(m pair) bool { return !strings.Contains(m.value, nowhere) && m.value != "true" })
			found, q = r, one
		}
	}
	return found, q
}

// prove asks all questions of a value that one resource has.
func (s *suite) prove(t *testing.T, typ, id string, q questions) {
	t.Helper()
	for _, hit := range q.hits {
		s.asks(t, typ, id, true, hit)
	}
	for _, miss := range q.misses {
		s.asks(t, typ, id, false, miss)
	}
	if len(q.hits) == 0 || len(q.misses) == 0 || q.hits[0].name != q.misses[0].name {
		return
	}
	hit, miss := q.hits[0], q.misses[0]
	s.asks(t, typ, id, true, pair{hit.name, miss.value + "," + hit.value}) // R4 search 3.1.1.4.17: the comma is or
	s.asks(t, typ, id, false, hit, miss)                                   // and the repeated parameter and
}

// asks searches, among what this run stored, and says whether a resource must be there.
func (s *suite) asks(t *testing.T, typ, id string, want bool, criteria ...pair) {
	t.Helper()
	query := pair{"_tag", tagSystem + "|" + s.run}.escaped() + "&_count=500"
	for _, c := range criteria {
		query += "&" + c.escaped()
	}
	a := s.do(t, "GET", "/"+typ+"?"+query, "").is(200)
	if a.status != 200 {
		return
	}
	b := a.bundle("searchset")
	if got := slices.Contains(b.ids("match"), typ+"/"+id); got != want {
		t.Errorf("%s: %s/%s found: %v, want %v", a.request, typ, id, got, want)
	}
	if b.link("self") == "" {
		t.Errorf("%s: no self link", a.request)
	}
}

// pair is one parameter of a query.
type pair struct{ name, value string }

func (p pair) escaped() string { return url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value) }

// values are what a resource is found by with a parameter.
func values(p *spec.Param, r *seed) []search.Value {
	switch p {
	case spec.ID:
		return []search.Value{search.Token{Code: r.id}}
	case spec.LastUpdated:
		return []search.Value{search.DateRange{Lo: search.MinTime, Hi: search.MaxTime}}
	}
	var out []search.Value
	for _, e := range r.entries {
		for _, b := range p.Answers() {
			ref, isRef := e.Value.(search.Ref)
			if e.Param == b.Param && (b.Target == "" || isRef && ref.Type == b.Target) {
				out = append(out, e.Value)
			}
		}
	}
	return out
}
