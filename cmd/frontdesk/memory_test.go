package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// mostMemory is what the program may take for what the tests here ask of it, in bytes.
const mostMemory = 300 << 20

// measured skips a test that asks how much memory a process took where that can't be told.
func measured(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory is measured as Linux reports it; this is " + runtime.GOOS)
	}
	if racing {
		t.Skip("the race detector takes several times the memory; run this test without it")
	}
}

// TestMemoryOfConnections: a thousand connections, each used and then kept open.
func TestMemoryOfConnections(t *testing.T) {
	measured(t)
	folder := t.TempDir()
	var lines []string
	for n := range 200 {
		lines = append(lines, fmt.Sprintf(`{"resourceType":"Patient","id":"%d","name":[{"family":"x%d"}]}`, n, n))
	}
	if status, _, log := frontdesk(t, strings.Join(lines, "\n"), "import", "--store", "sqlite:"+folder, "-"); status != 0 {
		t.Fatal(log)
	}
	r := startProcess(t, serveArgs(folder)...)
	address := strings.TrimPrefix(r.root(), "http://")
	for n := range 1000 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /fhir/Patient?_count=100 HTTP/1.1\r\nHost: %s\r\n\r\n", address)
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
			t.Fatalf("connection %d: %s, %v", n, resp.Status, err)
		}
	}
	contains(t, "/metrics", metricsOf(t, r.log.String()), "process_open_fds 1")
	r.signal(syscall.SIGTERM)
	state := r.wait()
	if !state.Success() {
		t.Errorf("it ended with %s: %s", state, r.log.String())
	}
	if got := peak(t, state); got > mostMemory {
		t.Errorf("1,000 connections took %d MB, want at most %d", got>>20, mostMemory>>20)
	} else {
		t.Logf("peak %d MB", got>>20)
	}
}

// TestMemoryOfImport: a file is read as a stream, and not held.
func TestMemoryOfImport(t *testing.T) {
	measured(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "big.ndjson")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out, size := bufio.NewWriter(f), 0
	random := rand.NewChaCha8([32]byte{})
	data := make([]byte, 15<<10)
	for n := 0; size < 50<<20; n++ {
		random.Read(data)
		line := fmt.Sprintf(`{"resourceType":"Binary","id":"%d","contentType":"text/plain","data":%q}`+"\n", n, base64.StdEncoding.EncodeToString(data))
		size += len(line)
		out.WriteString(line)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	c := newChild(t, "import", "--store", "sqlite:"+filepath.Join(folder, "store"), path)
	text, err := c.cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, c.log.String())
	}
	if got := peak(t, c.cmd.ProcessState); got > mostMemory {
		t.Errorf("the import took %d MB, want at most %d", got>>20, mostMemory>>20)
	} else {
		t.Logf("peak %d MB: %s", got>>20, text)
	}
}
