package smart_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/handlers/smart/state"
)

// keyServer publishes a JWKS and counts.
type keyServer struct {
	*httptest.Server
	fetched atomic.Int64
	mu      sync.Mutex
	keys    json.RawMessage
	cache   string
}

func serveKeys(t testing.TB, keys json.RawMessage, cache string) *keyServer {
	s := &keyServer{keys: keys, cache: cache}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.fetched.Add(1)
		s.mu.Lock()
		defer s.mu.Unlock()
		w.Header().Set("Cache-Control", s.cache)
		w.Write(s.keys)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *keyServer) rotate(keys json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = keys
}

func TestC7_KeysAreKeptNoLongerThanTheirCacheControl(t *testing.T) {
	w := newWorld(t)
	keys := serveKeys(t, jwks(t, ecKey()), "public, max-age=300")
	w.back(func(c *state.Client) { c.JWKS, c.JWKSURL = nil, keys.URL })
	works := func(when string, want bool) {
		t.Helper()
		if a := w.service(w.assert(), nil); (a.status == http.StatusOK) != want {
			t.Errorf("%s: %d %v", when, a.status, a.body)
		}
	}
	works("first", true)
	works("again", true)
	if n := keys.fetched.Load(); n != 1 {
		t.Errorf("fetched %d times within max-age", n)
	}
	keys.rotate(jwks(t, otherKey()))
	w.clock.pass(299 * time.Second)
	works("within max-age, by the old key", true)
	w.clock.pass(2 * time.Second)
	works("after max-age, by the old key", false)
	if n := keys.fetched.Load(); n != 2 {
		t.Errorf("fetched %d times", n)
	}
}

func TestC7_KeysThatMayNotBeStoredAreFetchedForEveryGoodAssertion(t *testing.T) {
	w := newWorld(t)
	keys := serveKeys(t, jwks(t, ecKey()), "no-store")
	w.back(func(c *state.Client) { c.JWKS, c.JWKSURL = nil, keys.URL })
	for range 3 {
		if a := w.service(w.assert(), nil); a.status != http.StatusOK {
			t.Fatalf("%v", a.body)
		}
	}
	if n := keys.fetched.Load(); n != 3 {
		t.Errorf("fetched %d times for 3 assertions", n)
	}
	for range 20 { // anybody can make these
		w.refuses("forged", w.service(w.assert(func(a *assertion) { a.key = otherKey() }), nil), "invalid_client")
	}
	if n := keys.fetched.Load(); n > 4 {
		t.Errorf("forged assertions made it fetch %d times", n-3)
	}
}

func TestC7_AForeignKidFloodFetchesOnceAMinute(t *testing.T) {
	w := newWorld(t)
	keys := serveKeys(t, jwks(t, ecKey()), "max-age=3600")
	w.back(func(c *state.Client) { c.JWKS, c.JWKSURL = nil, keys.URL })
	flood := func() {
		for range 50 {
			w.refuses("foreign", w.service(w.assert(func(a *assertion) { a.header["kid"] = state.NewSecret() }), nil), "invalid_client")
		}
	}
	flood()
	if n := keys.fetched.Load(); n != 1 {
		t.Errorf("fetched %d times in the first minute", n)
	}
	w.clock.pass(61 * time.Second)
	flood()
	if n := keys.fetched.Load(); n != 2 {
		t.Errorf("fetched %d times in two minutes", n)
	}
	// A key that is new there works a minute after the last fetch.
	keys.rotate(jwks(t, ecKey(), otherKey()))
	w.clock.pass(61 * time.Second)
	byNew := func(a *assertion) { a.key, a.header["kid"] = otherKey(), "2" }
	if a := w.service(w.assert(byNew), nil); a.status != http.StatusOK {
		t.Errorf("the new key: %v", a.body)
	}
}

// A key set that is huge, slow to end or somewhere else by a redirect is no key set.
func TestC7_AHostileKeyServerIsNotTrusted(t *testing.T) {
	w := newWorld(t)
	real := serveKeys(t, jwks(t, ecKey()), "max-age=60")
	for what, handler := range map[string]http.HandlerFunc{
		"redirect": func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, real.URL, http.StatusFound) },
		"huge": func(rw http.ResponseWriter, _ *http.Request) {
			for range 600 {
				rw.Write(make([]byte, 1024))
			}
		},
		"an error": func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no", http.StatusInternalServerError) },
		"no JSON":  func(rw http.ResponseWriter, _ *http.Request) { rw.Write([]byte("<html>")) },
	} {
		hostile := httptest.NewServer(handler)
		t.Cleanup(hostile.Close)
		id := "c" + state.NewSecret()
		w.back(func(c *state.Client) { c.ID, c.JWKS, c.JWKSURL = id, nil, hostile.URL })
		w.refuses(what, w.service(w.assert(from(id)), nil), "invalid_client")
	}
}
