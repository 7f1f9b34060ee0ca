package rest

import (
	"net/url"
	"strings"
	"testing"
)

// shape is how answers look: Prefer, _summary and _elements (R4 http 3.1.0.1.8, search 3.1.1.5.8, 3.1.1.5.9).
func (s *suite) shape(t *testing.T) {
	t.Run("return", s.returns)
	t.Run("subset", s.subsets)
	t.Run("lenient", s.lenient)
}

func (s *suite) returns(t *testing.T) {
	minimal := s.do(t, "POST", "/Patient", s.patient("minimal", ""), "Prefer: return=minimal").is(201)
	if minimal.body != "" || minimal.has("Location") == "" || minimal.has("ETag") == "" {
		t.Errorf("return=minimal gave %s", minimal.body)
	}
	if r := s.do(t, "POST", "/Patient", s.patient("representation", ""), "Prefer: return=representation").is(201).resource(); r.ResourceType != "Patient" {
		t.Errorf("return=representation gave a %s", r.ResourceType)
	}
	if r := s.do(t, "POST", "/Patient", s.patient("outcome", ""), "Prefer: return=OperationOutcome").is(201).resource(); r.ResourceType != "OperationOutcome" {
		t.Errorf("return=OperationOutcome gave a %s", r.ResourceType)
	}
}

func (s *suite) subsets(t *testing.T) {
	const members = `"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">words</div>"},"birthDate":"2001-02-03","contact":[{"name":{"text":"kin"}}],`
	id := s.do(t, "POST", "/Patient", s.patient("subset", members)).is(201).resource().ID
	for query, want := range map[string]struct{ text, birthDate, contact bool }{
		"_summary=true":     {false, true, false},
		"_summary=text":     {true, false, false},
		"_summary=data":     {false, true, true},
		"_elements=contact": {false, false, true},
	} {
		for _, at := range []string{"/Patient/" + id + "?", "/Patient?_id=" + id + "&"} {
			a := s.do(t, "GET", at+query, "").is(200).says("SUBSETTED")
			for word, in := range map[string]bool{"words": want.text, "2001-02-03": want.birthDate, "kin": want.contact, id: true} {
				if strings.Contains(a.body, word) != in {
					t.Errorf("%s: %q is there: %v, want %v\n%s", a.request, word, !in, in, a.body)
				}
			}
		}
	}
	s.do(t, "GET", "/Patient?_elements="+nowhere, "").is(400)
	if whole := s.do(t, "GET", "/Patient/"+id+"?_summary=false", "").is(200); strings.Contains(whole.body, "SUBSETTED") {
		t.Error("the whole resource is tagged SUBSETTED")
	}
	b := s.do(t, "GET", "/Patient?_summary=count&_id="+id, "").is(200).bundle("searchset")
	if len(b.Entry) > 0 || b.Total == nil || *b.Total != 1 {
		t.Errorf("_summary=count gave %+v", b)
	}
}

// lenient is R4 search 3.1.1.3: what isn't known is ignored only if the client says so, and is told.
func (s *suite) lenient(t *testing.T) {
	query := "/Patient?" + nowhere + "=1&" + s.by("subset")
	s.do(t, "GET", query, "", "Prefer: handling=strict").is(400).says(nowhere)
	a := s.do(t, "GET", query, "", "Prefer: handling=lenient").is(200)
	b := a.bundle("searchset")
	if len(b.ids("match")) != 1 || len(b.ids("outcome")) != 1 {
		t.Errorf("handling=lenient gave %s", a.body)
	}
	self, err := url.Parse(b.link("self"))
	if err != nil || strings.Contains(self.RawQuery, nowhere) || !strings.Contains(self.RawQuery, "identifier") {
		t.Errorf("the self link says %s, which isn't what was done", b.link("self"))
	}
}
