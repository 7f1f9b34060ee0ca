package handlers_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers"
)

func TestPaths(t *testing.T) {
	c := newClient(t)
	c.put("1", "Adams")
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/favicon.ico", 404, ""},
		{"GET", "/fhirx", 404, ""},
		{"GET", "/fhir/", 200, ""},
		{"GET", "/fhir/patient", 404, ""},
		{"GET", "/fhir/Practice/1", 404, ""},
		{"GET", "/fhir/Patient/1/2/3/4/5", 404, ""},
		{"GET", "/fhir/Patient//1", 404, ""},
		{"GET", "/fhir//Patient", 404, ""},
		{"GET", "/fhir/Patient/a_b", 404, ""},
		{"GET", "/fhir/Patient/" + strings.Repeat("a", 65), 404, ""},
		{"GET", "/fhir/Patient%2F1", 404, ""},
		{"GET", "/fhir/Patient/1%00", 404, ""},
		{"GET", "/fhir/Patient/1%0a", 404, ""},
		{"GET", "/fhir/Patient/%2531", 404, ""},
		{"GET", "/fhir/Patient/../Patient/1", 404, ""},
		{"GET", "/fhir/Patient/$nothing", 404, ""},
		{"PUT", "/fhir/metadata", 405, "GET, HEAD, OPTIONS"},
		{"DELETE", "/fhir", 405, "GET, HEAD, OPTIONS, POST"},
		{"GET", "/fhir/Patient/_search", 405, "OPTIONS, POST"},
		{"POST", "/fhir/Patient/1", 405, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"},
		{"DELETE", "/fhir/Patient/1/_history/1", 405, "GET, HEAD, OPTIONS"},
		{"PROPFIND", "/fhir/Patient/1", 405, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"},
		{"OPTIONS", "/fhir/Patient", 204, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"},
		{"OPTIONS", "/fhir/Patient/hidden-or-not", 204, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"},
		{"OPTIONS", "/fhir", 204, "GET, HEAD, OPTIONS, POST"},
		{"OPTIONS", "/fhir/Practice", 404, ""},
	} {
		c.raw(tt.method, tt.path, "").is(tt.status).has("Allow", tt.allow)
	}
}

func TestMediaTypesOfBodies(t *testing.T) {
	c := newClient(t)
	for contentType, status := range map[string]int{
		"application/fhir+json":                201,
		"application/json":                     201,
		"application/fhir+json; charset=utf-8": 201,
		"text/json":                            201,
		"application/json+fhir":                201,
		"application/fhir+xml":                 400, // this is JSON
		"application/fhir+turtle":              415,
		"text/plain":                           415,
		"":                                     415,
	} {
		c.do("POST", "/Patient", patient("any", "A"), "Content-Type: "+contentType).is(status)
	}
}

func TestGzip(t *testing.T) {
	c := newClient(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, patient("1", strings.Repeat("Adams", 1000))); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	c.do("PUT", "/Patient/1", packed.String(), "Content-Encoding: gzip").is(http.StatusCreated)
	got := c.do("GET", "/Patient/1", "", "Accept-Encoding: gzip").is(http.StatusOK).has("Content-Encoding", "gzip")
	r, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Contains(body, []byte("AdamsAdams")) {
		t.Errorf("unpacked: %v, %d bytes", err, len(body))
	}
	c.do("GET", "/Patient/1", "").has("Content-Encoding", "").says("AdamsAdams")
}

func TestMetadata(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) {
		o.Grant = func(*http.Request) (access.Grant, error) {
			return access.Grant{}, fhir.Errorf(fhir.Unauthenticated, "", "Send a token.")
		}
	})
	got := c.do("GET", "/metadata", "", "Origin: https://anybody.example").is(http.StatusOK).
		has("Access-Control-Allow-Origin", "*").says(`"CapabilityStatement"`)
	c.do("GET", "/metadata", "", "If-None-Match: "+got.header.Get("ETag")).is(http.StatusNotModified)
	for _, mode := range []string{"full", "normative", "terminology"} {
		c.do("GET", "/metadata?mode="+mode, "").is(http.StatusOK)
	}
	c.do("GET", "/metadata?mode=brief", "").is(http.StatusBadRequest).says("mode")
	c.do("GET", "/metadata?moed=full", "").is(http.StatusBadRequest).says("moed")
	// Everything else needs the grant, and says nothing before.
	c.do("GET", "/Patient/1", "").is(http.StatusUnauthorized).has("WWW-Authenticate", "Bearer")
	c.do("POST", "/Patient", "{").is(http.StatusUnauthorized)
}

func TestReference(t *testing.T) {
	c := newClient(t)
	c.do("GET", "/Patient/1", "", "X-Request-Id: 6B29FC40-CA47-1067-B31D").is(http.StatusNotFound).
		has("X-Request-Id", "6B29FC40-CA47-1067-B31D").says("6B29FC40-CA47-1067-B31D")
	for _, bad := range []string{"short", "with space in it", `"quoted-and-more"`, strings.Repeat("a", 65), "new\x7fline-more"} {
		if got := c.do("GET", "/Patient/1", "", "X-Request-Id: "+bad).header.Get("X-Request-Id"); got == bad || got == "" {
			t.Errorf("X-Request-Id %q is answered by %q", bad, got)
		}
	}
}

// The log has the reference and the pattern, and nothing of what was asked for or answered.
func TestLogHasNoData(t *testing.T) {
	var log bytes.Buffer
	c := newClient(t, func(o *handlers.Options) { o.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	c.put("secret-id", "secretname")
	c.do("GET", "/Patient/secret-id", "", "X-Request-Id: reference-1").is(http.StatusOK)
	c.do("GET", "/Patient?family=secretname", "").is(http.StatusOK)
	c.do("GET", "/Patient?secretparam=1", "").is(http.StatusBadRequest)
	c.raw("GET", "/secretpath", "").is(http.StatusNotFound)
	c.raw("SECRET", "/fhir/Patient", "").is(http.StatusMethodNotAllowed)
	if strings.Contains(strings.ToLower(log.String()), "secret") {
		t.Errorf("the log tells:\n%s", &log)
	}
	var line struct {
		Reference, Method, Route, Type, Caller string
		Status, Bytes                          int
		Duration                               int64
	}
	for text := range strings.Lines(log.String()) {
		if strings.Contains(text, "reference-1") {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	if line.Method != "GET" || line.Route != "/fhir/:type/:id" || line.Status != 200 || line.Bytes == 0 || line.Duration == 0 ||
		line.Type != "Patient" || line.Caller != "test" {
		t.Errorf("the line is %+v", line)
	}
}

// failing panics or fails where a grant is asked for, as any code might.
func failing(f func() error) func(*handlers.Options) {
	return func(o *handlers.Options) {
		o.Grant = func(*http.Request) (access.Grant, error) { return access.Grant{}, f() }
	}
}

func TestPanic(t *testing.T) {
	var log bytes.Buffer
	c := newClient(t, failing(func() error { panic("secret") }), func(o *handlers.Options) { o.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	c.do("GET", "/Patient/1", "").is(http.StatusInternalServerError).hasNo("secret", "panic", ".go")
	if !strings.Contains(log.String(), "http_test.go") && !strings.Contains(log.String(), "TestPanic") || strings.Contains(log.String(), "secret") {
		t.Errorf("the log must name the place and not the value:\n%s", &log)
	}
}

func TestFaultsAreNotShown(t *testing.T) {
	c := newClient(t, failing(func() error { return errors.New("secret: disk on fire") }))
	c.do("GET", "/Patient/1", "").is(http.StatusInternalServerError).hasNo("secret", "disk")
}

func TestTimeLimit(t *testing.T) {
	c := newClient(t, func(o *handlers.Options) { o.Limits.Time = 1 }) // a nanosecond
	c.do("GET", "/Patient/1", "").is(http.StatusServiceUnavailable).says(`"timeout"`)
	c.do("GET", "/Patient?family=a", "").is(http.StatusServiceUnavailable).says(`"timeout"`)
	c.do("PUT", "/Patient/1", patient("1", "Adams")).is(http.StatusServiceUnavailable).says(`"timeout"`)
}

func TestMetrics(t *testing.T) {
	metrics := prometheus.NewRegistry()
	c := newClient(t, func(o *handlers.Options) { o.Metrics = metrics })
	c.put("1", "Adams")
	c.do("GET", "/Patient/1", "")
	c.do("GET", "/Patient/2", "")
	c.raw("BREW", "/coffee", "")
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range families {
		for _, m := range f.Metric {
			line := f.GetName()
			for _, l := range m.Label {
				line += " " + l.GetName() + "=" + l.GetValue()
			}
			seen[line] = true
		}
	}
	const name = "http_server_request_duration_seconds"
	for _, want := range []string{
		name + " http_request_method=GET http_response_status_code=200 http_route=/fhir/:type/:id",
		name + " http_request_method=GET http_response_status_code=404 http_route=/fhir/:type/:id",
		name + " http_request_method=PUT http_response_status_code=201 http_route=/fhir/:type/:id",
		name + " http_request_method=_OTHER http_response_status_code=404 http_route=unmatched",
	} {
		if !seen[want] {
			t.Errorf("no %q in %v", want, seen)
		}
	}
}

func TestReady(t *testing.T) {
	s := newServer(t)
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("a server on an empty store isn't ready: %v", err)
	}
}

// A body that doesn't come is answered, and its connection is given up; the server goes on.
func TestSlowBody(t *testing.T) {
	s := newServer(t, func(o *handlers.Options) { o.Limits.Upload = 50 * time.Millisecond })
	live := httptest.NewServer(s)
	defer live.Close()
	body, never := io.Pipe()
	defer never.Close()
	go func() { _, _ = io.WriteString(never, `{"resourceType":`) }()
	resp, err := http.Post(live.URL+"/fhir/Patient", "application/fhir+json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusRequestTimeout || !bytes.Contains(text, []byte("OperationOutcome")) {
		t.Errorf("got %d %s, %v", resp.StatusCode, text, err)
	}
	client{t, s}.do("GET", "/Patient", "").is(http.StatusOK)
}

func TestB21_ACorrelationIDComesBack(t *testing.T) {
	c := newClient(t)
	for sent, want := range map[string]string{"my-own 1": "my-own 1", "": "", strings.Repeat("x", 200): ""} {
		c.do("GET", "/metadata", "", "X-Correlation-Id: "+sent).has("X-Correlation-Id", want)
	}
}

func TestB23_MetadataCanBeHadInPart(t *testing.T) {
	c := newClient(t)
	whole := c.do("GET", "/metadata", "").is(200)
	for _, query := range []string{"?_elements=fhirVersion", "?_summary=true", "?mode=terminology&_summary=true"} {
		part := c.do("GET", "/metadata"+query, "").is(200)
		if len(part.body) >= len(whole.body) || part.header.Get("ETag") == whole.header.Get("ETag") {
			t.Errorf("%s: %d of %d bytes, %s", query, len(part.body), len(whole.body), part.header.Get("ETag"))
		}
		c.do("GET", "/metadata"+query, "", "If-None-Match: "+part.header.Get("ETag")).is(304)
	}
	c.do("GET", "/metadata?_elements=fhirVersion", "").says("SUBSETTED", `"4.0.1"`).hasNo("searchParam")
	c.do("GET", "/metadata?_summary=perhaps", "").is(400)
}
