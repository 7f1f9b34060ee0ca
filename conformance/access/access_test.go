package access_test

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"testing"

	"frontdesk/conformance/access"
	"frontdesk/conformance/checks"
	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/sqlite"
)

var quiet = slog.New(slog.DiscardHandler)

// opener opens a backend, in a folder of its own if it needs one.
type opener func(t testing.TB, r *spec.Registry, folder string) (store.Backend, error)

// backends are those that the suites run on.
var backends = map[string]opener{
	"memory": func(_ testing.TB, r *spec.Registry, _ string) (store.Backend, error) { return memory.Open(r), nil },
	"sqlite": func(t testing.TB, r *spec.Registry, folder string) (store.Backend, error) {
		return sqlite.Open(t.Context(), folder, r, sqlite.Options{Logger: quiet, Base: "http://w.example/fhir"})
	},
	"mongodb": func(t testing.TB, r *spec.Registry, _ string) (store.Backend, error) {
		return opentest.Open(t, r, mongo.Options{Base: "http://w.example/fhir"}), nil
	},
}

// open makes an empty server.
func open(backend opener) access.Open {
	return func(t testing.TB, s access.Settings) (http.Handler, func()) {
		t.Helper()
		r, err := spec.Load()
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		b, err := backend(t, r, folder)
		if err != nil {
			t.Fatal(err)
		}
		st := store.Open(b, r, store.Options{Base: s.Base, NewID: s.NewID, Rules: s.Rules(r, b.Records()), Logger: quiet})
		h, err := handlers.New(handlers.Options{Store: st, Grant: s.Grant, Base: s.Base, Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		return h, func() {
			if err := errors.Join(st.Close(), os.RemoveAll(folder)); err != nil { // there are thousands
				t.Error(err)
			}
		}
	}
}

// FRONTDESK_ACCESS_EVERY=1 asks every holder every question.
func TestMatrix(t *testing.T) {
	for name, backend := range backends {
		every := map[string]int{"memory": 8, "sqlite": 30, "mongodb": 30}[name]
		t.Run(name, func(t *testing.T) {
			checks.Count(t, "access questions", name, access.TestMatrix(t, open(backend), number(t, "FRONTDESK_ACCESS_EVERY", every)))
		})
	}
}

// FRONTDESK_ACCESS_SEQUENCES says how many sequences are run on each backend, FRONTDESK_ACCESS_SEED where they begin.
func TestInterference(t *testing.T) {
	for name, backend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			usual := map[string]int{"memory": 200, "sqlite": 40, "mongodb": 40}[name]
			checks.Count(t, "access requests in sequences", name, access.TestInterference(t, open(backend), uint64(number(t, "FRONTDESK_ACCESS_SEED", 1)),
				number(t, "FRONTDESK_ACCESS_SEQUENCES", usual)))
		})
	}
}

func number(t *testing.T, name string, usual int) int {
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(usual)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
