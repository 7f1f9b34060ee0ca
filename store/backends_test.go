package store_test

import (
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// backends are those that the Session is tested on.
var backends = map[string]func(testing.TB, *spec.Registry) store.Backend{
	"memory": func(_ testing.TB, r *spec.Registry) store.Backend { return memory.Open(r) },
	"sqlite": func(t testing.TB, r *spec.Registry) store.Backend {
		b, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Base: base})
		if err != nil {
			t.Fatal(err)
		}
		return b
	},
}
