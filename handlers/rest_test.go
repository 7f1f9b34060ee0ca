package handlers_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
	"frontdesk/fhir/spec"
	"frontdesk/handlers"
	"frontdesk/store"
)

const base = "http://frontdesk.example/fhir"

var registry = sync.OnceValues(spec.Load)

// newServer is a server over an empty memory store. change may alter its options.
func newServer(t testing.TB, change ...func(*handlers.Options)) *handlers.Server {
	t.Helper()
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	o := handlers.Options{
		Store:   store.Open(memory.Open(r), r, store.Options{Base: base}),
		Grant:   func(*http.Request) (access.Grant, error) { return access.Everything("test"), nil },
		Base:    base,
		Log:     slog.New(slog.NewJSONHandler(io.Discard, nil)),
		Version: "test",
	}
	for _, c := range change {
		c(&o)
	}
	s, err := handlers.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// client talks to a server, and holds every answer to what holds for all.
type client struct {
	testing.TB
	h http.Handler
}

func newClient(t testing.TB, change ...func(*handlers.Options)) client {
	return client{t, newServer(t, change...)}
}

// answer is a response that has been read.
type answer struct {
	client
	request string
	status  int
	header  http.Header
	body    string
}

// do sends a request to a path below the base. headers are "Name: value".
func (c client) do(method, path, body string, headers ...string) answer {
	c.Helper()
	return c.raw(method, "/fhir"+path, body, headers...)
}

func (c client) raw(method, path, body string, headers ...string) answer {
	c.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	location, err := url.ParseRequestURI(strings.ReplaceAll(path, " ", "%20"))
	if err != nil {
		c.Fatalf("the test's own path %q: %v", path, err)
	}
	r.URL = location
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return c.send(r)
}

func (c client) send(r *http.Request) answer {
	c.Helper()
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	a := answer{c, r.Method + " " + r.URL.String(), w.Code, w.Header(), w.Body.String()}
	a.holds()
	return a
}

// holds checks what every answer must keep to.
func (a answer) holds() {
	a.Helper()
	reference := a.header.Get("X-Request-Id")
	if reference == "" || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Cache-Control") == "" {
		a.Errorf("%s: a header every answer has is missing: %v", a.request, a.header)
	}
	if a.status < 400 {
		return
	}
	var o struct {
		ResourceType string
		Issue        []struct {
			Severity, Code, Diagnostics string
			Details                     struct{ Text string }
		}
	}
	body := []byte(a.body)
	if strings.Contains(a.header.Get("Content-Type"), "xml") {
		read, err := xml.ToJSON(body, codec.Limits{})
		if err != nil {
			a.Errorf("%s: %v in %s", a.request, err, a.body)
		}
		body = read
	}
	if err := json.Unmarshal(body, &o); err != nil || o.ResourceType != "OperationOutcome" || len(o.Issue) == 0 {
		a.Errorf("%s: %d without an OperationOutcome: %s (%v)", a.request, a.status, a.body, err)
	}
	for _, is := range o.Issue {
		if is.Severity == "" || is.Code == "" || is.Details.Text == "" || is.Diagnostics != "Reference: "+reference {
			a.Errorf("%s: an issue is incomplete: %+v", a.request, is)
		}
	}
}

// is checks the status and gives the answer back.
func (a answer) is(status int) answer {
	a.Helper()
	if a.status != status {
		a.Fatalf("%s: got %d, want %d\n%s", a.request, a.status, status, a.body)
	}
	return a
}

// has checks a header.
func (a answer) has(name, value string) answer {
	a.Helper()
	if got := a.header.Get(name); got != value {
		a.Errorf("%s: %s is %q, want %q", a.request, name, got, value)
	}
	return a
}

// says checks that the body has some text in it.
func (a answer) says(text ...string) answer {
	a.Helper()
	for _, s := range text {
		if !strings.Contains(a.body, s) {
			a.Errorf("%s: the body doesn't say %q:\n%s", a.request, s, a.body)
		}
	}
	return a
}

// hasNo checks that the body has not.
func (a answer) hasNo(text ...string) answer {
	a.Helper()
	for _, s := range text {
		if strings.Contains(a.body, s) {
			a.Errorf("%s: the body says %q:\n%s", a.request, s, a.body)
		}
	}
	return a
}

// bundle reads a Bundle.
func (a answer) bundle() (b bundle) {
	a.Helper()
	if err := json.Unmarshal([]byte(a.body), &b); err != nil || b.ResourceType != "Bundle" {
		a.Fatalf("%s: not a Bundle: %v\n%s", a.request, err, a.body)
	}
	return b
}

type bundle struct {
	ResourceType, Type string
	Total              *int
	Link               []struct{ Relation, URL string }
	Entry              []struct {
		FullURL  string
		Resource struct {
			ResourceType, ID string
			Meta             struct{ VersionID string }
		}
		Search   struct{ Mode string }
		Request  struct{ Method, URL string }
		Response struct{ Status, Etag string }
	}
}

func (b bundle) link(relation string) string {
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// ids are the entries' ids in order.
func (b bundle) ids() (ids []string) {
	for _, e := range b.Entry {
		ids = append(ids, e.Resource.ID)
	}
	return ids
}

// patient is a Patient as a client sends it.
func patient(id, family string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"urn:x","value":%q}],"name":[{"family":%q}]}`, id, family, family)
}

// put stores a Patient under an id.
func (c client) put(id, family string) answer {
	c.Helper()
	a := c.do("PUT", "/Patient/"+id, patient(id, family))
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		a.is(http.StatusCreated)
	}
	return a
}
