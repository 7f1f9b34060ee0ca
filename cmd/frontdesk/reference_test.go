package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/desk"
	"frontdesk/handlers/pages/record"
	"frontdesk/handlers/pages/welcome"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
	"frontdesk/store/audit"
	"frontdesk/store/sqlite"
)

// address is a method and a path below the root.
type address struct{ method, path string }

// addresses are all that there are: of the API, of the authorization server and its pages, of probes, and some with
// nothing at them.
func addresses(t *testing.T, r *spec.Registry) (all []address) {
	t.Helper()
	names := strings.NewReplacer(":type", "Patient", ":id", "none", ":vid", "1", ":within", "Observation")
	for _, route := range handlers.Routes(r) {
		path := names.Replace(route.Pattern)
		if o := route.Operation; o != nil && len(o.Types) > 0 {
			path = strings.Replace(path, "Patient", o.Types[0], 1)
		}
		all = append(all, address{route.Method, "/fhir" + path + "?%zz=1"})
		if !route.Open {
			all = append(all, address{route.Method, "/fhir" + path})
		}
	}
	const base = "http://127.0.0.1/fhir"
	st := store.Open(memory.Open(r), r, store.Options{Base: base})
	t.Cleanup(func() { st.Close() })
	auth, err := smart.New(smart.Options{Store: st, State: state.New(st, time.Now), Base: base,
		Grant: func(*http.Request) (access.Grant, error) { return access.Grant{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	site := pages.NewSite(pages.New(pages.Options{}), pages.SiteOptions{Store: st,
		Parts: []pages.Part{record.Part(), desk.Part(desk.Options{}), welcome.Part(welcome.Options{Base: base})}})
	for _, path := range append(auth.Paths(), site.Paths()...) {
		all = append(all, address{"DELETE", path}, address{"POST", path})
	}
	for _, path := range strings.Fields(
		"/nothing /record/nothing /fhir/Nowhere /fhir/Patient/a/b/c/d /auth/nothing /healthz/x") {
		all = append(all, address{"GET", path}, address{"POST", path})
	}
	return append(all, address{"BREW", "/fhir/Patient"}, address{"POST", "/"},
		address{"POST", "/healthz"}, address{"POST", "/readyz"})
}

// TestA3_AReferenceShownAnywhereIsFound in the log, by support and in the metrics: an error is provoked at each
// address there is.
func TestA3_AReferenceShownAnywhereIsFound(t *testing.T) {
	registry, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder, "--trusted-proxies", "127.0.0.1")
	before, shown, failed := errorsIn(t, r.metrics()), map[string]address{}, map[string]bool{"/auth": true}
	all := addresses(t, registry)
	for i, at := range all {
		q, err := http.NewRequest(at.method, r.root()+at.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Accept", "text/html")
		// Of one address only so many refusals are taken down one by one.
		q.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i%250))
		resp, err := http.DefaultTransport.RoundTrip(q) // as it is, without following
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusSeeOther { // a page that sends strangers to sign in
			continue
		}
		if resp.StatusCode < 400 {
			t.Errorf("%s %s: %d is no error", at.method, at.path, resp.StatusCode)
		}
		failed[at.path] = true
		shown[resp.Header.Get("X-Request-Id")] = at
	}
	for _, at := range all {
		if !failed[at.path] {
			t.Errorf("no error was provoked at %s", at.path)
		}
	}
	log := r.logged()
	beside, err := sqlite.Open(t.Context(), folder, registry, sqlite.Options{Base: r.base, Beside: true})
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(beside, registry, store.Options{Base: r.base})
	defer st.Close()
	for reference, at := range shown {
		if reference == "" || !strings.Contains(log, reference) {
			t.Errorf("%s %s: the reference %q is not in the log", at.method, at.path, reference)
		}
		await(t, "support to find "+at.method+" "+at.path, func() bool {
			found, err := audit.Look(t.Context(), st, reference)
			if err != nil {
				t.Fatal(err)
			}
			return len(found) > 0
		})
	}
	if n := errorsIn(t, r.metrics()) - before; n != len(shown) {
		t.Errorf("%d errors were shown, and %d are counted", len(shown), n)
	}
	for reference := range shown {
		contains(t, "support", on(t, folder, 0, "", "support", reference), "unknown app")
		break // it is the same for each
	}
}

var errorCount = regexp.MustCompile(`(?m)^frontdesk_app_errors_total\{.*\} (\d+)$`)

// errorsIn is how many errors the metrics count.
func errorsIn(t *testing.T, metrics string) (n int) {
	t.Helper()
	for _, m := range errorCount.FindAllStringSubmatch(metrics, -1) {
		one, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		n += one
	}
	return n
}
