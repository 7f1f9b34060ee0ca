package smart_test

import (
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// morsels are what breaks parsers, and what is nearly right.
var morsels = []string{
	"", "x", "%zz", "\x00", "\xff\xfe", "ünï", strings.Repeat("A", 5000), "a\r\nSet-Cookie: x=1", "{", "[]", "null", "code", "S256", "plain", "openid", "patient/*.rs",
	"patient/*.rs?", "patient/Observation.rs?category=" + strings.Repeat("a,", 500), "eyJhbGciOiJub25lIn0.e30.", "a.b.c", "....", redirect, "https://evil.example",
	"authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "app", "back", "login", "none", "-1", "1e9",
}

// hostileNames are all that some endpoint reads.
var hostileNames = []string{
	"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "aud", "resource", "code_challenge", "code_challenge_method", "nonce", "launch", "prompt",
	"max_age", "request", "request_uri", "grant_type", "code", "code_verifier", "refresh_token", "client_assertion", "client_assertion_type", "client_secret",
	"token",
	"token_type_hint", "id_token_hint", "registration", "claims", "audience", "x",
}

// Whatever is sent, in whatever order: the answer isn't our fault, sends nobody anywhere that isn't registered, and
// gives nothing away.
func TestNothingThatIsSentBreaksTheServer(t *testing.T) {
	w := newWorld(t)
	w.register()
	w.back()
	const seed = 20261122
	random := rand.New(rand.NewPCG(seed, 4))
	one := func(from []string) string { return from[random.IntN(len(from))] }
	for i := range 1500 {
		form := url.Values{}
		if random.IntN(2) == 0 {
			form = w.request(nil)
		}
		for range random.IntN(8) {
			form.Add(one(hostileNames), one(morsels))
		}
		path, method := one([]string{"/authorize", "/token", "/introspect", "/revoke", "/userinfo", "/launch"}), one([]string{"GET", "POST"})
		body := form.Encode()
		if random.IntN(10) == 0 {
			body = url.PathEscape(one(morsels)) + "=" + url.PathEscape(one(morsels)) + "&%zz;"
		}
		target, content := w.auth+path, body
		if method == http.MethodGet {
			target, content = target+"?"+body, ""
		}
		r, err := http.NewRequest(method, target, strings.NewReader(content))
		must(t, err)
		r.Header.Set("Content-Type", one([]string{"application/x-www-form-urlencoded", "application/json", "multipart/form-data", "x", ""}))
		if random.IntN(3) == 0 {
			r.Header.Set("Authorization", one([]string{"Basic", "Basic !!", "Basic YXBwOg==", "Bearer", "Bearer x", "bearer a.b.c", "x"}))
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		must(t, err)
		resp.Body.Close()
		to := resp.Header.Get("Location")
		if resp.StatusCode >= 500 || to != "" && !strings.HasPrefix(to, redirect+"?") && !strings.HasPrefix(to, w.auth+"/consent?") {
			t.Fatalf("request %d of seed %d: %s %s %q: %d to %q", i, seed, method, path, body, resp.StatusCode, to)
		}
		if resp.Header.Get("Set-Cookie") != "" {
			t.Fatalf("request %d of seed %d: a header was smuggled in", i, seed)
		}
	}
	if a := w.tokens(nil); a.status != http.StatusOK {
		t.Errorf("afterwards: %v", a.body)
	}
}
