package state_test

import (
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

func TestAnAccountIsFoundByAllThatNamesIt(t *testing.T) {
	s, _ := newState(t)
	a := annie(t, s)
	for what, find := range map[string]func() (state.Account, error){
		"name as typed": func() (state.Account, error) { return s.Account(t.Context(), " ANNIE ") },
		"subject":       func() (state.Account, error) { return s.AccountOf(t.Context(), a.Subject) },
		"identity":      func() (state.Account, error) { return s.AccountByIdentity(t.Context(), "https://login.example", "a1") },
		"NHS number":    func() (state.Account, error) { return s.AccountByNHS(t.Context(), "9990000018") },
	} {
		if got, err := find(); err != nil || got.Name != "annie" || got.Subject != a.Subject {
			t.Errorf("by %s: %+v, %v", what, got, err)
		}
	}
	if strings.Contains(a.Password, password) || !strings.HasPrefix(a.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the password is kept as %q", a.Password)
	}
	must(t, s.RemoveAccount(t.Context(), "annie"))
	_, err := s.AccountByNHS(t.Context(), "9990000018")
	wants(t, "after removal", err, fhir.NotFound)
}

// A person is suspended as long as one of his or her accounts is.
func TestAPersonIsSuspendedWithAnyAccount(t *testing.T) {
	s, _ := newState(t)
	is := func(what string, want bool) {
		t.Helper()
		if got, err := s.Suspended(t.Context(), "Patient/1"); err != nil || got != want {
			t.Errorf("%s: suspended %v, %v", what, got, err)
		}
	}
	for name, person := range map[string]string{"one": "Patient/1", "two": "Patient/1", "other": "Patient/10"} {
		must(t, s.AddAccount(t.Context(), state.Account{Name: name, Person: person}, ""))
	}
	must(t, s.Suspend(t.Context(), "other", true))
	is("another is", false)
	must(t, s.Suspend(t.Context(), "one", true))
	must(t, s.Suspend(t.Context(), "one", true))
	must(t, s.Suspend(t.Context(), "two", true))
	is("both are", true)
	must(t, s.Suspend(t.Context(), "one", false))
	must(t, s.Suspend(t.Context(), "one", false))
	is("the second is", true)
	must(t, s.RemoveAccount(t.Context(), "two"))
	is("that is removed", false)
}

func TestAnAccountsNamesAreItsOwn(t *testing.T) {
	s, _ := newState(t)
	annie(t, s)
	for what, a := range map[string]state.Account{
		"name":       {Name: "annie", Person: "Patient/2"},
		"NHS number": {Name: "bob", Person: "Patient/2", NHSNumber: "9990000018"},
		"identity":   {Name: "bob", Person: "Patient/2", Upstream: []state.Identity{{Issuer: "https://login.example", Subject: "a1"}}},
	} {
		wants(t, what, s.AddAccount(t.Context(), a, ""), fhir.Conflict)
	}
	for what, a := range map[string]state.Account{
		"no name":          {Person: "Patient/2"},
		"a slash":          {Name: "a/b", Person: "Patient/2"},
		"nobody":           {Name: "bob"},
		"an organization":  {Name: "bob", Person: "Organization/2"},
		"related to a dog": {Name: "bob", Person: "Patient/2", Related: []string{"Patient/3"}},
	} {
		wants(t, what, s.AddAccount(t.Context(), a, ""), fhir.Invalid)
	}
	wants(t, "a short password", s.AddAccount(t.Context(), state.Account{Name: "bob", Person: "Patient/2"}, "short"), fhir.Invalid)
}

func TestAPersonSignsInWithThePasswordAlone(t *testing.T) {
	s, _ := newState(t)
	annie(t, s)
	if a, err := s.Authenticate(t.Context(), "Annie ", password, state.From{Address: "192.0.2.1"}); err != nil || a.Person != "Patient/annie" {
		t.Fatal(a, err)
	}
	_, wrong := s.Authenticate(t.Context(), "annie", "another one", state.From{Address: "192.0.2.1"})
	_, unknown := s.Authenticate(t.Context(), "nobody", password, state.From{Address: "192.0.2.1"})
	must(t, s.Suspend(t.Context(), "annie", true))
	_, suspended := s.Authenticate(t.Context(), "annie", password, state.From{Address: "192.0.2.1"})
	for what, err := range map[string]error{"wrong": wrong, "unknown": unknown, "suspended": suspended} {
		wants(t, what, err, fhir.Unauthenticated)
		if err.Error() != wrong.Error() {
			t.Errorf("%s is told apart: %v", what, err)
		}
	}
	must(t, s.Suspend(t.Context(), "annie", false))
	if _, err := s.Authenticate(t.Context(), "annie", password, state.From{Address: "192.0.2.1"}); err != nil {
		t.Error(err)
	}
}

// An account that only an upstream provider signs in has no password; the empty one isn't it.
func TestAnAccountWithoutAPasswordCantSignIn(t *testing.T) {
	s, _ := newState(t)
	must(t, s.AddAccount(t.Context(), state.Account{Name: "bob", Person: "Patient/2"}, ""))
	for _, p := range []string{"", password, strings.Repeat("x", 1000)} {
		_, err := s.Authenticate(t.Context(), "bob", p, state.From{Address: "192.0.2.1"})
		wants(t, "password", err, fhir.Unauthenticated)
	}
}

func TestGuessingIsThrottledWhetherOrNotThereIsTheAccount(t *testing.T) {
	for _, name := range []string{"annie", "nobody"} {
		s, clock := newState(t)
		annie(t, s)
		for range 5 {
			_, err := s.Authenticate(t.Context(), name, "a wrong guess", state.From{Address: "192.0.2.1"})
			wants(t, name, err, fhir.Unauthenticated)
		}
		_, err := s.Authenticate(t.Context(), name, password, state.From{Address: "192.0.2.1"}) // even the right one
		wants(t, name+" after five", err, fhir.Throttled)
		if wait := err.(*fhir.Error).RetryAfter; wait <= 0 || wait > time.Second {
			t.Errorf("%s waits for %s", name, wait)
		}
		clock.pass(2 * time.Second)
		_, err = s.Authenticate(t.Context(), name, "a wrong guess", state.From{Address: "192.0.2.1"})
		wants(t, name+" when the wait is over", err, fhir.Unauthenticated)
		_, err = s.Authenticate(t.Context(), name, "a wrong guess", state.From{Address: "192.0.2.1"})
		wants(t, name+" again", err, fhir.Throttled)
		if wait := err.(*fhir.Error).RetryAfter; wait <= time.Second {
			t.Errorf("%s: the wait doesn't grow: %s", name, wait)
		}
	}
}

func TestOneAddressCantTryManyAccounts(t *testing.T) {
	s, _ := newState(t)
	annie(t, s)
	limited := false
	for i := range 60 {
		// Addresses of one /64 are one home.
		_, err := s.Authenticate(t.Context(), "guess"+string(rune('a'+i%26))+string(rune('a'+i/26)), "a wrong guess", state.From{Address: "2001:db8::" + string(rune('1'+i%9))})
		limited = limited || fhir.KindOf(err) == fhir.Throttled
	}
	if !limited {
		t.Error("sixty accounts could be tried from one network")
	}
	if _, err := s.Authenticate(t.Context(), "annie", password, state.From{Address: "192.0.2.1"}); err != nil {
		t.Errorf("another address suffers: %v", err)
	}
}

func TestANewPasswordEndsSessions(t *testing.T) {
	s, clock := newState(t)
	a := annie(t, s)
	cookie, _, err := s.SignIn(t.Context(), a)
	must(t, err)
	clock.pass(time.Second)
	must(t, s.SetPassword(t.Context(), "annie", "another password"))
	_, err = s.Session(t.Context(), cookie)
	wants(t, "the old session", err, fhir.NotFound)
	_, err = s.Authenticate(t.Context(), "annie", password, state.From{Address: "192.0.2.1"})
	wants(t, "the old password", err, fhir.Unauthenticated)
}
