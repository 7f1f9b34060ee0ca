package store_test

import (
	"context"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/sqlite"
)

// backends are those that the Session is tested on.
var backends = map[string]func(testing.TB, *spec.Registry) store.Backend{
	"memory": func(_ testing.TB, r *spec.Registry) store.Backend { return memory.Open(r) },
	"wide":   func(_ testing.TB, r *spec.Registry) store.Backend { return wide{memory.Open(r)} },
	"sqlite": func(t testing.TB, r *spec.Registry) store.Backend {
		b, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Base: base})
		if err != nil {
			t.Fatal(err)
		}
		return b
	},
	"mongo": func(t testing.TB, r *spec.Registry) store.Backend {
		return opentest.Open(t, r, mongo.Options{Base: base})
	},
}

// wide gives histories whatever the compartment, so that all the judging is left to the Session.
type wide struct{ store.Backend }

func (w wide) History(ctx context.Context, s store.Scope) (*store.Page, error) {
	s.Compartment = ""
	return w.Backend.History(ctx, s)
}
