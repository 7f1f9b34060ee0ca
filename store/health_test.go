package store_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// ailing is a Backend whose probes wait until they may answer.
type ailing struct {
	store.Backend
	answer chan error
	asked  atomic.Int64
}

func (a *ailing) Health(context.Context) error {
	a.asked.Add(1)
	return <-a.answer
}

// TestE1_ManyWhoAskForTheHealthAreOneProbe, who goes before it is answered hears so at once, and the others hear what
// was found.
func TestE1_ManyWhoAskForTheHealthAreOneProbe(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	a := &ailing{Backend: memory.Open(r), answer: make(chan error)}
	s := store.Open(a, r, store.Options{Base: base})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Health(gone); fhir.KindOf(err) != fhir.TimedOut {
		t.Errorf("who has gone: %v", err)
	}
	broken := errors.New("broken")
	found := make(chan error)
	for range 20 {
		go func() { found <- s.Health(t.Context()) }()
	}
	a.answer <- broken
	for range 20 {
		if err := <-found; !errors.Is(err, broken) {
			t.Errorf("found %v, want %v", err, broken)
		}
	}
	if n := a.asked.Load(); n != 1 {
		t.Errorf("%d probes were made, want 1", n)
	}
}
