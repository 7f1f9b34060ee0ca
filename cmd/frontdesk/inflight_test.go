package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// inFlightVariable makes the attacks of TestE4 whole instead of a tenth.
const inFlightVariable = "FRONTDESK_MEMORY_WHOLE"

// attack is how large the three attacks are, and what the server may take meanwhile.
type attack struct {
	bombs, bombBytes  int // requests, and what each unpacks to
	slow              int // bodies that don't end
	batches, searches int // at once; in each
	resources         int // that each search finds
	inFlight, body    string
	most              int64 // bytes of memory
	resourceBytes     int
}

var (
	tenth = attack{bombs: 6, bombBytes: 100 << 20, slow: 300, batches: 2, searches: 100, resources: 100, inFlight: "32MiB", body: "6MiB", most: mostMemory, resourceBytes: 3000}
	whole = attack{bombs: 30, bombBytes: 1000 << 20, slow: 3000, batches: 3, searches: 1000, resources: 1000, inFlight: "320MiB", body: "64MiB", most: 600 << 20, resourceBytes: 3000}
)

// TestE4_AttacksOnMemoryStayWithinIt: bombs, slow bodies and batches of searches, each as many at once as took
// gigabytes; meanwhile a small request is answered.
func TestE4_AttacksOnMemoryStayWithinIt(t *testing.T) {
	measured(t)
	a := tenth
	if os.Getenv(inFlightVariable) != "" {
		a = whole
	}
	folder := t.TempDir()
	var lines []string
	for n := range a.resources {
		lines = append(lines, fmt.Sprintf(`{"resourceType":"Patient","id":"%d","name":[{"text":%q}]}`, n, strings.Repeat("x", a.resourceBytes)))
	}
	if status, _, log := frontdesk(t, strings.Join(lines, "\n"), "import", "--store", "sqlite:"+folder, "-"); status != 0 {
		t.Fatal(log)
	}
	r := startProcess(t, serveArgs(folder, "--memory-in-flight", a.inFlight, "--max-body", a.body)...)
	still := func(during string) {
		t.Helper()
		if status, body, _ := get(t, r.base+"/Patient/1"); status != 200 {
			t.Errorf("during %s a read is answered %d %s", during, status, body)
		}
	}
	a.throwBombs(t, r.base, still)
	a.trickle(t, strings.TrimPrefix(r.root(), "http://"), still)
	a.search(t, r.base, still)
	r.signal(syscall.SIGTERM)
	state := r.wait()
	if got := peak(t, state); got > a.most {
		t.Errorf("it took %d MB, want at most %d", got>>20, a.most>>20)
	} else {
		t.Logf("peak %d MB", got>>20)
	}
}

// throwBombs sends bodies that unpack to much more than they are.
func (a attack) throwBombs(t *testing.T, base string, still func(string)) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	for blank := bytes.Repeat([]byte(" "), 1<<20); a.bombBytes > 0; a.bombBytes -= len(blank) {
		if _, err := w.Write(blank); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range a.bombs {
		wg.Go(func() {
			r, err := http.NewRequest("POST", base+"/Patient", bytes.NewReader(bomb.Bytes()))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Content-Type", "application/fhir+json")
			r.Header.Set("Content-Encoding", "gzip")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				return // refused by a reset, before all of it was sent
			}
			defer resp.Body.Close()
			if resp.StatusCode != 413 && resp.StatusCode != 503 {
				t.Errorf("a bomb is answered %d", resp.StatusCode)
			}
		})
	}
	still("bombs")
	wg.Wait()
}

// trickle begins bodies that say they are large and of which a byte comes.
func (a attack) trickle(t *testing.T, address string, still func(string)) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range a.slow {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		fmt.Fprintf(c, "POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000000\r\n\r\n{")
	}
	still("slow bodies")
}

// search sends batches of searches, each of which finds everything.
func (a attack) search(t *testing.T, base string, still func(string)) {
	entry := fmt.Sprintf(`{"request":{"method":"GET","url":"Patient?_count=%d"}}`, a.resources)
	batch := `{"resourceType":"Bundle","type":"batch","entry":[` + strings.Repeat(entry+",", a.searches-1) + entry + `]}`
	var wg sync.WaitGroup
	for range a.batches {
		wg.Go(func() {
			resp, err := http.Post(base, "application/fhir+json", strings.NewReader(batch))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			found, refused := 0, 0
			lines := bufio.NewReaderSize(resp.Body, 1<<20)
			for {
				part, err := lines.ReadString('}')
				if strings.Contains(part, `"200 OK"`) {
					found++
				}
				if strings.Contains(part, `"503 Service Unavailable"`) {
					refused++
				}
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Errorf("the answer to a batch ends with %v", err)
					return
				}
			}
			if resp.StatusCode == 200 && (found == 0 || refused == 0) || resp.StatusCode != 200 && resp.StatusCode != 503 {
				t.Errorf("a batch of searches is answered %d: %d found, %d refused", resp.StatusCode, found, refused)
			}
		})
	}
	still("batches")
	wg.Wait()
}
