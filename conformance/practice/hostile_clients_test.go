package practice_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// hostileBody is the largest body that the besieged server takes, and hostileUpload how long the hurried one waits for
// one.
const (
	hostileBody   = 1 << 20
	hostileUpload = 200 * time.Millisecond
)

// attacks are what hostile clients do, each once. What they are answered doesn't matter, but that it isn't a fault of
// the server.
var attacks = []struct {
	kind string
	do   func(*siege, *rand.Rand) error
}{
	{"dropped search", func(s *siege, r *rand.Rand) error { return s.drop(r, s.address, getText(s.anyToken(r), slowSearch(r))) }},
	{"dropped search", func(s *siege, r *rand.Rand) error { return s.drop(r, s.address, getText(s.anyToken(r), slowSearch(r))) }},
	{"dropped search", func(s *siege, r *rand.Rand) error { return s.drop(r, s.address, getText(s.anyToken(r), slowSearch(r))) }},
	{"dropped read", func(s *siege, r *rand.Rand) error {
		return s.drop(r, s.address, getText(s.anyToken(r), fmt.Sprintf("/Observation/fill-%d", r.IntN(600))))
	}},
	{"dropped history", func(s *siege, r *rand.Rand) error {
		return s.drop(r, s.address, getText(s.anyToken(r), "/Observation/_history?_count=500"))
	}},
	{"dropped write", func(s *siege, r *rand.Rand) error { return s.drop(r, s.address, s.noise(r)) }},
	{"dropped batch", func(s *siege, r *rand.Rand) error { return s.drop(r, s.address, s.batch(r)) }},
	{"timed-out search", func(s *siege, r *rand.Rand) error { return s.ask(s.hurried, getText(s.anyToken(r), slowSearch(r))) }},
	{"timed-out search", func(s *siege, r *rand.Rand) error { return s.ask(s.hurried, getText(s.anyToken(r), slowSearch(r))) }},
	{"timed-out batch", func(s *siege, r *rand.Rand) error { return s.ask(s.hurried, s.batch(r)) }},
	{"half a body", func(s *siege, r *rand.Rand) error {
		half := s.noise(r)
		return s.drop(r, s.address, half[:len(half)-1-r.IntN(40)])
	}},
	{"slow body", func(s *siege, r *rand.Rand) error { return s.trickle(s.hurried, s.noise(r)) }},
	{"huge body", func(s *siege, r *rand.Rand) error {
		return s.ask(s.address, postText(s.tokens[2], "/Observation", strings.Repeat(" ", hostileBody+1)), tooMuch...)
	}},
	{"gzip bomb", func(s *siege, r *rand.Rand) error {
		return s.ask(s.address, postText(s.tokens[2], "/Observation", bomb(), "Content-Encoding: gzip"), tooMuch...)
	}},
	{"wrong token", func(s *siege, r *rand.Rand) error { return s.ask(s.address, getText("nonsense", slowSearch(r))) }},
	{"token endpoint", func(s *siege, r *rand.Rand) error {
		return s.ask(s.address, request("POST", "/auth/token", "", fmt.Sprintf("grant_type=authorization_code&client_id=app&code=%d", r.Int64()), "Content-Type: application/x-www-form-urlencoded"))
	}},
	{"sign-in", func(s *siege, r *rand.Rand) error {
		return s.ask(s.address, request("GET", "/auth/authorize?response_type=code&client_id=app&state=x&redirect_uri=https://app.example/after", "", ""))
	}},
	{"search flood", func(s *siege, r *rand.Rand) error {
		return s.ask(s.address, getText(s.anyToken(r), slowSearch(r)))
	}},
	{"reset stream", (*siege).reset},
	{"reset stream", (*siege).reset},
	{"wrong password", (*siege).guess},
	{"no HTTP", func(s *siege, r *rand.Rand) error {
		return s.drop(r, s.address, "\x16\x03\x01"+strings.Repeat("x", r.IntN(200)))
	}},
}

// bomb is 4 MiB of blanks, packed.
var bomb = sync.OnceValue(func() string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(bytes.Repeat([]byte{' '}, 4*hostileBody)) // a buffer takes everything
	_ = w.Close()
	return out.String()
})

