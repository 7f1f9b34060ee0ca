package rest_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"frontdesk/conformance/checks"
	"frontdesk/conformance/rest"
	"frontdesk/conformance/rest/filled"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"
)

// stores are those that the suite is run on.
var stores = map[string]func(t testing.TB, r *spec.Registry, base string) (store.Backend, error){
	"sqlite": func(t testing.TB, r *spec.Registry, base string) (store.Backend, error) {
		return sqlite.Open(context.Background(), t.TempDir(), r, sqlite.Options{Logger: slog.New(slog.DiscardHandler), Base: base})
	},
	"mongodb": func(t testing.TB, r *spec.Registry, base string) (store.Backend, error) {
		return opentest.Open(t, r, mongo.Options{Base: base}), nil
	},
}

// serve is Frontdesk itself over the embedded store, on a port of its own.
func serve(t testing.TB) (base string) { return serveOn(t, "sqlite") }

// serveOn is Frontdesk over one of the stores.
func serveOn(t testing.TB, kind string) (base string) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { h.ServeHTTP(w, req) }))
	t.Cleanup(server.Close)
	base = server.URL + "/fhir"
	backend, err := stores[kind](t, r, base)
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(backend, r, store.Options{Base: base, Totals: 100, Rules: []store.Rule{rules.Suspensions{}}})
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	h, err = handlers.New(handlers.Options{
		Store: st, Base: base, Log: quiet, Version: "test",
		Grant: func(*http.Request) (access.Grant, error) { return access.Anyone("test"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// examples are the project's own.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/r4/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("testdata/r4 has no examples: %v", err)
	}
	out := map[string][]byte{}
	for _, path := range paths {
		if out[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// filledIn are examples of every type, made for the purpose.
func filledIn(t testing.TB) map[string][]byte {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range r.Names() {
		for variant := range 2 {
			typ, _ := r.Type(name)
			if out[fmt.Sprintf("filled %s %d", name, variant)], err = filled.Resource(typ, variant); err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// Frontdesk keeps its own promises, on whatever store. FRONTDESK_TEST_BASE points the suite at another server.
func TestREST(t *testing.T) {
	all := examples(t)
	if testing.Short() {
		t.Log("-short: only the examples of the main types are asked for")
	} else {
		maps.Copy(all, filledIn(t))
	}
	if base := os.Getenv("FRONTDESK_TEST_BASE"); base != "" {
		hold(t, base, all)
		return
	}
	for kind := range stores {
		t.Run(kind, func(t *testing.T) {
			proven, answered := hold(t, serveOn(t, kind), all)
			checks.Count(t, "rest claims proven on a value", kind, proven)
			checks.Count(t, "rest claims by an answer", kind, answered)
		})
	}
}

// hold holds a server to its promises, and tells how many claims about search were proven on a value, and how many by
// an answer alone.
func hold(t *testing.T, base string, examples map[string][]byte) (proven, answered int) {
	rest.Test(t, rest.Server{Base: base, Client: http.DefaultClient, Examples: examples, Report: func(p, a int) { proven, answered = p, a }})
	t.Logf("of the claims about search %d were proven on a value, %d by an answer alone", proven, answered)
	return proven, answered
}
