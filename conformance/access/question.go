package access

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"frontdesk/conformance/rest"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// statement is what these suites read of /metadata.
type statement struct {
	Rest []struct {
		Resource []struct {
			Type                            string
			SearchInclude, SearchRevInclude []string
			SearchParam, Operation          []struct{ Name string }
		}
		Compartment []string
	}
}

func (p *place) statement(t testing.TB) (st statement) {
	t.Helper()
	if err := json.Unmarshal([]byte(p.do(get(System, "/metadata")).body), &st); err != nil || len(st.Rest) != 1 {
		t.Fatalf("/metadata: %v", err)
	}
	return st
}

// question is a search. typ is what is searched, "" for several types.
type question struct {
	typ, path string
	all       bool // it is for everything of the type
}

// asking puts questions together, each once.
type asking struct {
	*suite
	entries map[*version][]search.Entry // of what is current
	out     []question
	seen    map[question]bool
}

// questions are searches by all that is claimed, for values that there are, seen by some and hidden from others.
func (s *suite) questions() ([]question, error) {
	a := asking{suite: s, entries: map[*version][]search.Entry{}, seen: map[question]bool{}}
	for _, r := range s.rows {
		if v := r.last(); !v.deletion {
			t, ok := s.registry.Type(v.typ)
			decoded, err := codec.Decode([]byte(v.json(v.id, v.marker)), codec.Limits{})
			if err != nil || !ok {
				return nil, fmt.Errorf("%s: %v", v.key(), err)
			}
			a.entries[v] = search.Index(t, decoded.Message, base)
		}
	}
	for _, claim := range s.claims.Rest[0].Resource {
		for _, p := range claim.SearchParam {
			a.params(claim.Type, p.Name)
		}
		a.results(claim.Type)
		a.includes(claim.Type, claim.SearchInclude, claim.SearchRevInclude)
	}
	a.references()
	a.compartments()
	a.whole()
	return a.out, nil
}

func (a *asking) ask(typ, format string, args ...any) {
	a.add(question{typ: typ, path: "/" + fmt.Sprintf(format, args...)})
}

func (a *asking) add(q question) {
	if !a.seen[q] {
		a.seen[q] = true
		a.out = append(a.out, q)
	}
}

// operations are the names of those claimed of a type.
func (s *suite) operations(typ string) (names []string) {
	for _, claim := range s.claims.Rest[0].Resource {
		for _, o := range claim.Operation {
			if claim.Type == typ {
				names = append(names, o.Name)
			}
		}
	}
	return names
}

// operation calls one on a resource. By POST it has a parameter that some ask for.
func operation(holder, path, name, method string) request {
	r := request{holder: holder, method: method, path: path + "/$" + name}
	if method == "POST" {
		r.body = `{"resourceType":"Parameters","parameter":[{"name":"reason","valueString":"attempt"}]}`
	}
	return r
}

// includes asks for what is claimed to come along.
func (a *asking) includes(typ string, forward, back []string) {
	if len(a.rowsOf(typ)) == 0 {
		return
	}
	for _, code := range forward {
		a.ask(typ, "%s?_include=%s", typ, code)
	}
	for _, code := range back {
		if from, _, _ := strings.Cut(code, ":"); len(a.rowsOf(from)) > 0 {
			a.ask(typ, "%s?_revinclude=%s", typ, code)
		}
	}
}

// rowsOf are the current versions of a type.
func (a *asking) rowsOf(typ string) (all []*version) {
	for _, r := range a.rows {
		if v := r.last(); v.typ == typ && !v.deletion {
			all = append(all, v)
		}
	}
	return all
}

// valuesAsked is of how many values of a parameter is asked: of the first, the last and one between.
const valuesAsked = 3

// params asks for values of a parameter in every way that there is.
func (a *asking) params(typ, code string) {
	t, _ := a.registry.Type(typ)
	p := t.Params[code]
	if p == nil { // one that was defined at run time
		a.ask(typ, "%s?%s=red", typ, code)
		a.ask(typ, "%s?%s:contains=e", typ, code)
		return
	}
	var values []search.Value
	for _, v := range a.rowsOf(typ) {
		if p == spec.ID {
			values = append(values, search.Token{Code: v.id})
		}
		values = append(values, valuesOf(p, a.entries[v])...)
	}
	slices.SortStableFunc(values, func(x, y search.Value) int { return cmp.Compare(fmt.Sprint(x), fmt.Sprint(y)) })
	values = slices.CompactFunc(values, func(x, y search.Value) bool { return fmt.Sprint(x) == fmt.Sprint(y) })
	if len(values) > valuesAsked {
		values = []search.Value{values[0], values[len(values)/2], values[len(values)-1]}
	}
	for _, v := range values {
		for _, query := range rest.Asked(p, v, base) {
			a.ask(typ, "%s?%s", typ, query)
		}
	}
}

