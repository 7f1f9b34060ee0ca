package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestMain is the program itself when a test starts its own binary as another process.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_AS_FRONTDESK") != "" {
		main()
	}
	os.Exit(m.Run())
}

// frontdesk runs a command to its end.
func frontdesk(t *testing.T, stdin string, args ...string) (status int, out, log string) {
	t.Helper()
	var o, e bytes.Buffer
	var mu sync.Mutex // the log comes from the background, too
	status = run(t.Context(), args, console{strings.NewReader(stdin), locked{&mu, &o}, locked{&mu, &e}})
	return status, o.String(), e.String()
}

// The variables that were set before the tests began are for the suites, and no settings.
func init() {
	before := os.Environ()
	environ = func() []string {
		return slices.DeleteFunc(os.Environ(), func(pair string) bool { return slices.Contains(before, pair) })
	}
}

// making has serve make the store, too, if there is none.
func making(args []string) []string {
	if i := slices.Index(args, "serve"); i >= 0 {
		return slices.Insert(slices.Clone(args), i+1, "--new", "--metrics-listen", "127.0.0.1:0")
	}
	return args
}

// running is a command that serves.
type running struct {
	t      *testing.T
	base   string
	stop   context.CancelFunc // as SIGTERM does
	status chan int
	mu     sync.Mutex
	text   bytes.Buffer // stdout
	log    bytes.Buffer // stderr
}

// locked lets a buffer be written and read at the same time.
type locked struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

var baseLine = regexp.MustCompile(`https?://\S+/fhir\n`)

// start runs a command until it says at which base URL it serves. The test's end ends it.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	args = making(args)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{t: t, stop: stop, status: make(chan int, 1)}
	read, write := io.Pipe()
	go func() {
		r.status <- run(ctx, args, console{strings.NewReader(""), io.MultiWriter(locked{&r.mu, &r.text}, write), locked{&r.mu, &r.log}})
		write.Close()
	}()
	t.Cleanup(func() {
		stop()
		r.end()
	})
	r.base = baseIn(read)
	if r.base == "" {
		t.Fatalf("%v: it doesn't serve:\n%s", args, r.logged())
	}
	if args[0] == "demo" && !seen(read, "The practice is whole") {
		t.Fatalf("%v: it isn't filled:\n%s", args, r.logged())
	}
	go io.Copy(io.Discard, read)
	return r
}

// seen reads until a text comes; false if it never does.
func seen(out io.Reader, text string) bool {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			return true
		}
	}
	return false
}

// baseIn reads until the base URL is named; "" if that never is.
func baseIn(out io.Reader) string {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if url := baseLine.FindString(line); url != "" {
			return strings.TrimSpace(url)
		}
		if err != nil {
			return ""
		}
	}
}

// end waits for the exit status. It may be asked again.
func (r *running) end() int {
	status := <-r.status
	r.status <- status
	return status
}

func (r *running) printed() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func (r *running) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// metrics is what the server tells of itself.
func (r *running) metrics() string {
	return metricsOf(r.t, r.logged())
}

var metricsLine = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/metrics`)

// metricsOf asks where a log says that metrics are served.
func metricsOf(t *testing.T, log string) string {
	t.Helper()
	at := metricsLine.FindString(log)
	if at == "" {
		t.Fatalf("no metrics are served: %s", log)
	}
	_, text, _ := get(t, at)
	return text
}

// root is the server without the FHIR path.
func (r *running) root() string { return strings.TrimSuffix(r.base, "/fhir") }

// resource is as much of any resource as the tests look at.
type resource struct {
	ResourceType, ID string
	Meta             struct{ VersionID string }
	Total            int
	Link             []struct{ Relation, URL string }
	Entry            []struct {
		FullURL  string
		Resource json.RawMessage
		Search   struct{ Mode string }
	}
}

// getAs asks with a token.
func getAs(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// get asks for a URL.
func get(t *testing.T, url string) (status int, body string, res resource) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &res); err != nil {
			t.Fatalf("%s: %v in %s", url, err, text)
		}
	}
	return resp.StatusCode, string(text), res
}

// contains asserts that a text has all parts.
func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s doesn't say %q:\n%s", what, p, text)
		}
	}
}
