package state_test

import (
	"testing"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

func TestP9_TheSecondPasswordSignsInToTheSaferView(t *testing.T) {
	s, _ := newState(t)
	annie(t, s)
	const safer = "another horse entirely"
	wants(t, "the same password", s.SetSafer(t.Context(), "annie", password), fhir.Invalid)
	wants(t, "nobody's", s.SetSafer(t.Context(), "nobody", safer), fhir.NotFound)
	must(t, s.SetSafer(t.Context(), "annie", safer))
	for typed, reduced := range map[string]bool{password: false, safer: true} {
		a, err := s.Authenticate(t.Context(), "annie", typed, state.From{Address: "192.0.2.1"})
		must(t, err)
		cookie, begun, err := s.SignIn(t.Context(), a)
		must(t, err)
		se, err := s.Session(t.Context(), cookie)
		must(t, err)
		if a.Safer != reduced || begun.Safer != reduced || se.Safer != reduced {
			t.Errorf("%q: safer %v, %v, %v", typed, a.Safer, begun.Safer, se.Safer)
		}
	}
	if kept, err := s.Account(t.Context(), "annie"); err != nil || kept.Safer {
		t.Errorf("the account itself is safer: %v", err)
	}
	must(t, s.SetSafer(t.Context(), "annie", ""))
	_, err := s.Authenticate(t.Context(), "annie", safer, state.From{Address: "192.0.2.1"})
	wants(t, "after it was taken away", err, fhir.Unauthenticated)
}
