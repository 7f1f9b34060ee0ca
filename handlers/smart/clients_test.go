package smart_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
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
	return w.post("/token", with(credentials(assertion), change))
}

// credentials is a good token request of a backend service.
func credentials(assertion string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
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
		"aud is the issuer": claim("aud", w.auth),
		"two auds":          claim("aud", []string{"https://other.example", w.auth + "/token"}),
	} {
		if a := w.service(w.assert(change), nil); a.status != http.StatusOK {
			t.Errorf("%s: %v", what, a.body)
		}
	}
	for what, change := range map[string]func(*assertion){
		"no kid":             func(a *assertion) { delete(a.header, "kid") },
		"no typ":             func(a *assertion) { delete(a.header, "typ") },
		"another typ":        func(a *assertion) { a.header["typ"] = "at+jwt" },
		"no iss":             claim("iss", ""),
		"sub isn't iss":      claim("sub", "another"),
		"no aud":             claim("aud", ""),
		"aud is the base":    claim("aud", w.base),
		"aud is longer":      claim("aud", w.auth+"/token/"),
		"aud is another":     claim("aud", "https://other.example/auth"),
		"typ is no string":   func(a *assertion) { a.header["typ"] = 1 },
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
