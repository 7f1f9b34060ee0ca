package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func serveArgs(folder string, more ...string) []string {
	return append([]string{"serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", "sqlite:" + folder}, more...)
}

func TestServe(t *testing.T) {
	r := start(t, serveArgs(t.TempDir())...)
	contains(t, "--auth off", r.logged(), "can read and change")
	for path, want := range map[string]string{"/healthz": "ok", "/readyz": "ready"} {
		status, body, _ := get(t, r.root()+path)
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		contains(t, path, body, want)
	}
	contains(t, "/metrics", r.metrics(), "go_goroutines")
	for _, path := range []string{"/metrics", "/healthz/x", "/fhirx/Patient", "/debug/pprof/"} {
		if status, body, _ := get(t, r.root()+path); status != 404 || !strings.Contains(body, "OperationOutcome") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	// The base URL with the port that was free is known to the store too: a reference by it is one to here.
	obs := fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"%s/Patient/ash"}}`, r.base)
	resp, err := http.Post(r.base+"/Observation", "application/fhir+json", strings.NewReader(obs))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if location := resp.Header.Get("Location"); resp.StatusCode != 201 || !strings.HasPrefix(location, r.base+"/Observation/") {
		t.Errorf("create: %d, Location %s", resp.StatusCode, location)
	}
	if _, body, found := get(t, r.base+"/Observation?subject=Patient/ash"); len(found.Entry) != 1 || len(found.Link) == 0 || !strings.HasPrefix(found.Link[0].URL, r.base) {
		t.Errorf("search by the reference: %s", body)
	}
}

// TestLimitsReachTheServer: a limit that is set is the one that holds.
func TestLimitsReachTheServer(t *testing.T) {
	r := start(t, serveArgs(t.TempDir(), "--max-values", "6", "--max-body", "1000B")...)
	for body, want := range map[string]int{
		`{"resourceType":"Patient"}`: 201,
		`{"resourceType":"Patient","name":[{"given":["a","b","c","d","e","f","g","h","i"]}]}`: 413,
		`{"resourceType":"Patient"` + strings.Repeat(" ", 1000) + `}`:                         413,
	} {
		resp, err := http.Post(r.base+"/Patient", "application/fhir+json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%.60s: %d, want %d", body, resp.StatusCode, want)
		}
	}
}

// begin sends a create whose body the server waits for: it has answered 100 Continue.
func begin(t *testing.T, r *running, size int) (net.Conn, *bufio.Reader) {
	t.Helper()
	address := strings.TrimPrefix(r.root(), "http://")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fmt.Fprintf(c, "POST /fhir/Patient HTTP/1.1\r\nHost: %s\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, size)
	in := bufio.NewReader(c)
	line, err := in.ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return c, in
}

// TestDrain: after SIGTERM a request in flight is answered, new connections aren't taken, and the program ends well.
func TestDrain(t *testing.T) {
	folder := t.TempDir()
	r := start(t, serveArgs(folder)...)
	body := `{"resourceType":"Patient","id":"x"}`
	c, in := begin(t, r, len(body))
	r.stop()
	await(t, "the port to close", func() bool {
		probe, err := net.Dial("tcp", c.RemoteAddr().String())
		if err == nil {
			probe.Close()
		}
		return err != nil
	})
	fmt.Fprint(c, body)
	resp, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 201 {
		t.Errorf("the request in flight: %s", resp.Status)
	}
	if status := r.end(); status != 0 {
		t.Errorf("status %d: %s", status, r.logged())
	}
	if status, out, log := frontdesk(t, "", "export", "--store", "sqlite:"+folder, t.TempDir()); status != 0 || !strings.Contains(out, "1  Patient.ndjson") {
		t.Errorf("what was acknowledged: %s%s", out, log)
	}
}

// TestDrainEnds: a request that never ends doesn't keep the program.
func TestDrainEnds(t *testing.T) {
	r := start(t, serveArgs(t.TempDir(), "--drain", "10ms")...)
	begin(t, r, 100)
	r.stop()
	if status := r.end(); status != 1 {
		t.Errorf("status %d", status)
	}
	contains(t, "the end", r.logged(), "--drain")
}

// TestNotice: for as long as --notice says requests are answered, but /readyz says no. A second SIGTERM ends that.
func TestNotice(t *testing.T) {
	r := startProcess(t, serveArgs(t.TempDir(), "--notice", "1h")...)
	if status, _, _ := get(t, r.root()+"/readyz"); status != 200 {
		t.Fatalf("ready: %d", status)
	}
	r.signal(syscall.SIGTERM)
	await(t, "/readyz to say no", func() bool {
		status, _, _ := get(t, r.root()+"/readyz")
		return status == http.StatusServiceUnavailable
	})
	if status, _, _ := get(t, r.base+"/Patient"); status != 200 {
		t.Errorf("a request meanwhile: %d", status)
	}
	r.signal(syscall.SIGTERM)
	if state := r.wait(); state.Success() {
		t.Errorf("ended by two SIGTERMs: %s", state)
	}
}

// await asks until it is so. The limit is there for a test that fails only.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestInUse: what can't be served says why.
func TestInUse(t *testing.T) {
	folder := t.TempDir()
	r := start(t, serveArgs(folder)...)
	status, _, log := frontdesk(t, `{"resourceType":"Patient"}`, "import", "--store", "sqlite:"+folder, "-")
	if status != 1 {
		t.Errorf("import beside serve: status %d", status)
	}
	contains(t, "import beside serve", log, "in use by another process", folder)
	status, _, log = frontdesk(t, "", "serve", "--auth", "off", "--listen", strings.TrimPrefix(r.root(), "http://"), "--store", "sqlite:"+t.TempDir())
	if status != 1 {
		t.Errorf("a port in use: status %d", status)
	}
	contains(t, "a port in use", log, "--listen")
}

// TestA3_EveryPathIsInTheLogAndTheMetrics: a reference that somebody is shown is found, whatever path it was shown on.
func TestA3_EveryPathIsInTheLogAndTheMetrics(t *testing.T) {
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+t.TempDir())
	for path, route := range map[string]string{
		"/auth/sign-in?return=%zz": "/auth/sign-in", "/auth/manage/revoke": "/auth/manage/revoke", "/auth/token": "/auth/token", "/auth/authorize": "/auth/authorize",
		"/auth/userinfo": "/auth/userinfo", "/auth/nothing": "unmatched", "/fhir/Nowhere": "/fhir/:type", "/fhir/Patient/1": "/fhir/:type/:id", "/nothing": "unmatched",
		"/healthz/x": "unmatched", "/healthz": "/healthz",
	} {
		q, err := http.NewRequest("GET", r.root()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Accept", "text/html")
		resp, err := http.DefaultTransport.RoundTrip(q) // as it is, without following
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		reference := resp.Header.Get("X-Request-Id")
		if reference == "" || !strings.Contains(r.logged(), reference) {
			t.Errorf("%s: the reference %q is not in the log", path, reference)
		}
		if label := fmt.Sprintf(`http_route="%s",http_response_status_code="%d"`, route, resp.StatusCode); !strings.Contains(r.metrics(), label) {
			label = fmt.Sprintf(`http_response_status_code="%d",http_route="%s"`, resp.StatusCode, route)
			if !strings.Contains(r.metrics(), label) {
				t.Errorf("%s: the metrics have no %s", path, label)
			}
		}
	}
}
