package state_test

import (
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// clock stands still until a test puts it forward, so that no test depends on how fast the machine is.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// newState is the state of an empty store.
func newState(t testing.TB) (*state.Store, *clock) {
	t.Helper()
	_, s, c := open(t)
	return s, c
}

// newStore is the same with the records that it keeps.
func newStore(t testing.TB) (store.Records, *state.Store) {
	t.Helper()
	st, s, _ := open(t)
	return st.Records(), s
}

func open(t testing.TB) (*store.Store, *state.Store, *clock) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	st := store.Open(memory.Open(r), r, store.Options{Base: "http://frontdesk.example/fhir"})
	t.Cleanup(func() { st.Close() })
	return st, state.New(st, c.now), c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails unless err is of a kind.
func wants(t testing.TB, what string, err error, kind fhir.Kind) {
	t.Helper()
	if err == nil || fhir.KindOf(err) != kind {
		t.Errorf("%s: got %v, want an error of kind %d", what, err, kind)
	}
}

const password = "correct horse battery"

// annie adds an account.
func annie(t testing.TB, s *state.Store) state.Account {
	t.Helper()
	must(t, s.AddAccount(t.Context(), state.Account{Name: "Annie", Person: "Patient/annie", NHSNumber: "999 000 0018",
		Upstream: []state.Identity{{Issuer: "https://login.example", Subject: "a1"}}}, password))
	a, err := s.Account(t.Context(), "annie")
	must(t, err)
	return a
}
