package state_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// app is a public client.
func app(id string) state.Client {
	return state.Client{ID: id, Name: "An app", Kind: state.Public, Redirects: []string{"https://app.example/after"}, Scopes: "patient/*.rs"}
}

func TestAClientThatCouldNotBeTrustedIsRefused(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	set := func(key any) json.RawMessage {
		text, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key, KeyID: "1"}}})
		must(t, err)
		return text
	}
	redirect := func(u string) func(*state.Client) { return func(c *state.Client) { c.Redirects = []string{u} } }
	for what, change := range map[string]func(*state.Client){
		"no id":               func(c *state.Client) { c.ID = "" },
		"a slash in its id":   func(c *state.Client) { c.ID = "a/b" },
		"no scopes":           func(c *state.Client) { c.Scopes = " " },
		"no kind":             func(c *state.Client) { c.Kind = "" },
		"nowhere to redirect": func(c *state.Client) { c.Redirects = nil },
		"plain http":          redirect("http://app.example/after"),
		"fragment":            redirect("https://app.example/after#x"),
		"user":                redirect("https://user@app.example/after"),
		"wildcard":            redirect("https://*.example/after"),
		"script":              redirect("javascript:alert(1)"),
		"data":                redirect("data:text/html,hi"),
		"relative":            redirect("/after"),
		"launch URL": func(c *state.Client) {
			c.Launches = state.URLs{"https://app.example/launch", "http://app.example/launch"}
		},
		"public with a secret": func(c *state.Client) { c.Secret = "x" },
		"no secret":            func(c *state.Client) { c.Kind = state.Symmetric },
		"no keys":              func(c *state.Client) { c.Kind = state.Asymmetric },
		"keys twice": func(c *state.Client) {
			c.Kind, c.JWKS, c.JWKSURL = state.Asymmetric, set(private.Public()), "https://app.example/jwks"
		},
		"a private key": func(c *state.Client) { c.Kind, c.JWKS = state.Asymmetric, set(private) },
		"no key":        func(c *state.Client) { c.Kind, c.JWKS = state.Asymmetric, json.RawMessage(`{"keys":[]}`) },
		"keys by http":  func(c *state.Client) { c.Kind, c.JWKSURL = state.Asymmetric, "http://app.example/jwks" },
	} {
		s, _ := newState(t)
		c := app("app")
		change(&c)
		wants(t, what, s.AddClient(t.Context(), c), fhir.Invalid)
	}
	s, _ := newState(t)
	for i, u := range []string{"https://app.example/after?x=1", "http://127.0.0.1:3000/", "http://localhost/cb", "org.example.app:/after"} {
		c := app("app" + string(rune('a'+i)))
		c.Redirects = []string{u}
		if err := s.AddClient(t.Context(), c); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
	wants(t, "the id of another", s.AddClient(t.Context(), app("appa")), fhir.Conflict)
	inline := state.Client{ID: "back", Kind: state.Asymmetric, JWKS: set(private.Public()), Scopes: "system/*.rs"}
	if err := s.AddClient(t.Context(), inline); err != nil {
		t.Error(err)
	}
}

func TestASecretIsKnownByItsHash(t *testing.T) {
	_, err := state.HashSecret("short")
	wants(t, "a short secret", err, fhir.Invalid)
	secret := state.NewSecret()
	hash, err := state.HashSecret(secret)
	must(t, err)
	c := state.Client{Kind: state.Symmetric, Secret: hash}
	now := time.Now()
	if !c.Knows(secret, now) || c.Knows(secret+"x", now) || c.Knows("", now) || c.Knows(hash, now) {
		t.Error("a secret is told wrongly")
	}
	next := state.NewSecret()
	hash, err = state.HashSecret(next)
	must(t, err)
	must(t, c.NewSecret(hash, now, time.Hour))
	if !c.Knows(next, now) || !c.Knows(secret, now.Add(59*time.Minute)) || c.Knows(secret, now.Add(time.Hour)) || c.Knows("", now) {
		t.Error("the two secrets don't overlap as they should")
	}
	must(t, c.NewSecret(hash, now, 0))
	if c.Knows(secret, now) || !c.Knows(next, now) {
		t.Error("without overlap the old secret is good")
	}
	if c := (state.Client{Kind: state.Public}); c.Knows("", now) {
		t.Error("a public client knows a secret")
	}
}

