package rest

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// compartments asks for every type in every compartment that is claimed (R4 CapabilityStatement.rest.compartment).
// Where an example is in another's compartment it must be found there, and not in that of nobody.
func (s *suite) compartments(t *testing.T) {
	for _, claimed := range s.claims.Rest[0].Compartment {
		code := claimed[strings.LastIndexByte(claimed, '/')+1:]
		name := strings.ToUpper(code[:1]) + code[1:]
		in := s.registry.Compartment(name)
		if in == nil {
			t.Errorf("%s is claimed, and R4 has no such compartment", claimed)
			continue
		}
		t.Run(name, func(t *testing.T) {
			empty := s.do(t, "GET", "/"+name+"/"+nowhere+"/*?_count=1", "").is(200).bundle("searchset")
			if len(empty.Entry) > 0 {
				t.Errorf("in the compartment of nobody is %v", empty.ids("match"))
			}
			for _, typ := range in {
				s.compartment(t, name, typ)
			}
			s.do(t, "GET", "/"+name+"/1/"+nowhere, "").is(404)
			s.do(t, "GET", "/"+name+"/1/ValueSet", "").is(404).says("ValueSet")
		})
	}
	s.do(t, "GET", "/Organization/1/*", "").is(404)
}

// compartment proves that a type can be searched in a compartment.
func (s *suite) compartment(t *testing.T, name string, typ *spec.Type) {
	t.Helper()
	if s.claimed(typ.Name).Type == "" {
		return
	}
	for _, r := range s.byType[typ.Name] {
		owner := s.owner(name, typ, r)
		if owner == "" {
			continue
		}
		s.proven++
		for _, a := range []answer{
			s.do(t, "GET", "/"+name+"/"+owner+"/"+typ.Name+"?_id="+r.id, ""),
			s.do(t, "GET", "/"+name+"/"+owner+"/*?_count=200&_id="+r.id, ""),
			s.do(t, "POST", "/"+name+"/"+owner+"/"+typ.Name+"/_search", "_id="+r.id, form),
		} {
			if b := a.is(200).bundle("searchset"); !slices.Contains(b.ids("match"), typ.Name+"/"+r.id) {
				t.Errorf("%s doesn't find %s/%s", a.request, typ.Name, r.id)
			}
		}
		if b := s.do(t, "GET", "/"+name+"/"+nowhere+"/"+typ.Name+"?_id="+r.id, "").is(200).bundle("searchset"); len(b.Entry) > 0 {
			t.Errorf("%s/%s is in the compartment of nobody", typ.Name, r.id)
		}
		return
	}
	s.answered++
	s.do(t, "GET", "/"+name+"/"+nowhere+"/"+typ.Name, "").is(200).bundle("searchset")
}

// owner is the id of a resource in whose compartment an example is; "" if it is in none.
func (s *suite) owner(name string, typ *spec.Type, r *seed) string {
	for _, p := range typ.Compartments[name] {
		if p == spec.ID {
			return r.id
		}
		for _, v := range values(p, r) {
			if ref, ok := v.(search.Ref); ok && ref.Type == name && ref.ID != "" {
				return ref.ID
			}
		}
	}
	return ""
}
