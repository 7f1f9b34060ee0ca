package smart_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"frontdesk/handlers/smart/state"
)

// The keys of clients. Making RSA ones takes long.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { k, _ := rsa.GenerateKey(rand.Reader, 2048); return k })
	ecKey    = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return k })
	otherKey = sync.OnceValue(func() *ecdsa.PrivateKey { k, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader); return k })
)

// jwks are public keys with kids "1", "2" …
func jwks(t testing.TB, keys ...any) json.RawMessage {
	t.Helper()
	var set jose.JSONWebKeySet
	for i, k := range keys {
		private := jose.JSONWebKey{Key: k, KeyID: string(rune('1' + i))}
		set.Keys = append(set.Keys, private.Public())
	}
	text, err := json.Marshal(set)
	must(t, err)
	return text
}

// assertion is a client's, before it's signed.
type assertion struct {
	algorithm jose.SignatureAlgorithm
	key       any
	header    map[jose.HeaderKey]any
	claims    map[string]any
}

// assert signs a good assertion of the client "back" by the EC key of kid 1, with changes.
func (w *world) assert(change ...func(*assertion)) string {
	w.t.Helper()
	a := assertion{jose.ES384, ecKey(), map[jose.HeaderKey]any{"kid": "1", "typ": "JWT"}, map[string]any{
		"iss": "back", "sub": "back", "aud": w.auth + "/token", "exp": w.clock.now().Add(4 * time.Minute).Unix(), "jti": state.NewSecret()}}
	for _, c := range change {
		c(&a)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: a.algorithm, Key: a.key}, &jose.SignerOptions{ExtraHeaders: a.header})
	must(w.t, err)
	text, err := jwt.Signed(signer).Claims(a.claims).Serialize()
	must(w.t, err)
	return text
}

// service asks for a token for a backend service.
func (w *world) service(assertion string, change map[string]string) answer {
	w.t.Helper()
	return w.post("/token", with(url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}, change))
}

// back registers the client "back", which authenticates by keys.
func (w *world) back(change ...func(*state.Client)) {
	w.t.Helper()
	w.register(append([]func(*state.Client){func(c *state.Client) {
		*c = state.Client{ID: "back", Kind: state.Asymmetric, JWKS: jwks(w.t, ecKey(), rsaKey()), Scopes: "system/*.rs"}
	}}, change...)...)
}

func TestC1_KeysAreRegisteredInlineOrByURL(t *testing.T) {
	w := newWorld(t)
	w.back()
	if a := w.service(w.assert(), nil); a.status != http.StatusOK {
		t.Errorf("inline: %v", a.body)
	}
	keys := serveKeys(t, jwks(t, ecKey()), "max-age=60")
	w.back(func(c *state.Client) { c.ID, c.JWKS, c.JWKSURL = "byurl", nil, keys.URL })
	if a := w.service(w.assert(from("byurl")), nil); a.status != http.StatusOK {
		t.Errorf("by URL: %v", a.body)
	}
}

// from makes it another client's.
func from(id string) func(*assertion) {
	return func(a *assertion) { a.claims["iss"], a.claims["sub"] = id, id }
}

func TestC2_AnAssertionIsAsSMARTHasIt(t *testing.T) {
	w := newWorld(t)
	w.back()
	byRSA := func(a *assertion) { a.algorithm, a.key, a.header["kid"] = jose.RS384, rsaKey(), "2" }
	if a := w.service(w.assert(byRSA), nil); a.status != http.StatusOK {
		t.Errorf("RS384: %v", a.body)
	}
	claim := func(name string, value any) func(*assertion) {
		return func(a *assertion) { a.claims[name] = value }
	}
	for what, change := range map[string]func(*assertion){
		"no kid":             func(a *assertion) { delete(a.header, "kid") },
		"no typ":             func(a *assertion) { delete(a.header, "typ") },
		"another typ":        func(a *assertion) { a.header["typ"] = "at+jwt" },
		"no iss":             claim("iss", ""),
		"sub isn't iss":      claim("sub", "another"),
		"no aud":             claim("aud", ""),
		"aud is the issuer":  claim("aud", w.auth),
		"no exp":             func(a *assertion) { delete(a.claims, "exp") },
		"expired":            claim("exp", w.clock.now().Add(-time.Minute).Unix()),
		"exp in six minutes": claim("exp", w.clock.now().Add(6*time.Minute).Unix()),
		"not yet":            claim("nbf", w.clock.now().Add(time.Minute).Unix()),
		"no jti":             func(a *assertion) { delete(a.claims, "jti") },
		"RS256":              func(a *assertion) { a.algorithm, a.key, a.header["kid"] = jose.RS256, rsaKey(), "2" },
		"HS256":              func(a *assertion) { a.algorithm, a.key = jose.HS256, []byte("0123456789abcdef0123456789abcdef") },
		"no such client":     from("nobody"),
	} {
		w.refuses(what, w.service(w.assert(change), nil), "invalid_client")
	}
}

func TestC3_AnAssertionIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	w.back()
	text := w.assert()
	if a := w.service(text, nil); a.status != http.StatusOK {
		t.Fatalf("%v", a.body)
	}
	w.refuses("replayed", w.service(text, nil), "invalid_client")
	w.clock.pass(3 * time.Minute)
	w.refuses("replayed later", w.service(text, nil), "invalid_client")
}

