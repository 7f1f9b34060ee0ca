package smart_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/pages"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
)

// world is a practice with its authorization server, over HTTP.
type world struct {
	t        testing.TB
	URL      string // of the machine
	base     string // FHIR
	auth     string // issuer
	clock    *clock
	store    *store.Store
	state    *state.Store
	server   *smart.Server
	verifier *verify.Verifier
	person   *person // who sits at the browser
}

// person answers what an app asks, as the pages would have it answered.
type person struct {
	flow     *smart.Server
	session  state.Session
	decision pages.Decision
	asked    *pages.Asked
	failed   error
}

// ServeHTTP is the consent page, with the person's answer at once.
func (p *person) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("request")
	asked, err := p.flow.Asked(r.Context(), id)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.asked = asked
	d := p.decision
	if d.Sections == nil {
		for _, s := range asked.Sections {
			d.Sections = append(d.Sections, s.Name)
		}
	}
	p.flow.Decide(w, r, id, p.session, d)
}

// Fail is the error page.
func (p *person) Fail(w http.ResponseWriter, _ *http.Request, err error) {
	p.failed = err
	http.Error(w, "an error page", http.StatusBadRequest)
}

// clock is a time that a test puts forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// records are who there is: two patients of two practices, a member of staff of one, and a father who acts for one of them.
var records = []string{
	`{"resourceType":"Organization","id":"north","name":"North"}`,
	`{"resourceType":"Organization","id":"south","name":"South"}`,
	`{"resourceType":"Practitioner","id":"doc"}`,
	`{"resourceType":"PractitionerRole","id":"r1","active":true,"practitioner":{"reference":"Practitioner/doc"},"organization":{"reference":"Organization/north"}}`,
	`{"resourceType":"Patient","id":"annie","name":[{"family":"Jones","given":["Annie"]}],"managingOrganization":{"reference":"Organization/north"}}`,
	`{"resourceType":"Patient","id":"bob","name":[{"family":"Smith","given":["Bob"]}],"managingOrganization":{"reference":"Organization/south"}}`,
	`{"resourceType":"RelatedPerson","id":"dad","active":true,"patient":{"reference":"Patient/annie"}}`,
	`{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/annie"},"serviceProvider":{"reference":"Organization/north"}}`,
	`{"resourceType":"Encounter","id":"e2","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/bob"},"serviceProvider":{"reference":"Organization/south"}}`,
}

// newWorld opens a practice. Whoever asks /fhir/anything with a token is told who the token makes it.
func newWorld(t testing.TB, change ...func(*smart.Options)) *world {
	t.Helper()
	r, err := spec.Load()
	must(t, err)
	w := &world{t: t, clock: &clock{}, person: &person{}}
	server := httptest.NewUnstartedServer(nil)
	w.URL = "http://" + server.Listener.Addr().String()
	w.base, w.auth = w.URL+"/fhir", w.URL+"/auth"
	w.store = store.Open(memory.Open(r), r, store.Options{Base: w.base, Now: w.clock.now})
	t.Cleanup(func() { w.store.Close() })
	w.state = state.New(w.store, w.clock.now)
	w.verifier, err = verify.New(verify.Options{Store: w.store, State: w.state, Base: w.base, Issuer: w.auth, Now: w.clock.now})
	must(t, err)
	o := smart.Options{Store: w.store, State: w.state, Base: w.base, Grant: w.verifier.Grant, Interact: func(s *smart.Server) smart.Interaction {
		w.person.flow = s
		return w.person
	}}
	for _, c := range change {
		c(&o)
	}
	w.server, err = smart.New(o)
	must(t, err)
	server.Config.Handler = http.HandlerFunc(w.serve)
	server.Start()
	t.Cleanup(server.Close)
	w.load(records...)
	w.people()
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	if w.server.Serves(r.URL.Path) {
		w.server.ServeHTTP(rw, r)
		return
	}
	g, err := w.verifier.Grant(r)
	if err != nil {
		rw.WriteHeader(http.StatusUnauthorized)
		return
	}
	json.NewEncoder(rw).Encode(g.Identity())
}

// load stores resources.
func (w *world) load(all ...string) {
	w.t.Helper()
	var changes []store.Change
	for _, text := range all {
		res, err := codec.Decode([]byte(text), codec.Limits{})
		must(w.t, err)
		changes = append(changes, store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res})
	}
	_, err := w.store.As(access.Everything("test")).Transact(w.t.Context(), changes)
	must(w.t, err)
}

// people makes accounts, and signs Annie in.
func (w *world) people() {
	w.t.Helper()
	for _, a := range []state.Account{{Name: "annie", Person: "Patient/annie"}, {Name: "bob", Person: "Patient/bob", Related: []string{"RelatedPerson/dad"}},
		{Name: "doc", Person: "Practitioner/doc"}} {
		must(w.t, w.state.AddAccount(w.t.Context(), a, ""))
	}
	w.signIn("annie")
	w.person.decision = pages.Decision{As: "Patient/annie", Patient: "annie"}
}

// signIn puts somebody before the browser. The cookie ends the session.
func (w *world) signIn(name string) (cookie string) {
	w.t.Helper()
	a, err := w.state.Account(w.t.Context(), name)
	must(w.t, err)
	cookie, w.person.session, err = w.state.SignIn(w.t.Context(), a)
	must(w.t, err)
	return cookie
}

const (
	redirect  = "https://app.example/after"
	verifier  = "a-verifier-of-at-least-forty-three-characters-long"
	allScopes = "openid fhirUser profile launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds"
)

// register adds a client; a public one unless it's changed.
func (w *world) register(change ...func(*state.Client)) state.Client {
	w.t.Helper()
	c := state.Client{ID: "app", Name: "An app", Kind: state.Public, Redirects: []string{redirect}, LaunchURL: "https://app.example/launch?v=1", Scopes: allScopes}
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
	return w.post("/token", with(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirect}, "client_id": {"app"},
		"code_verifier": {verifier}}, change), dress...)
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
