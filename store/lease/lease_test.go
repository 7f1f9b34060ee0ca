package lease_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/lease"
)

func newStore(t *testing.T) *store.Store {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return store.Open(memory.Open(r), r, store.Options{})
}

// silenced is a store of which a process hears nothing any more, as one that is cut off or was stopped for a while.
type silenced struct {
	store.Backend
	cut atomic.Bool
}

func (s *silenced) Apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	if s.cut.Load() {
		return nil, fhir.Errorf(fhir.Unavailable, "", "cut off")
	}
	return s.Backend.Apply(ctx, b)
}

func TestALeaseIsOnesUntilGivenBack(t *testing.T) {
	st := newStore(t)
	place := lease.Place{Namespace: "test", Key: "k", Lasts: time.Hour}
	one, err := lease.Wait(t.Context(), st, place)
	if err != nil {
		t.Fatal(err)
	}
	var w lease.Watch
	for range 3 {
		if other, err := lease.Try(t.Context(), st, place, &w); other != nil || err != nil {
			t.Fatalf("another has taken it: %v", err)
		}
	}
	if err := one.Release(t.Context(), store.RecordWrite{Namespace: "test", Key: "done", Value: []byte("1"),
		Revision: 0}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Records().Get(t.Context(), "test", "done"); err != nil {
		t.Error("the record of the release:", err)
	}
	other, err := lease.Try(t.Context(), st, place, &w)
	if other == nil || err != nil {
		t.Fatalf("given back, it can't be taken: %v", err)
	}
	if err := one.Write(t.Context(), store.RecordWrite{Namespace: "test", Key: "late", Value: []byte("1"),
		Revision: -1}); fhir.KindOf(err) != fhir.Conflict {
		t.Errorf("who has given it back writes still: %v", err)
	}
	if err := other.Remove(t.Context()); err != nil {
		t.Error(err)
	}
}

// deaf is a store whose answers get lost while it is told so: what was asked for is done.
type deaf struct {
	store.Backend
	now atomic.Bool
}

func (d *deaf) Apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	out, err := d.Backend.Apply(ctx, b)
	if d.now.Load() && err == nil {
		return nil, fhir.Errorf(fhir.Unavailable, "", "done, and nobody told")
	}
	return out, err
}

func TestALostAnswerLosesNoLease(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := &deaf{Backend: memory.Open(r)}
	l, err := lease.Wait(t.Context(), store.Open(d, r, store.Options{}), lease.Place{Namespace: "test", Key: "k",
		Lasts: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	d.now.Store(true)
	for range 2 {
		if err := l.Write(t.Context()); err == nil || fhir.KindOf(err) != fhir.Unavailable {
			t.Fatalf("the answer was lost: %v", err)
		}
	}
	d.now.Store(false)
	if err := l.Write(t.Context()); err != nil || l.Context().Err() != nil {
		t.Errorf("afterwards: %v, %v", err, l.Context().Err())
	}
	if err := l.Release(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestALeaseOfWhoIsSilentIsTaken: and who was silent can't write any more, though it doesn't know.
func TestALeaseOfWhoIsSilentIsTaken(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := memory.Open(r)
	cut := &silenced{Backend: b}
	here, there := store.Open(cut, r, store.Options{}), store.Open(b, r, store.Options{})
	place := lease.Place{Namespace: "test", Key: "k", Lasts: 40 * time.Millisecond}
	one, err := lease.Wait(t.Context(), here, place)
	if err != nil {
		t.Fatal(err)
	}
	slow := lease.Place{Namespace: "test", Key: "k", Lasts: time.Hour}
	var w lease.Watch
	if other, _ := lease.Try(t.Context(), there, slow, &w); other != nil {
		t.Fatal("it was taken at first sight")
	}
	cut.cut.Store(true)
	<-one.Context().Done()
	if cause := context.Cause(one.Context()); !errors.Is(cause, lease.ErrLost) {
		t.Errorf("it ended by %v", cause)
	}
	cut.cut.Store(false)
	if err := one.Write(t.Context()); fhir.KindOf(err) != fhir.Conflict {
		t.Errorf("it ended, and writes still, though nobody has taken it yet: %v", err)
	}
	other, err := lease.Wait(t.Context(), there, place)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Write(t.Context(), store.RecordWrite{Namespace: "test", Key: "late", Value: []byte("1"),
		Revision: -1}); fhir.KindOf(err) != fhir.Conflict {
		t.Errorf("who has lost it writes still: %v", err)
	}
	if _, err := there.Records().Get(t.Context(), "test", "late"); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("what it wrote is there: %v", err)
	}
	if err := other.Write(t.Context()); err != nil {
		t.Error("its successor can't write:", err)
	}
}
