package rest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// answer is a response that has been read.
type answer struct {
	t       testing.TB
	request string
	status  int
	header  http.Header
	body    string
}

// do sends a request to a path below the base, or to a URL the server gave. headers are "Name: value".
func (s *suite) do(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	a, err := s.send(method, path, body, headers...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	a.t = t
	a.sound(method)
	return a
}

// send sends a request, and reads the answer.
func (s *suite) send(method, path, body string, headers ...string) (answer, error) {
	if !strings.HasPrefix(path, "http") {
		path = s.Base + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := s.Client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	return answer{nil, method + " " + path, resp.StatusCode, resp.Header, string(read)}, err
}

// sound checks what every answer must keep to.
func (a answer) sound(method string) {
	a.t.Helper()
	if a.status >= http.StatusInternalServerError {
		a.t.Errorf("%s: %d\n%.800s", a.request, a.status, a.body)
	}
	if a.status < http.StatusBadRequest || method == http.MethodHead {
		return
	}
	var o struct {
		ResourceType string
		Issue        []struct{ Severity, Code string }
	}
	if err := json.Unmarshal([]byte(a.body), &o); err != nil || o.ResourceType != "OperationOutcome" || len(o.Issue) == 0 || o.Issue[0].Code == "" {
		a.t.Errorf("%s: %d without an OperationOutcome: %.300s", a.request, a.status, a.body)
	}
}

// is checks the status and gives the answer back.
func (a answer) is(want ...int) answer {
	a.t.Helper()
	if !slices.Contains(want, a.status) {
		a.t.Errorf("%s: status %d, want %v\n%.800s", a.request, a.status, want, a.body)
	}
	return a
}

// has checks that a header is there, with something in it.
func (a answer) has(header string) string {
	a.t.Helper()
	v := a.header.Get(header)
	if v == "" {
		a.t.Errorf("%s: no %s header", a.request, header)
	}
	return v
}

// says checks that the body has some text in it.
func (a answer) says(text string) answer {
	a.t.Helper()
	if !strings.Contains(a.body, text) {
		a.t.Errorf("%s: the body doesn't say %q: %.800s", a.request, text, a.body)
	}
	return a
}

// resource is what the suite reads of any resource.
type resource struct {
	ResourceType, ID string
	Meta             struct {
		VersionID, LastUpdated string
		Tag                    []struct{ System, Code string }
	}
}

func (a answer) resource() (r resource) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &r); err != nil || r.ResourceType == "" {
		a.t.Fatalf("%s: not a resource: %v: %.300s", a.request, err, a.body)
	}
	return r
}

// bundle is what the suite reads of a Bundle.
type bundle struct {
	ResourceType, Type string
	Total              *int
	Link               []struct{ Relation, URL string }
	Entry              []struct {
		FullURL  string
		Resource resource
		Search   struct{ Mode string }
		Request  struct{ Method, URL string }
		Response struct {
			Status, Location, Etag string
			Outcome                *resource
		}
	}
}

func (a answer) bundle(typ string) (b bundle) {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), &b); err != nil || b.ResourceType != "Bundle" || b.Type != typ {
		a.t.Fatalf("%s: not a Bundle of type %s: %v: %.300s", a.request, typ, err, a.body)
	}
	return b
}

func (b bundle) link(relation string) string {
	for _, l := range b.Link {
		if l.Relation == relation {
			return l.URL
		}
	}
	return ""
}

// ids are the keys ("Type/id") of the entries with a search mode, in their order.
func (b bundle) ids(mode string) (out []string) {
	for _, e := range b.Entry {
		if e.Search.Mode == mode {
			out = append(out, e.Resource.ResourceType+"/"+e.Resource.ID)
		}
	}
	return out
}

func (s *suite) statement(t testing.TB) (st statement) {
	t.Helper()
	a := s.do(t, "GET", "/metadata", "").is(200)
	if err := json.Unmarshal([]byte(a.body), &st); err != nil {
		t.Fatalf("/metadata: %v", err)
	}
	return st
}
