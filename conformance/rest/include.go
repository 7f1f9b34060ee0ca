package rest

import (
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/search"
)

// includes asks for every _include and _revinclude that is claimed. Where an example refers to another, that must come
// along.
func (s *suite) includes(t *testing.T) {
	for _, c := range s.claims.Rest[0].Resource {
		t.Run(c.Type, func(t *testing.T) {
			for _, claimed := range c.SearchInclude {
				s.included(t, c.Type, claimed)
			}
			for _, claimed := range c.SearchRevInclude {
				s.revIncluded(t, c.Type, claimed)
			}
		})
	}
}

// included is one claim of _include=Type:code.
func (s *suite) included(t *testing.T, typ, claimed string) {
	from, to := s.reference(claimed, "")
	if from == nil {
		s.do(t, "GET", "/"+typ+"?_count=1&_include="+claimed, "").is(200)
		s.answered++
		return
	}
	s.proven++
	b := s.do(t, "GET", "/"+typ+"?_id="+from.id+"&_include="+claimed, "").is(200).bundle("searchset")
	if !slices.Contains(b.ids("match"), typ+"/"+from.id) || !slices.Contains(b.ids("include"), to.typ+"/"+to.id) {
		t.Errorf("_include=%s of %s brought %v, want %s/%s", claimed, from.id, b.ids("include"), to.typ, to.id)
	}
	if none := s.do(t, "GET", "/"+typ+"?_id="+from.id, "").is(200).bundle("searchset"); len(none.Entry) != 1 {
		t.Errorf("without _include there are %d entries", len(none.Entry))
	}
}

// revIncluded is one claim of _revinclude=Type:code on what it points to.
func (s *suite) revIncluded(t *testing.T, typ, claimed string) {
	from, to := s.reference(claimed, typ)
	if from == nil {
		s.do(t, "GET", "/"+typ+"?_count=1&_revinclude="+claimed, "").is(200)
		s.answered++
		return
	}
	s.proven++
	b := s.do(t, "GET", "/"+typ+"?_id="+to.id+"&_revinclude="+claimed, "").is(200).bundle("searchset")
	if !slices.Contains(b.ids("match"), typ+"/"+to.id) || !slices.Contains(b.ids("include"), from.typ+"/"+from.id) {
		t.Errorf("_revinclude=%s of %s/%s brought %v, want %s/%s", claimed, typ, to.id, b.ids("include"), from.typ, from.id)
	}
}

// reference finds an example that refers by "Type:code" to another, of a target type if one is given.
func (s *suite) reference(claimed, target string) (from, to *seed) {
	typ, code, _ := strings.Cut(claimed, ":")
	known, ok := s.registry.Type(typ)
	if !ok || known.Params[code] == nil {
		return nil, nil
	}
	for _, from := range s.byType[typ] {
		for _, v := range values(known.Params[code], from) {
			ref, ok := v.(search.Ref)
			if !ok || target != "" && ref.Type != target {
				continue
			}
			i := slices.IndexFunc(s.byType[ref.Type], func(r *seed) bool { return r.id == ref.ID })
			if i >= 0 && (ref.Type != typ || ref.ID != from.id) {
				return from, s.byType[ref.Type][i]
			}
		}
	}
	return nil, nil
}
