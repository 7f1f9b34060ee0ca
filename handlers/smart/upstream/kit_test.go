package upstream_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/upstream"
	"frontdesk/store"
)

const (
	server   = "https://frontdesk.example/auth"
	callback = server + "/upstream/callback"
)

var registry = sync.OnceValues(spec.Load)

// kit is an Upstream to a provider, for people with accounts, and a browser.
type kit struct {
	testing.TB
	*upstream.Upstream
	op      *provider
	state   *state.Store
	now     time.Time
	failed  error // what Fail was last given
	cookies map[string]string
}

func newKit(t testing.TB, op *provider, change ...func(*upstream.Options)) *kit {
	t.Helper()
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{TB: t, op: op, now: time.Now(), cookies: map[string]string{}}
	op.now = func() time.Time { return k.now }
	k.state = state.New(store.Open(memory.Open(r), r, store.Options{}), op.now)
	o := upstream.Options{Config: upstream.Config{Name: "NHS login", Issuer: op.URL, Client: "frontdesk", SecretFile: write(t, "s3cret\n")}, State: k.state, URL: server,
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			k.failed = err
			w.WriteHeader(http.StatusBadRequest)
		}}
	for _, c := range change {
		c(&o)
	}
	if k.Upstream, err = upstream.New(o); err != nil {
		t.Fatal(err)
	}
	return k
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (k *kit) account(a state.Account) {
	k.Helper()
	if err := k.state.AddAccount(context.Background(), a, ""); err != nil {
		k.Fatal(err)
	}
}

// linked is an account for subject-1 of the provider.
func (k *kit) linked() {
	k.Helper()
	k.account(state.Account{Name: "ann", Person: "Patient/1", Upstream: []state.Identity{{Issuer: k.op.URL, Subject: "subject-1"}}})
}

// get is one request of the browser, which keeps the cookies it gets.
func (k *kit) get(path string) *http.Response {
	k.Helper()
	r := httptest.NewRequest("GET", server+path, nil)
	for name, value := range k.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	k.failed = nil
	k.ServeHTTP(w, r)
	resp := w.Result()
	for _, c := range resp.Cookies() {
		if k.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(k.cookies, c.Name)
		}
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			k.Errorf("the cookie %v isn't safe", c)
		}
	}
	if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Referrer-Policy") != "no-referrer" {
		k.Errorf("%s: the headers are %v", path, resp.Header)
	}
	return resp
}

// back goes to the provider and gives the query with which it sends the person back.
func (k *kit) back(request string) url.Values {
	k.Helper()
	path := "/upstream"
	if request != "" {
		path += "?" + url.Values{"request": {request}}.Encode()
	}
	resp := k.get(path)
	if resp.StatusCode != http.StatusSeeOther {
		k.Fatalf("%s: %d, %v", path, resp.StatusCode, k.failed)
	}
	return k.op.authorize(resp.Header.Get("Location"))
}

// arrive ends the way back, and gives the account that is signed in then; "" for none.
func (k *kit) arrive(q url.Values) string {
	k.Helper()
	k.get("/upstream/callback?" + q.Encode())
	r := httptest.NewRequest("GET", server, nil)
	for name, value := range k.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	cookie := pages.Cookies{Secure: true}.Session(r)
	if cookie == "" {
		return ""
	}
	se, err := k.state.Session(context.Background(), cookie)
	if err != nil {
		k.Fatal(err)
	}
	return se.Account
}

// refuses asserts that nobody is signed in, and that the page says so in words.
func (k *kit) refuses(what string, q url.Values, kind fhir.Kind) string {
	k.Helper()
	who := k.arrive(q)
	var e *fhir.Error
	if who != "" || !errors.As(k.failed, &e) || e.Kind != kind {
		k.Errorf("%s: signed in is %q, and the error is %v", what, who, k.failed)
		return ""
	}
	return e.Issues[0].Text
}