// attack makes hostile requests until there were enough.
func (s *siege) attack(r *rand.Rand) {
	for s.left.Add(-1) >= 0 && !s.Failed() {
		a := attacks[r.IntN(len(attacks))]
		if err := a.do(s, r); err != nil {
			s.Errorf("%s: %v", a.kind, err)
		}
		n, _ := s.made.LoadOrStore(a.kind, &atomic.Int64{})
		n.(*atomic.Int64).Add(1)
	}
}

func (s *siege) anyToken(r *rand.Rand) string { return s.tokens[r.IntN(len(s.tokens))] }

// slowSearch is one that takes a while.
func slowSearch(r *rand.Rand) string {
	all := []string{"/Observation?_sort=-date&_count=1000&_include=*", "/Observation?_count=1000&_total=accurate", "/Observation?subject:Patient.name=eve&_count=500",
		"/Patient?_revinclude=Observation:subject", "/Patient/eve/$everything", "/Observation?_sort=date&_count=1000"}
	return all[r.IntN(len(all))]
}

// request is one as it goes over the line.
func request(method, path, token, body string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: gp.example\r\nConnection: close\r\n", method, path)
	if token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", token)
	}
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if method != http.MethodGet {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n" + body
}

func getText(token, path string) string { return request(http.MethodGet, "/fhir"+path, token, "") }

func postText(token, path, body string, headers ...string) string {
	return request(http.MethodPost, "/fhir"+path, token, body, append(headers, "Content-Type: application/fhir+json")...)
}

// noise writes something that nobody else looks at.
func (s *siege) noise(r *rand.Rand) string {
	return postText(s.tokens[2], "/Observation", observation(r))
}

func observation(r *rand.Rand) string {
	return fmt.Sprintf(`{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/eve"},"code":{"text":"noise"},"valueInteger":%d}`, r.IntN(1000))
}

// batch writes and searches.
func (s *siege) batch(r *rand.Rand) string {
	kind := []string{"batch", "transaction"}[r.IntN(2)]
	var entries []string
	for range 8 {
		entries = append(entries, `{"resource":`+observation(r)+`,"request":{"method":"POST","url":"Observation"}}`,
			`{"request":{"method":"GET","url":"Observation?_count=200"}}`)
	}
	return postText(s.tokens[2], "", `{"resourceType":"Bundle","type":"`+kind+`","entry":[`+strings.Join(entries, ",")+`]}`)
}

// drop sends something and is gone after a random while: closed, or reset.
func (s *siege) drop(r *rand.Rand, address, text string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if r.IntN(2) == 0 {
		_ = c.(*net.TCPConn).SetLinger(0)
	}
	if _, err := io.WriteString(c, text); err != nil {
		return nil // the server was faster
	}
	// It may be answered before: then it is gone a little earlier.
	_ = c.SetReadDeadline(time.Now().Add(time.Duration(r.Int64N(int64(100*time.Microsecond) << r.IntN(7)))))
	_, _ = c.Read(make([]byte, 1))
	return nil
}

// tooMuch are how a body is answered that is too large, or for which there is no memory.
var tooMuch = []int{http.StatusRequestEntityTooLarge, http.StatusServiceUnavailable}

// ask sends something and reads the answer: a fault of the server is an error, and any that isn't wanted if it is said
// which are.
func (s *siege) ask(address, text string, wanted ...int) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	go func() { _, _ = io.WriteString(c, text) }() // the server may answer before it has taken all
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil // it was refused by a reset
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusInternalServerError || wanted != nil && !slices.Contains(wanted, resp.StatusCode) {
		return fmt.Errorf("answered %d: %s, %v", resp.StatusCode, body, err)
	}
	return nil
}

// trickle sends a request but for its last byte, and waits until the server has had enough.
func (s *siege) trickle(address, text string) error {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, text[:len(text)-1]); err != nil {
		return nil
	}
	_ = c.SetReadDeadline(time.Now().Add(100 * hostileUpload))
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("a body that doesn't end is waited for: %w", err)
	}
	if err != nil {
		return nil // the header was too slow already
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		return fmt.Errorf("a body that doesn't end is answered %d", resp.StatusCode)
	}
	return nil
}
