package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAnExportGoesOnAfterKill: the process that makes it is killed on the way. The next one goes on with it when its
// status is asked for, and it holds what was there when it was ordered.
func TestAnExportGoesOnAfterKill(t *testing.T) {
	const there = 9000
	folder := t.TempDir()
	var lines strings.Builder
	for i := range there {
		fmt.Fprintf(&lines, `{"resourceType":"Patient","id":"p%d","name":[{"family":"Ash"}]}`+"\n", i)
	}
	data := filepath.Join(folder, "patients.ndjson")
	if err := os.WriteFile(data, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	at := "sqlite:" + filepath.Join(folder, "store")
	if status, out, log := frontdesk(t, "", "import", "--store", at, data); status != 0 {
		t.Fatal(status, out, log)
	}
	serve := []string{"serve", "--auth", "off", "--listen", "127.0.0.1:0", "--store", at}
	first := startProcess(t, serve...)
	address := midway(t, first)
	first.signal(os.Kill)
	first.wait()
	next := startProcess(t, serve...)
	late, err := http.NewRequest(http.MethodPut, next.root()+"/fhir/Patient/late",
		strings.NewReader(`{"resourceType":"Patient","id":"late"}`))
	if err != nil {
		t.Fatal(err)
	}
	late.Header.Set("Content-Type", "application/fhir+json")
	if resp, err := http.DefaultClient.Do(late); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatal(err, resp)
	}
	address = strings.Replace(address, first.root(), next.root(), 1)
	var m struct{ Output []struct{ URL string } }
	for tick := time.Tick(20 * time.Millisecond); m.Output == nil; <-tick {
		status, body := getAs(t, address, "")
		if status == http.StatusOK {
			if err := json.Unmarshal([]byte(body), &m); err != nil {
				t.Fatal(err)
			}
		} else if status != http.StatusAccepted {
			t.Fatal(status, body)
		}
	}
	seen := map[string]bool{}
	for _, f := range m.Output {
		_, body := getAs(t, f.URL, "")
		for line := range strings.Lines(body) {
			var p struct{ ID string }
			if err := json.Unmarshal([]byte(line), &p); err != nil || seen[p.ID] {
				t.Fatalf("%v: %s, or it comes twice", err, line)
			}
			seen[p.ID] = true
		}
	}
	if len(seen) != there || seen["late"] {
		t.Errorf("it holds %d patients, of %d", len(seen), there)
	}
}

// midway orders exports until one is seen that isn't done and has something already. It gives the status' address.
func midway(t *testing.T, c *child) string {
	t.Helper()
	for range 10 {
		order, err := http.NewRequest(http.MethodGet, c.root()+"/fhir/$export?_type=Patient", nil)
		if err != nil {
			t.Fatal(err)
		}
		order.Header.Set("Prefer", "respond-async")
		resp, err := http.DefaultClient.Do(order)
		if err != nil || resp.StatusCode != http.StatusAccepted {
			t.Fatal(err, resp)
		}
		resp.Body.Close()
		address := resp.Header.Get("Content-Location")
		for {
			resp, err := http.Get(address)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusAccepted {
				break
			}
			if progress := resp.Header.Get("X-Progress"); !strings.HasSuffix(progress, ", 0 resources") {
				t.Log("killed at", progress)
				return address
			}
		}
	}
	t.Fatal("no export was seen on its way")
	return ""
}