// valuesOf are what a resource is found by with a parameter.
func valuesOf(p *spec.Param, entries []search.Entry) (out []search.Value) {
	for _, e := range entries {
		for _, b := range p.Answers() {
			ref, isRef := e.Value.(search.Ref)
			if e.Param == b.Param && (b.Target == "" || isRef && ref.Type == b.Target) {
				out = append(out, e.Value)
			}
		}
	}
	return out
}

// results asks for all of a type in the ways in which results can be shown.
func (a *asking) results(typ string) {
	rows := a.rowsOf(typ)
	if len(rows) == 0 {
		a.ask(typ, "%s?_total=accurate", typ)
		return
	}
	t, _ := a.registry.Type(typ)
	a.add(question{typ, "/" + typ + "?_count=3&_total=accurate", true})
	for _, query := range []string{"_count=1&_total=accurate", "_summary=count", "_summary=true", "_elements=id", "_sort=-_lastUpdated&_count=3",
		"_sort=_id&_include=*", "_sort=-_id&_count=2&_include=*&_include:iterate=*", "_lastUpdated=gt2000-01-01&_total=estimate",
		"_id:not=" + rows[0].id, "_tag:not=urn:w:marker|" + rows[0].marker} {
		a.ask(typ, "%s?%s", typ, query)
	}
	if t.Date != nil {
		a.ask(typ, "%s?_sort=-%s&_count=2", typ, t.Date.Code)
		a.ask(typ, "%s?_filter=%s", typ, url.QueryEscape(t.Date.Code+" ge 2000 or not(_id eq "+rows[0].id+")"))
	}
	for _, list := range a.rowsOf("List") {
		a.ask(typ, "%s?_list=%s", typ, list.id)
	}
	for _, r := range rows {
		a.ask(typ, "%s?_content=%s", typ, r.marker)
		a.ask(typ, "%s?_filter=%s", typ, url.QueryEscape("_tag eq "+r.marker))
	}
}

// compartments asks for what is in each.
func (a *asking) compartments() {
	for _, claimed := range a.claims.Rest[0].Compartment {
		code := claimed[strings.LastIndexByte(claimed, '/')+1:]
		name := strings.ToUpper(code[:1]) + code[1:]
		for _, of := range append(a.rowsOf(name), &version{typ: name, id: "nobody"}) {
			a.ask("", "%s/*?_total=accurate&_count=7", of.key())
			for _, typ := range []string{"Observation", "Appointment", "Communication", "AuditEvent", "Group", "Schedule"} {
				if t, _ := a.registry.Type(typ); t.Compartments[name] != nil {
					a.ask(typ, "%s/%s?_total=accurate", of.key(), typ)
				}
			}
		}
	}
}

// whole asks for more than one type, and for whole records.
func (a *asking) whole() {
	a.ask("", "?_lastUpdated=gt2000-01-01&_count=9&_total=accurate")
	a.ask("", "?_type=Patient,Observation,Binary,List,Group&_count=4")
	for _, r := range a.rows {
		v := r.last()
		a.ask("", "?_content=%s", v.marker)
		a.ask("", "?_id=%s", v.id)
		a.ask("", "?_tag=%s", v.marker)
	}
	a.ask("Patient", "Patient/$everything?_count=11")
	for _, p := range append(a.rowsOf("Patient"), &version{typ: "Patient", id: "nobody"}) {
		a.ask("Patient", "%s/$everything", p.key())
		a.ask("Patient", "%s/$everything?_count=2&_type=Patient,Practitioner,Observation,Organization", p.key())
		a.ask("Observation", "Observation/$lastn?patient=%s&category=laboratory,vital-signs&max=2", p.id)
		a.ask("Observation", "Observation/$lastn?subject:missing=false&code=hb,k,na&max=3&patient.identifier=%s", p.marker)
	}
}