func TestOriginsAreThoseOfRegisteredApps(t *testing.T) {
	s, clock := newState(t)
	must(t, s.AddClient(t.Context(), app("app")))
	for origin, want := range map[string]bool{
		"https://app.example": true, "http://app.example": false, "https://app.example:444": false, "https://app.example.evil.example": false, "null": false, "": false,
	} {
		if got := s.Origin(t.Context(), origin); got != want {
			t.Errorf("%q: %v", origin, got)
		}
	}
	other := app("other")
	other.Redirects, other.Launches = []string{"org.example.app:/after"}, state.URLs{"https://other.example/launch"}
	must(t, s.AddClient(t.Context(), other))
	clock.pass(6 * time.Second)
	if !s.Origin(t.Context(), "https://other.example") {
		t.Error("a new app isn't known after six seconds")
	}
}

// Two instances that start together make one signing key.
func TestOneSigningKeyIsMade(t *testing.T) {
	s, _ := newState(t)
	ids := make([]string, 4)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			k, err := s.SigningKey(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = k.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("keys differ: %q", ids)
		}
	}
}

func TestARetiredKeyIsServedUntilItsTokensAreDead(t *testing.T) {
	s, clock := newState(t)
	old, err := s.SigningKey(t.Context())
	must(t, err)
	clock.pass(time.Second)
	must(t, s.RotateKeys(t.Context()))
	now, err := s.SigningKey(t.Context())
	must(t, err)
	keys, err := s.Keys(t.Context())
	must(t, err)
	if now.ID == old.ID || len(keys) != 2 || keys[0].ID != now.ID || keys[1].ID != old.ID || keys[1].Retired.IsZero() {
		t.Errorf("after rotation: %q, %d keys", now.ID, len(keys))
	}
	if shown := keys[0].Public(); !shown.IsPublic() {
		t.Error("the private part is shown")
	}
	clock.pass(state.KeyOverlap)
	if keys, err = s.Keys(t.Context()); err != nil || len(keys) != 1 {
		t.Error(len(keys), err)
	}
	_, err = s.Key(t.Context(), old.ID)
	wants(t, "the old key", err, fhir.NotFound)
}

// C3: what is registered of an app can change without what people allowed it being lost.
func TestC3_AnAppIsUpdatedAndKeepsWhatWasAllowed(t *testing.T) {
	s, _ := newState(t)
	must(t, s.AddClient(t.Context(), app("app")))
	err := s.AddClient(t.Context(), app("app"))
	wants(t, "again", err, fhir.Conflict)
	if text := err.(*fhir.Error).Issues[0].Text; strings.Contains(text, "precondition") || !strings.Contains(text, "client update") {
		t.Errorf("a taken client_id: %s", text)
	}
	a, err := s.Approve(t.Context(), state.Approval{Client: "app", Account: "annie"})
	must(t, err)
	_, err = s.UpdateClient(t.Context(), "app", func(c *state.Client) error {
		c.Redirects = append(c.Redirects, "https://app.example/other")
		c.Launches = state.URLs{"https://app.example/launch", "https://app.example/forms"}
		return nil
	})
	must(t, err)
	c, err := s.Client(t.Context(), "app")
	must(t, err)
	if len(c.Redirects) != 2 || len(c.Launches) != 2 || c.Name != "An app" {
		t.Errorf("%+v", c)
	}
	if _, err := s.Approval(t.Context(), a.ID); err != nil {
		t.Errorf("what was allowed: %v", err)
	}
	_, err = s.UpdateClient(t.Context(), "app", func(c *state.Client) error { c.Redirects = []string{"http://app.example/"}; return nil })
	wants(t, "a redirect that can't be", err, fhir.Invalid)
	_, err = s.UpdateClient(t.Context(), "nobody", func(*state.Client) error { return nil })
	wants(t, "no such app", err, fhir.NotFound)
}

// A launch URL that was kept alone, before an app could have several, is a list of one.
func TestALaunchURLThatWasKeptAloneIsRead(t *testing.T) {
	var c state.Client
	must(t, json.Unmarshal([]byte(`{"id":"app","launch":"https://app.example/launch"}`), &c))
	if len(c.Launches) != 1 || c.Launches[0] != "https://app.example/launch" {
		t.Errorf("%v", c.Launches)
	}
}
