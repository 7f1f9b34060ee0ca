package store_test

import (
	"context"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// hasty is a Backend whose clients go in the moment in which a commit is made.
type hasty struct {
	store.Backend
	gone context.CancelFunc
}

func (h *hasty) Apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	out, err := h.Backend.Apply(ctx, b)
	if err == nil && h.gone != nil {
		h.gone()
	}
	return out, err
}

// lively is an Observer that can't take down what it is told under a dead context, as the audit trail can't while it
// waits for its turn.
type lively struct{ told int }

func (l *lively) Observe(ctx context.Context, _ *store.Access) error {
	if ctx.Err() == nil {
		l.told++
	}
	return ctx.Err()
}

// TestE1_WhatWasCommittedIsToldAlthoughTheClientHasGone: it is no error, the audit hears of it, and what follows from
// it is done.
func TestE1_WhatWasCommittedIsToldAlthoughTheClientHasGone(t *testing.T) {
	key := fhir.Key{Type: "Observation", ID: "oa"}
	for name, do := range map[string]func(context.Context, *kit, *store.Session) error{
		"Write": func(ctx context.Context, k *kit, s *store.Session) error {
			_, err := s.Write(ctx, k.put(resultJSON("oa", "a", "na")))
			return err
		},
		"Transact": func(ctx context.Context, k *kit, s *store.Session) error {
			_, err := s.Transact(ctx, []store.Change{k.put(resultJSON("oa", "a", "na"))})
			return err
		},
		"Mark": func(ctx context.Context, _ *kit, s *store.Session) error {
			return s.Mark(ctx, key, func(f fhir.Facts) fhir.Facts { f.Hidden = true; return f })
		},
		"Hide": func(ctx context.Context, _ *kit, s *store.Session) error { return s.Hide(ctx, key, true) },
		"Operate": func(ctx context.Context, _ *kit, s *store.Session) error {
			return s.Operate(ctx, store.Operation{Key: key}, func(s *store.Session) error { return s.Hide(ctx, key, true) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := spec.Load()
			if err != nil {
				t.Fatal(err)
			}
			h := &hasty{Backend: memory.Open(r)}
			s := store.Open(h, r, store.Options{Base: base})
			k := &kit{Session: s.As(access.Everything("test"), store.Unobserved), t: t, r: r, store: s}
			surgery(k)
			ctx, cancel := context.WithCancel(t.Context())
			h.gone = cancel
			told := &lively{}
			if err := do(ctx, k, s.As(access.Everything("test"), told)); err != nil || told.told != 1 {
				t.Errorf("what was committed is answered %v, and told %d times", err, told.told)
			}
		})
	}
}
