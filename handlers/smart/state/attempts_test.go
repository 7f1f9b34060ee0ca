package state_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// guess tries a wrong password.
func guess(t testing.TB, s *state.Store, name string, from state.From) fhir.Kind {
	t.Helper()
	_, err := s.Authenticate(t.Context(), name, "a wrong guess", from)
	if err == nil {
		t.Fatal("a wrong password opens the account")
	}
	return fhir.KindOf(err)
}

// E5: nobody can lock another person out: whoever guesses makes only his own network wait. Right: the password, from a
// browser where the person has signed in before, though it is in that network, and from any other address.
func TestE5_NobodyLocksAnotherOut(t *testing.T) {
	s, clock := newState(t)
	a := annie(t, s)
	attacker, home := state.From{Address: "192.0.2.1"}, state.From{Address: "198.51.100.7"}
	browser, err := s.Recognise(t.Context(), a, "")
	must(t, err)
	beside := state.From{Address: attacker.Address, Browser: browser}
	throttled := 0
	for range 40 {
		if guess(t, s, "annie", attacker) == fhir.Throttled {
			throttled++
		}
		if guess(t, s, "annie", state.From{Address: attacker.Address, Browser: state.NewSecret()}) == fhir.Throttled {
			throttled++
		}
		clock.pass(100 * time.Millisecond)
	}
	if throttled < 65 {
		t.Errorf("only %d of 80 guesses were refused", throttled)
	}
	for what, from := range map[string]state.From{"another address": home, "the known browser": beside} {
		if _, err := s.Authenticate(t.Context(), "annie", password, from); err != nil {
			t.Errorf("from %s: %v", what, err)
		}
	}
	// The known browser isn't a way around the limit, and is known for this account alone.
	for range 5 {
		if kind := guess(t, s, "annie", beside); kind != fhir.Unauthenticated {
			t.Fatal(kind)
		}
	}
	if kind := guess(t, s, "annie", beside); kind != fhir.Throttled {
		t.Errorf("six guesses from the known browser: %d", kind)
	}
	for range 4 {
		guess(t, s, "bob", attacker)
	}
	guess(t, s, "bob", beside)
	if kind := guess(t, s, "bob", beside); kind != fhir.Throttled {
		t.Errorf("known to one account, the browser guesses at others: %d", kind)
	}
}

// E5: guesses that are spread over many networks get few tries from each, and the right password is heard from a new
// one all the same.
func TestE5_SpreadGuessesGetOneTryEach(t *testing.T) {
	s, _ := newState(t)
	annie(t, s)
	must(t, s.Press(t.Context(), "annie"))
	from := state.From{Address: "203.0.113.9"}
	guess(t, s, "annie", from)
	if kind := guess(t, s, "annie", from); kind != fhir.Throttled {
		t.Errorf("a second guess from a new network: %d", kind)
	}
	if _, err := s.Authenticate(t.Context(), "annie", password, state.From{Address: "203.0.113.10"}); err != nil {
		t.Errorf("the right password from another: %v", err)
	}
}

// E5: a name that somebody made up leaves nothing that grows with the names, and is told from none that exists.
func TestE5_MadeUpNamesLeaveNoRecords(t *testing.T) {
	r, st := newStore(t)
	annie(t, st)
	count := func() (n int) {
		for _, namespace := range []string{"smart.attempts", "smart.browser", "smart.account", "smart.account-name"} {
			must(t, r.Scan(t.Context(), namespace, "", func(rec store.Record) bool {
				n++
				if strings.Contains(string(rec.Value)+rec.Key, "made-up") {
					t.Errorf("%s keeps a name: %s", namespace, rec.Value)
				}
				return true
			}))
		}
		return n
	}
	guess(t, st, "annie", state.From{Address: "192.0.2.1"})
	before := count()
	for i := range 8 {
		guess(t, st, fmt.Sprintf("made-up-%d", i), state.From{Address: "192.0.2.1", Browser: "made up"})
	}
	if after := count(); after != before {
		t.Errorf("%d records became %d", before, after)
	}
}

// E8: a clock that is set back makes no session end, and nobody wait longer than the longest wait.
func TestE8_AClockThatIsSetBackEndsNoSession(t *testing.T) {
	s, clock := newState(t)
	annie(t, s)
	for range 12 {
		guess(t, s, "bob", state.From{Address: "192.0.2.1"})
		clock.pass(10 * time.Minute)
	}
	guess(t, s, "bob", state.From{Address: "192.0.2.1"})
	clock.pass(-time.Hour)
	a, err := s.Authenticate(t.Context(), "annie", password, state.From{Address: "192.0.2.1"})
	must(t, err)
	cookie, _, err := s.SignIn(t.Context(), a)
	must(t, err)
	if _, err := s.Session(t.Context(), cookie); err != nil {
		t.Errorf("signed in, and signed out at once: %v", err)
	}
	if kind := guess(t, s, "bob", state.From{Address: "192.0.2.1"}); kind != fhir.Unauthenticated {
		t.Errorf("a wait of before: %d", kind)
	}
	must(t, s.SetPassword(t.Context(), "annie", "another password"))
	_, err = s.Session(t.Context(), cookie)
	wants(t, "a session of the old password", err, fhir.NotFound)
}
