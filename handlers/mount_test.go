package handlers_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/handlers"
)

// TestA3_AnErrorOnAnyPathIsInTheLogAndTheMetrics walks all routes, of the API and of what is mounted beside it, and
// provokes an error on each.
func TestA3_AnErrorOnAnyPathIsInTheLogAndTheMetrics(t *testing.T) {
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	counted := prometheus.NewRegistry()
	page := handlers.Mount{Paths: []string{"/auth/page", "/auth/broken"}, Below: []string{"/auth"},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/auth/broken" {
				panic(errors.New("broken"))
			}
			http.Error(w, "no", http.StatusTeapot)
		}), Fail: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.Header().Set("Content-Type", "text/html")
			http.Error(w, "<p>Sorry</p>", http.StatusInternalServerError)
		}}
	probe := handlers.Mount{Methods: []string{"GET"}, Paths: []string{"/probe"}, Handler: http.NotFoundHandler()}
	h := newServer(t, func(o *handlers.Options) {
		o.Log, o.Metrics, o.Mounts = slog.New(slog.NewJSONHandler(&log, nil)), counted, []handlers.Mount{page, probe}
	})
	ask := func(method, path string, headers ...string) *http.Response {
		t.Helper()
		log.Reset()
		before := errorsIn(t, counted)
		w := answerOf(h, method, path, headers...)
		reference := w.Header.Get("X-Request-Id")
		if w.StatusCode < 400 || reference == "" || !strings.Contains(log.String(), `"reference":"`+reference+`"`) {
			t.Errorf("%s %s: %d, reference %q, log %s", method, path, w.StatusCode, reference, log.String())
		}
		if errorsIn(t, counted) != before+1 {
			t.Errorf("%s %s is not counted", method, path)
		}
		return w
	}
	for _, route := range handlers.Routes(r) {
		path := strings.NewReplacer(":type", "Patient", ":id", "none", ":vid", "1", ":within", "Observation").Replace(route.Pattern)
		if o := route.Operation; o != nil && len(o.Types) > 0 {
			path = strings.Replace(path, "Patient", o.Types[0], 1)
		}
		ask(route.Method, "/fhir"+path+"?%zz=1")
	}
	for _, path := range []string{"/auth/page", "/auth", "/auth/nothing", "/probe", "/nothing", "/"} {
		ask("GET", path)
	}
	ask("POST", "/probe")
	ask("BREW", "/auth/page")
	if w := ask("GET", "/auth/broken", "Accept: text/html,*/*"); w.Header.Get("Content-Type") != "text/html" && !strings.HasPrefix(w.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("a browser is shown %s", w.Header.Get("Content-Type"))
	}
	if w := ask("GET", "/auth/broken"); !strings.Contains(w.Header.Get("Content-Type"), "json") {
		t.Errorf("a program is told %s", w.Header.Get("Content-Type"))
	}
}

// errorsIn is how many answers of 400 and above were counted.
func errorsIn(t *testing.T, r *prometheus.Registry) (n float64) {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "frontdesk_app_errors_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			n += m.GetCounter().GetValue()
		}
	}
	return n
}

// answerOf sends a request as it is.
func answerOf(h http.Handler, method, path string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// TestMountsComeBeforeTheAPI: with the API at the root, what lies below a Mount would fit the API's routes too.
func TestMountsComeBeforeTheAPI(t *testing.T) {
	var log bytes.Buffer
	answer := func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("a page")) }
	page := handlers.Mount{Paths: []string{"/auth/page"}, Below: []string{"/auth"}, Handler: http.HandlerFunc(answer)}
	h := newServer(t, func(o *handlers.Options) {
		o.Base, o.Mounts = "http://127.0.0.1:8080", []handlers.Mount{page}
		o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	})
	routes := map[string]string{"/auth/page": "/auth/page", "/auth/Patient": "unmatched", "/auth": "unmatched"}
	for path, route := range routes {
		log.Reset()
		w := answerOf(h, "GET", path)
		if w.StatusCode != http.StatusOK || !strings.Contains(log.String(), `"route":"`+route+`"`) {
			t.Errorf("%s: %d, log %s", path, w.StatusCode, log.String())
		}
	}
	if w := answerOf(h, "GET", "/Nonsense/page"); w.StatusCode != http.StatusNotFound {
		t.Errorf("what is neither: %d", w.StatusCode)
	}
}
