package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"frontdesk/handlers/middleware"
)

const registered = "https://app.example"

// cors answers everything with 401, as a FHIR endpoint does without a token.
func cors() http.Handler {
	return middleware.NewCORS(
		func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/metadata") },
		func(_ context.Context, origin string) bool { return origin == registered },
	).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
}

func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// lists says whether a comma-separated header has all the names, in any case.
func lists(header string, names ...string) bool {
	all := strings.Split(strings.ToLower(header), ", ")
	return !slices.ContainsFunc(names, func(n string) bool { return !slices.Contains(all, strings.ToLower(n)) })
}

func TestX1_AnyOriginMayReadMetadata(t *testing.T) {
	for _, origin := range []string{"https://anybody.example", "null", registered} {
		w := ask(cors(), "GET", "/fhir/metadata", "Origin: "+origin)
		if got := w.Header().Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("a page of %s is allowed %q", origin, got)
		}
		w = ask(cors(), "OPTIONS", "/fhir/metadata", "Origin: "+origin, "Access-Control-Request-Method: GET")
		if w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("the preflight of a page of %s: %d %v", origin, w.Code, w.Header())
		}
	}
}

func TestX2_RegisteredOriginsMayCall(t *testing.T) {
	w := ask(cors(), "GET", "/fhir/Patient/1", "Origin: "+registered)
	h := w.Header()
	if w.Code != http.StatusUnauthorized || h.Get("Access-Control-Allow-Origin") != registered || h.Get("Vary") != "Origin" {
		t.Errorf("%d %v", w.Code, h)
	}
	if !lists(h.Get("Access-Control-Expose-Headers"), "ETag", "Location", "Content-Location", "Last-Modified", "X-Request-Id", "WWW-Authenticate", "Retry-After") {
		t.Errorf("exposed are %s", h.Get("Access-Control-Expose-Headers"))
	}
	// As a browser sends them: in lower case and sorted (Fetch standard 4.8, CORS-preflight fetch).
	wanted := "accept,authorization,content-type,if-match,if-modified-since,if-none-exist,if-none-match,prefer," +
		"traceparent,x-request-id"
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		w = ask(cors(), "OPTIONS", "/fhir/Patient/1", "Origin: "+registered, "Access-Control-Request-Method: "+method,
			"Access-Control-Request-Headers: "+wanted)
		h = w.Header()
		if w.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != registered ||
			!lists(h.Get("Vary"), "Origin") {
			t.Errorf("preflight: %d %v", w.Code, h)
		}
		if !lists(h.Get("Access-Control-Allow-Methods"), method) || h.Get("Access-Control-Allow-Headers") != wanted {
			t.Errorf("%s: %v", method, h)
		}
	}
	w = ask(cors(), "OPTIONS", "/fhir/Patient/1", "Origin: "+registered, "Access-Control-Request-Method: GET",
		"Access-Control-Request-Headers: cookie")
	if h := w.Header(); h.Get("Access-Control-Allow-Headers") != "" || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a header that means nothing here is allowed: %v", h)
	}
}

func TestX2_OtherOriginsMayNot(t *testing.T) {
	for _, origin := range []string{"https://evil.example", "null", registered + ".evil.example", "http://app.example", ""} {
		for _, w := range []*httptest.ResponseRecorder{
			ask(cors(), "GET", "/fhir/Patient/1", "Origin: "+origin),
			ask(cors(), "OPTIONS", "/fhir/Patient/1", "Origin: "+origin, "Access-Control-Request-Method: GET"),
		} {
			if got, any := w.Header()["Access-Control-Allow-Origin"]; any || !lists(w.Header().Get("Vary"), "Origin") {
				t.Errorf("a page of %q is allowed %q, Vary %q", origin, got, w.Header().Get("Vary"))
			}
		}
	}
	if w := ask(cors(), "GET", "/fhir/Patient/1", "Origin: "+registered, "Origin: https://evil.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("two origins at once are allowed")
	}
}

func TestX2_NoAnswerTakesTheBrowsersOwnCredentials(t *testing.T) {
	for _, method := range []string{"GET", "OPTIONS"} {
		for _, path := range []string{"/fhir/metadata", "/fhir/Patient/1"} {
			w := ask(cors(), method, path, "Origin: "+registered, "Access-Control-Request-Method: GET", "Cookie: session=1")
			if got, any := w.Header()["Access-Control-Allow-Credentials"]; any {
				t.Errorf("%s %s: %q", method, path, got)
			}
		}
	}
}
