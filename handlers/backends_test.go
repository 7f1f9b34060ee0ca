package handlers_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

// shared is a client that may do everything, on a store that others can be let in to.
type shared struct {
	client
	store *store.Store
}

// everyBackend runs a test on an empty store of each kind.
func everyBackend(t *testing.T, test func(*testing.T, shared)) {
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(*testing.T) store.Backend{
		"memory": func(*testing.T) store.Backend { return memory.Open(r) },
		"sqlite": func(t *testing.T) store.Backend { return embedded(t, r) },
	} {
		t.Run(name, func(t *testing.T) {
			st := store.Open(open(t), r, store.Options{Base: base})
			t.Cleanup(func() {
				if err := st.Close(); err != nil {
					t.Error(err)
				}
			})
			s := shared{client{TB: t}, st}
			s.client = s.as(access.Everything("test"))
			test(t, s)
		})
	}
}

func embedded(t *testing.T, r *spec.Registry) store.Backend {
	b, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{Logger: slog.New(slog.DiscardHandler), Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// as is the same store as another caller sees it.
func (s shared) as(g access.Grant, change ...func(*handlers.Options)) client {
	return newClient(s.TB, append(change, func(o *handlers.Options) {
		o.Store = s.store
		o.Grant = func(*http.Request) (access.Grant, error) { return g, nil }
	})...)
}

// walk follows the links from page to page and gives what is on them as "Type/id". A page is never empty unless it is
// the only one.
func (c client) walk(path string) (all []string) {
	c.Helper()
	for n := 0; path != ""; n++ {
		b := c.do("GET", path, "").is(http.StatusOK).bundle()
		for _, e := range b.Entry {
			all = append(all, strings.TrimPrefix(e.FullURL, base+"/"))
		}
		if n > 0 && len(b.Entry) == 0 || n > 10_000 {
			c.Fatalf("%s: page %d is empty", path, n)
		}
		path = strings.TrimPrefix(b.link("next"), base)
	}
	return all
}
