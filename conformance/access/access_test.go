package access_test

import (
	"log/slog"
	"net/http"
	"testing"

	"frontdesk/conformance/access"
	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"
)

var quiet = slog.New(slog.DiscardHandler)

// backends are those that the suites run on.
var backends = map[string]func(testing.TB, *spec.Registry) (store.Backend, error){
	"memory": func(_ testing.TB, r *spec.Registry) (store.Backend, error) { return memory.Open(r), nil },
	"sqlite": func(t testing.TB, r *spec.Registry) (store.Backend, error) {
		return sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Logger: quiet, Base: "http://w.example/fhir"})
	},
}

// open makes an empty server.
func open(backend func(testing.TB, *spec.Registry) (store.Backend, error)) access.Open {
	return func(t testing.TB, s access.Settings) (http.Handler, func()) {
		t.Helper()
		r, err := spec.Load()
		if err != nil {
			t.Fatal(err)
		}
		b, err := backend(t, r)
		if err != nil {
			t.Fatal(err)
		}
		o := store.Options{Base: s.Base, NewID: s.NewID, Logger: quiet}
		if s.References {
			o.Rules = []store.Rule{rules.References{Base: s.Base}}
		}
		st := store.Open(b, r, o)
		h, err := handlers.New(handlers.Options{Store: st, Grant: s.Grant, Base: s.Base, Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		return h, func() {
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMatrix(t *testing.T) {
	for name, backend := range backends {
		t.Run(name, func(t *testing.T) { access.TestMatrix(t, open(backend)) })
	}
}
