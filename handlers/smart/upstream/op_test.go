package upstream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

type claims map[string]any

// provider is an OpenID provider at which one person is always signed in. It holds us to what a relying party owes.
type provider struct {
	testing.TB
	*httptest.Server
	key    jose.JSONWebKey
	client *jose.JSONWebKey // our public key, if we authenticate by one; else the secret is "s3cret"
	down   atomic.Bool

	// What a test may change: the id_token's claims, how it is signed, and what userinfo says.
	claims   func(claims)
	sign     func(claims) string
	userinfo claims
	methods  []string // token_endpoint_auth_methods_supported; nil says nothing of it

	now   func() time.Time
	asked url.Values // the last authorize request
	used  map[string]bool
}

func newProvider(t testing.TB) *provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{TB: t, key: jose.JSONWebKey{Key: key, KeyID: "op"}, used: map[string]bool{}, claims: func(claims) {}}
	p.sign = func(c claims) string { return p.signed(jose.RS256, p.key, c) }
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.key.Public()}})
	})
	mux.HandleFunc("/token", p.token)
	mux.HandleFunc("/userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer opaque" {
			t.Error("userinfo was asked without the access token")
		}
		p.answer(w, http.StatusOK, p.userinfo)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		p.Error(err)
	}
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	if p.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	document := claims{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"}}
	if p.methods != nil {
		document["token_endpoint_auth_methods_supported"] = p.methods
	}
	if p.userinfo != nil {
		document["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	p.answer(w, http.StatusOK, document)
}

// authorize takes an authorize request, and gives the query with which the person is sent back.
func (p *provider) authorize(location string) url.Values {
	p.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Scheme+"://"+u.Host+u.Path != p.URL+"/authorize" {
		p.Fatalf("the person was sent to %q, %v", location, err)
	}
	p.asked = u.Query()
	for name, want := range map[string]string{"client_id": "frontdesk", "response_type": "code", "redirect_uri": callback, "code_challenge_method": "S256"} {
		if got := p.asked.Get(name); got != want {
			p.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if len(p.asked.Get(name)) != 43 {
			p.Errorf("%s is %q", name, p.asked.Get(name))
		}
	}
	return url.Values{"code": {"code-" + p.asked.Get("nonce")}, "state": {p.asked.Get("state")}}
}

// token answers a token request, once for each code.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	code := r.PostForm.Get("code")
	good := r.PostForm.Get("grant_type") == "authorization_code" && r.PostForm.Get("redirect_uri") == callback && !p.used[code] &&
		code == "code-"+p.asked.Get("nonce") && oauth2.S256ChallengeFromVerifier(r.PostForm.Get("code_verifier")) == p.asked.Get("code_challenge")
	p.used[code] = true
	switch {
	case !p.authenticated(r):
		p.answer(w, http.StatusUnauthorized, claims{"error": "invalid_client"})
	case !good:
		p.answer(w, http.StatusBadRequest, claims{"error": "invalid_grant"})
	default:
		c := claims{"iss": p.URL, "sub": "subject-1", "aud": "frontdesk", "nonce": p.asked.Get("nonce"), "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix()}
		p.claims(c)
		p.answer(w, http.StatusOK, claims{"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": p.sign(c)})
	}
}

// authenticated checks the client's secret, or its private_key_jwt (OIDC core 9).
func (p *provider) authenticated(r *http.Request) bool {
	if p.client == nil {
		id, secret, _ := r.BasicAuth()
		if len(p.methods) == 1 {
			id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
		}
		return id == "frontdesk" && secret == "s3cret"
	}
	if r.PostForm.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || r.PostForm.Get("client_secret") != "" {
		return false
	}
	token, err := jwt.ParseSigned(r.PostForm.Get("client_assertion"), []jose.SignatureAlgorithm{jose.RS512, jose.ES256})
	if err != nil {
		p.Error(err)
		return false
	}
	var c jwt.Claims
	if err := token.Claims(*p.client, &c); err != nil {
		p.Error(err)
		return false
	}
	now := p.now()
	err = c.ValidateWithLeeway(jwt.Expected{Issuer: "frontdesk", Subject: "frontdesk", AnyAudience: jwt.Audience{p.URL + "/token"}, Time: now}, 0)
	return err == nil && c.ID != "" && c.Expiry.Time().Before(now.Add(5*time.Minute)) && token.Headers[0].KeyID == p.client.KeyID
}

func (p *provider) signed(alg jose.SignatureAlgorithm, key any, c claims) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, nil)
	if err != nil {
		p.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(map[string]any(maps.Clone(c))).Serialize()
	if err != nil {
		p.Fatal(err)
	}
	return text
}

// ourKey makes a key for private_key_jwt: RSA for RS512, P-256 for ES256.
func ourKey(t testing.TB, algorithm string) any {
	var key any
	var err error
	if algorithm == "ES256" {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// vouches makes the id_token say which NHS number the person has, and how well it was proved.
func (p *provider) vouches(number, level string) {
	p.claims = func(c claims) {
		c["sub"] = fmt.Sprint("nhs-", number)
		c["nhs_number"], c["identity_proofing_level"] = number, level
	}
}
