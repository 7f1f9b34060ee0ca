package smart_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"frontdesk/handlers/smart/state"
)

const (
	redirect  = "https://app.example/after"
	verifier  = "a-verifier-of-at-least-forty-three-characters-long"
	allScopes = "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds"
)

// register adds a client; a public one unless it's changed.
func (w *world) register(change ...func(*state.Client)) state.Client {
	w.t.Helper()
	c := state.Client{ID: "app", Name: "An app", Kind: state.Public, Redirects: []string{redirect}, Launches: state.URLs{"https://app.example/launch?v=1", "https://app.example/forms"}, Scopes: allScopes}
	for _, f := range change {
		f(&c)
	}
	must(w.t, w.state.AddClient(w.t.Context(), c))
	return c
}

// challengeOf is the PKCE challenge of a verifier.
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// request is a good authorize request, with changes; "" takes a parameter away.
func (w *world) request(change map[string]string) url.Values {
	q := url.Values{"response_type": {"code"}, "client_id": {"app"}, "redirect_uri": {redirect}, "scope": {"launch/patient patient/*.rs"},
		"state": {"s"}, "aud": {w.base}, "code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"}}
	for name, value := range change {
		if q.Set(name, value); value == "" {
			q.Del(name)
		}
	}
	return q
}

// browser follows redirects within the practice, and stops at those that lead away.
func (w *world) browser(r *http.Request) *http.Response {
	w.t.Helper()
	c := http.Client{CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if !strings.HasPrefix(next.URL.String(), w.URL+"/") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	resp, err := c.Do(r)
	must(w.t, err)
	w.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// authorize sends a request by GET, and gives where the browser is sent in the end; nil if it is nowhere.
func (w *world) authorize(change map[string]string) *url.URL {
	w.t.Helper()
	w.person.failed = nil
	r, err := http.NewRequest(http.MethodGet, w.auth+"/authorize?"+w.request(change).Encode(), nil)
	must(w.t, err)
	resp := w.browser(r)
	if resp.StatusCode != http.StatusSeeOther {
		return nil
	}
	to, err := url.Parse(resp.Header.Get("Location"))
	must(w.t, err)
	return to
}

// code is a code for a good request.
func (w *world) code(change map[string]string) string {
	w.t.Helper()
	to := w.authorize(change)
	if to == nil {
		w.t.Fatalf("no redirect; %v", w.person.failed)
	}
	code := to.Query().Get("code")
	if code == "" {
		w.t.Fatalf("no code: %s", to)
	}
	return code
}

// answer is a JSON response.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

func (a answer) str(name string) string { s, _ := a.body[name].(string); return s }

// post sends a form to an endpoint. dress adds headers.
func (w *world) post(path string, form url.Values, dress ...func(*http.Request)) answer {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.auth+path, strings.NewReader(form.Encode()))
	must(w.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(r, dress...)
}

func (w *world) do(r *http.Request, dress ...func(*http.Request)) answer {
	w.t.Helper()
	for _, d := range dress {
		d(r)
	}
	resp, err := http.DefaultClient.Do(r)
	must(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(w.t, err)
	a := answer{status: resp.StatusCode, header: resp.Header}
	if len(text) > 0 {
		json.Unmarshal(text, &a.body) // what is no JSON has no members
	}
	return a
}

// get asks for something.
func (w *world) get(url string, dress ...func(*http.Request)) answer {
	w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	must(w.t, err)
	return w.do(r, dress...)
}

func bearer(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

func basic(id, secret string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

// redeem asks for tokens for a code.
func (w *world) redeem(code string, change map[string]string, dress ...func(*http.Request)) answer {
	w.t.Helper()
	return w.post("/token", with(redemption(code), change), dress...)
}

// redemption is a good token request for a code.
func redemption(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": {"app"}, "code_verifier": {verifier}}
}

// refresh asks for tokens for a refresh token.
func (w *world) refresh(token string, change map[string]string) answer {
	w.t.Helper()
	return w.post("/token", with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {"app"}}, change))
}

func with(form url.Values, change map[string]string) url.Values {
	form = maps.Clone(form)
	for name, value := range change {
		if form.Set(name, value); value == "" {
			form.Del(name)
		}
	}
	return form
}

// tokens are those for a good request.
func (w *world) tokens(change map[string]string) answer {
	w.t.Helper()
	a := w.redeem(w.code(change), nil)
	if a.status != http.StatusOK {
		w.t.Fatalf("%d: %v", a.status, a.body)
	}
	return a
}

// alive says whether a token opens the door.
func (w *world) alive(token string) bool {
	w.t.Helper()
	return w.get(w.base+"/Patient", bearer(token)).status == http.StatusOK
}

// claims are a JWT's, unverified.
func claims(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %q", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	var all map[string]any
	must(t, json.Unmarshal(text, &all))
	return all
}

// refuses fails unless the answer is an OAuth error (T3, T4 hold of every one).
func (w *world) refuses(what string, a answer, code string) {
	w.t.Helper()
	if a.status < 400 || a.str("error") != code || a.str("error_description") == "" {
		w.t.Errorf("%s: %d %v, want %s", what, a.status, a.body, code)
	}
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
		w.t.Errorf("%s: may be cached: %v", what, a.header)
	}
}

// sentBack fails unless the browser was sent to the app with an error.
func (w *world) sentBack(what string, to *url.URL, code string) {
	w.t.Helper()
	if to == nil {
		w.t.Errorf("%s: no redirect; %v", what, w.person.failed)
		return
	}
	if q := to.Query(); q.Get("error") != code || q.Get("error_description") == "" || q.Has("code") {
		w.t.Errorf("%s: %s, want %s", what, to, code)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
