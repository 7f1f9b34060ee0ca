package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/cmd/fhirload/measure"
)

// gets is a workload of GETs without end, or of limit ones a worker.
type gets struct {
	path  string
	limit int
	fail  error
}

func (g gets) Operations() []string { return []string{"get"} }
func (g gets) Worker(int) Worker    { return &getter{gets: g} }

type getter struct {
	gets
	sent int
}

func (g *getter) Next(context.Context) (Request, bool, error) {
	if g.sent++; g.limit > 0 && g.sent > g.limit {
		return Request{}, false, g.fail
	}
	return Request{Method: http.MethodGet, Path: g.path}, true, nil
}

func (*getter) Done(Request, Reply) Verdict { return Verdict{Resources: 1} }

func serve(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, Target{Base: server.URL + "/fhir/", Token: "secret"}, time.Minute)
}

func clientOf(t *testing.T, target Target, timeout time.Duration) *Client {
	t.Helper()
	client, err := NewClient(target, 4, timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func do(t *testing.T, ctx context.Context, client *Client, w Workload, plan Plan) (Result, measure.Summary) {
	t.Helper()
	result, err := Run(ctx, client, w, plan)
	if err != nil {
		t.Fatal(err)
	}
	return result, result.Recorder.Total(result.Elapsed)
}

func TestErrorsAreCountedByStatus(t *testing.T) {
	var n atomic.Int64
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 4 {
		case 0:
			http.Error(w, "too many", http.StatusTooManyRequests)
		case 1:
			http.Error(w, "broken", http.StatusInternalServerError)
		}
	})
	result, all := do(t, t.Context(), client, gets{path: "Patient/1"}, Plan{Concurrency: 4, Count: 100})
	if result.StoppedBy != "count" || all.Requests != 100 || all.Errors != 50 {
		t.Errorf("ended by %s: %d requests, %d errors", result.StoppedBy, all.Requests, all.Errors)
	}
	if all.ByStatus["200"] != 50 || all.ByStatus["429"] != 25 || all.ByStatus["500"] != 25 {
		t.Errorf("by status: %v", all.ByStatus)
	}
	if !strings.HasPrefix(all.FirstError, "GET Patient/1: ") {
		t.Errorf("first error %q", all.FirstError)
	}
}

func TestRequestsAreFHIRRequestsOverKeptConnections(t *testing.T) {
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/fhir/Patient/1" || r.Header.Get("Accept") != mediaType || r.Header.Get("Authorization") != "Bearer secret" {
			http.Error(w, "wrong request", http.StatusBadRequest)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := clientOf(t, Target{Base: server.URL + "/fhir/", Token: "secret"}, time.Minute)
	_, all := do(t, t.Context(), client, gets{path: "Patient/1"}, Plan{Concurrency: 4, Count: 200})
	if all.Errors > 0 {
		t.Errorf("%d errors, first: %s", all.Errors, all.FirstError)
	}
	if n := connections.Load(); n > 4 {
		t.Errorf("%d connections for 4 workers", n)
	}
}

func TestTransportErrorsAreNamed(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	_, all := do(t, t.Context(), clientOf(t, Target{Base: closed.URL}, time.Minute), gets{}, Plan{Concurrency: 1, Count: 2})
	if all.Faults["refused"] != 2 || all.Errors != 2 || len(all.ByStatus) != 0 {
		t.Errorf("faults %v, status %v", all.Faults, all.ByStatus)
	}

	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hanging.Close()
	defer close(release)
	_, all = do(t, t.Context(), clientOf(t, Target{Base: hanging.URL}, 20*time.Millisecond), gets{}, Plan{Concurrency: 1, Count: 1})
	if all.Faults["timeout"] != 1 {
		t.Errorf("faults %v", all.Faults)
	}

	cut := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "short")
	})
	_, all = do(t, t.Context(), cut, gets{}, Plan{Concurrency: 1, Count: 1})
	if all.Faults["closed"] != 1 || all.Succeeded != 0 {
		t.Errorf("faults %v, succeeded %d", all.Faults, all.Succeeded)
	}
}

// A cancelled run returns what was measured, and lets requests in flight end.
func TestCancelReturnsWhatWasMeasured(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var n atomic.Int64
	client := serve(t, func(http.ResponseWriter, *http.Request) {
		if n.Add(1) == 10 {
			cancel()
		}
	})
	result, all := do(t, ctx, client, gets{}, Plan{Concurrency: 1})
	if result.StoppedBy != "interrupt" || all.Succeeded != 10 || all.Errors != 0 {
		t.Errorf("ended by %s: %d succeeded, %d errors", result.StoppedBy, all.Succeeded, all.Errors)
	}
}

func TestDurationEndsARun(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) {})
	result, _ := do(t, t.Context(), client, gets{}, Plan{Concurrency: 2, Duration: 30 * time.Millisecond})
	if result.StoppedBy != "duration" || result.Elapsed < 30*time.Millisecond {
		t.Errorf("ended by %s after %s", result.StoppedBy, result.Elapsed)
	}
}

func TestWarmupIsSentButNotRecorded(t *testing.T) {
	var n atomic.Int64
	client := serve(t, func(http.ResponseWriter, *http.Request) { n.Add(1) })
	for from, recorded := range map[time.Time]int64{time.Now().Add(time.Hour): 0, time.Now(): 5} {
		n.Store(0)
		recorder := measure.NewRecorder(1)
		r := &run{client: client, measureFrom: from, hard: t.Context()}
		if err := r.work(t.Context(), &getter{gets: gets{limit: 5}}, recorder); err != nil {
			t.Fatal(err)
		}
		if got := recorder.Total(time.Second).Requests; got != recorded || n.Load() != 5 {
			t.Errorf("%d recorded of %d sent, want %d", got, n.Load(), recorded)
		}
	}
}

func TestAWorkloadEndsByItselfOrFails(t *testing.T) {
	client := serve(t, func(http.ResponseWriter, *http.Request) {})
	result, all := do(t, t.Context(), client, gets{limit: 3}, Plan{Concurrency: 2})
	if result.StoppedBy != "done" || all.Requests != 6 {
		t.Errorf("ended by %s after %d", result.StoppedBy, all.Requests)
	}
	broken := errors.New("broken")
	if _, err := Run(t.Context(), client, gets{limit: 3, fail: broken}, Plan{Concurrency: 2}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestBaseURLs(t *testing.T) {
	for base, good := range map[string]bool{
		"http://127.0.0.1:8080/fhir/": true,
		"https://example.org":         true,
		"127.0.0.1:8080":              false,
		"ftp://example.org":           false,
		"http://a@example.org":        false,
		"http://example.org/?x=1":     false,
		"":                            false,
	} {
		if _, err := NewClient(Target{Base: base}, 1, time.Second); (err == nil) != good {
			t.Errorf("%q: error %v", base, err)
		}
	}
}

func TestRelativeLinksStayBelowTheBase(t *testing.T) {
	client := clientOf(t, Target{Base: "http://127.0.0.1:1/fhir"}, time.Second)
	for _, c := range []struct {
		link, path, query string
		ok                bool
	}{
		{"http://127.0.0.1:1/fhir/Patient?page=2", "Patient", "page=2", true},
		{"https://other.example/fhir?_getpages=x", "", "_getpages=x", true},
		{"http://127.0.0.1:1/admin", "", "", false},
	} {
		path, query, ok := client.Relative(c.link)
		if ok != c.ok || (ok && (path != c.path || query != c.query)) {
			t.Errorf("%s: %q, %q, %v", c.link, path, query, ok)
		}
	}
}