func TestC4_TheJKUIsTheRegisteredURL(t *testing.T) {
	w := newWorld(t)
	keys := serveKeys(t, jwks(t, ecKey()), "max-age=60")
	elsewhere := serveKeys(t, jwks(t, otherKey()), "max-age=60")
	w.back(func(c *state.Client) { c.JWKS, c.JWKSURL = nil, keys.URL })
	jku := func(u string) func(*assertion) { return func(a *assertion) { a.header["jku"] = u } }
	if a := w.service(w.assert(jku(keys.URL)), nil); a.status != http.StatusOK {
		t.Errorf("the registered one: %v", a.body)
	}
	byOther := func(a *assertion) { a.key = otherKey() }
	for _, u := range []string{elsewhere.URL, keys.URL + "/", keys.URL + "?x", ""} {
		w.refuses(u, w.service(w.assert(jku(u), byOther), nil), "invalid_client")
	}
	if n := elsewhere.fetched.Load(); n != 0 {
		t.Errorf("the server was made to fetch %d times from elsewhere", n)
	}
	w.back(func(c *state.Client) { c.ID = "inline" })
	w.refuses("a jku where keys are inline", w.service(w.assert(from("inline"), jku(keys.URL)), nil), "invalid_client")
}

func TestC5_ExactlyOneKeyMatches(t *testing.T) {
	w := newWorld(t)
	two := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: ecKey().Public(), KeyID: "1"}, {Key: otherKey().Public(), KeyID: "1"}, {Key: rsaKey().Public(), KeyID: "2"}}}
	text, err := json.Marshal(two)
	must(t, err)
	w.back(func(c *state.Client) { c.JWKS = text })
	w.refuses("two of a kid", w.service(w.assert(), nil), "invalid_client")
	w.refuses("none of a kid", w.service(w.assert(func(a *assertion) { a.header["kid"] = "3" }), nil), "invalid_client")
	w.refuses("a key of another sort", w.service(w.assert(func(a *assertion) { a.header["kid"] = "2" }), nil), "invalid_client")
	one := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: ecKey().Public(), KeyID: "1"}, {Key: rsaKey().Public(), KeyID: "1"}}}
	text, err = json.Marshal(one)
	must(t, err)
	w.back(func(c *state.Client) { c.ID, c.JWKS = "mixed", text })
	if a := w.service(w.assert(from("mixed")), nil); a.status != http.StatusOK {
		t.Errorf("one of a kid and algorithm: %v", a.body)
	}
}

func TestC6_FailuresAreInvalidClient(t *testing.T) {
	w := newWorld(t)
	w.back()
	w.register(func(c *state.Client) { c.Scopes = "system/*.rs" })
	w.refuses("another's signature", w.service(w.assert(func(a *assertion) { a.key = otherKey() }), nil), "invalid_client")
	w.refuses("no JWT", w.service("rubbish", nil), "invalid_client")
	w.refuses("another type", w.service(w.assert(), map[string]string{"client_assertion_type": "jwt"}), "invalid_client")
	w.refuses("client_id of another", w.service(w.assert(), map[string]string{"client_id": "app"}), "invalid_client")
	w.refuses("a public client's", w.service(w.assert(from("app")), nil), "invalid_client")
	a := w.service(w.assert(func(a *assertion) { a.key = otherKey() }), nil)
	if a.status != http.StatusUnauthorized {
		t.Errorf("status %d", a.status)
	}
}

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

func TestT5_EveryClientAuthenticatesInItsOwnWay(t *testing.T) {
	w := newWorld(t)
	secret := state.NewSecret()
	hash, err := state.HashSecret(secret)
	must(t, err)
	w.register()
	w.register(func(c *state.Client) { c.ID, c.Kind, c.Secret = "sym", state.Symmetric, hash })
	w.register(func(c *state.Client) { c.ID, c.Kind, c.JWKS = "back", state.Asymmetric, jwks(t, ecKey()) })
	code := func(id string) string { return w.code(map[string]string{"client_id": id}) }
	asserted := map[string]string{"client_id": "", "client_assertion": w.assert(), "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
	for what, a := range map[string]answer{
		"public":                     w.redeem(code("app"), nil),
		"secret":                     w.redeem(code("sym"), map[string]string{"client_id": ""}, basic("sym", secret)),
		"secret, client_id repeated": w.redeem(code("sym"), map[string]string{"client_id": "sym"}, basic("sym", secret)),
		"key":                        w.redeem(code("back"), asserted),
	} {
		if a.status != http.StatusOK {
			t.Errorf("%s: %d %v", what, a.status, a.body)
		}
	}
	for what, a := range map[string]answer{
		"no client":              w.redeem(code("app"), map[string]string{"client_id": ""}),
		"unknown":                w.redeem(code("app"), map[string]string{"client_id": "nobody"}),
		"confidential, no proof": w.redeem(code("sym"), map[string]string{"client_id": "sym"}),
		"wrong secret":           w.redeem(code("sym"), map[string]string{"client_id": ""}, basic("sym", secret+"x")),
		"no such client":         w.redeem(code("sym"), map[string]string{"client_id": ""}, basic("nobody", secret)),
		"secret in the form":     w.redeem(code("sym"), map[string]string{"client_id": "sym", "client_secret": secret}),
		"public by a secret":     w.redeem(code("app"), nil, basic("app", secret)),
		"empty secret":           w.redeem(code("app"), nil, basic("app", "")),
		"the hash for a secret":  w.redeem(code("sym"), map[string]string{"client_id": ""}, basic("sym", hash)),
		"a key client, no proof": w.redeem(code("back"), map[string]string{"client_id": "back"}),
	} {
		w.refuses(what, a, "invalid_client")
	}
	if a := w.redeem(code("sym"), map[string]string{"client_id": ""}, basic("sym", "wrong")); a.header.Get("WWW-Authenticate") == "" {
		t.Error("no WWW-Authenticate for a client that used HTTP Basic")
	}
	both := map[string]string{"client_id": "", "client_assertion": w.assert(), "client_assertion_type": asserted["client_assertion_type"]}
	w.refuses("two ways at once", w.redeem(code("sym"), both, basic("sym", secret)), "invalid_request")
}
