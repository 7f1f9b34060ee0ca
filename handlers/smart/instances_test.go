package smart_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
	"frontdesk/store/sqlite"
)

// onEach runs a test on a world of each durable store. second is the store as another instance of the program has it:
// the embedded store takes only one, so there it is the same.
func onEach(t *testing.T, test func(t *testing.T, w *world, second *store.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		w := newWorldOn(t, func(r *spec.Registry) store.Backend {
			b, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{})
			must(t, err)
			return b
		})
		test(t, w, w.store)
	})
	t.Run("mongodb", func(t *testing.T) {
		open, dir := opentest.Opener(t, opentest.URI(t), mongo.Options{}), t.TempDir()
		var backends [2]store.Backend
		var registry *spec.Registry
		w := newWorldOn(t, func(r *spec.Registry) store.Backend {
			registry = r
			for i := range backends {
				var err error
				backends[i], err = open(dir, r)
				must(t, err)
			}
			return backends[0]
		})
		second := store.Open(backends[1], registry, store.Options{Base: w.base})
		t.Cleanup(func() { must(t, second.Close()) })
		test(t, w, second)
	})
}

// other is another instance of the authorization server, which remembers nothing of what the first did.
func (w *world) other(st *store.Store) *smart.Server {
	w.t.Helper()
	s, err := smart.New(smart.Options{Store: st, State: state.New(st, w.clock.now), Base: w.base, Grant: w.verifier.Grant,
		Interact: func(*smart.Server) smart.Interaction { return w.person }})
	must(w.t, err)
	return s
}

// ask sends a form to an instance.
func (w *world) ask(s *smart.Server, path string, form url.Values) answer {
	r := httptest.NewRequest(http.MethodPost, w.auth+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header()}
	json.Unmarshal(rec.Body.Bytes(), &a.body) // what is no JSON has no members
	return a
}

// I8: what one instance gave, another takes; what one has used up, another refuses; and they sign by one key.
func TestI8_TwoInstancesAreOne(t *testing.T) { onEach(t, twoInstancesAreOne) }

func twoInstancesAreOne(t *testing.T, w *world, other *store.Store) {
	w.register()
	w.back()
	second := w.other(other)
	a := w.ask(second, "/token", redemption(w.code(map[string]string{"scope": offline})))
	if a.status != http.StatusOK || !w.alive(a.str("access_token")) {
		t.Fatalf("a code of the first at the second: %v", a.body)
	}
	w.verified(a.str("id_token"), "app")
	first := w.refresh(a.str("refresh_token"), nil)
	if first.status != http.StatusOK {
		t.Fatalf("a refresh token of the second at the first: %v", first.body)
	}
	assertion := w.assert()
	if a := w.ask(second, "/token", credentials(assertion)); a.status != http.StatusOK {
		t.Fatalf("%v", a.body)
	}
	w.refuses("a jti the second has seen", w.service(assertion, nil), "invalid_client")
	w.clock.pass(time.Minute)
	old := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.str("refresh_token")}, "client_id": {"app"}}
	w.refuses("a rotated token at the second", w.ask(second, "/token", old), "invalid_grant")
	w.refuses("its family at the first", w.refresh(first.str("refresh_token"), nil), "invalid_grant")
}

// Two instances that are shown one code at once give tokens for it once.
func TestI8_ARaceBetweenInstancesHasOneWinner(t *testing.T) { onEach(t, aRaceHasOneWinner) }

func aRaceHasOneWinner(t *testing.T, w *world, other *store.Store) {
	w.register()
	servers := []*smart.Server{w.other(w.store), w.other(other)}
	for range 5 {
		form := redemption(w.code(nil))
		answers := make([]answer, 6)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = w.ask(servers[i%2], "/token", form) })
		}
		all.Wait()
		won := 0
		for _, a := range answers {
			if a.status == http.StatusOK {
				won++
			} else {
				w.refuses("a loser", a, "invalid_grant")
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	}
}
