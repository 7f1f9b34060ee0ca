package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var curl = regexp.MustCompile(`(?m)^  curl '([^']+)'$`)

// TestDemo: the curl lines work as they are printed, and each finds something.
func TestDemo(t *testing.T) {
	r := start(t, "demo", "--listen", "localhost:0", "--patients", "3")
	if !strings.HasPrefix(r.base, "http://localhost:") || strings.HasSuffix(r.root(), ":0") {
		t.Errorf("base URL %s", r.base)
	}
	lines := curl.FindAllStringSubmatch(r.printed(), -1)
	if len(lines) != 3 {
		t.Fatalf("%d curl lines in\n%s", len(lines), r.printed())
	}
	for _, l := range lines {
		status, body, res := get(t, l[1])
		if status != 200 {
			t.Errorf("%s: %d %s", l[1], status, body)
			continue
		}
		matches := 0
		for _, e := range res.Entry {
			if e.Search.Mode == "match" {
				matches++
			}
			if !strings.HasPrefix(e.FullURL, r.base+"/") {
				t.Errorf("%s: fullUrl %s", l[1], e.FullURL)
			}
		}
		if res.ResourceType == "Bundle" && matches == 0 || res.ResourceType != "Bundle" && res.ID == "" {
			t.Errorf("%s finds nothing: %s", l[1], body)
		}
	}
	if log := r.logged(); strings.Contains(log, "\r") || !strings.Contains(log, "demo practice: ") {
		t.Errorf("progress where there is no terminal: %q", log)
	}
	r.stop()
	if status := r.end(); status != 0 {
		t.Errorf("status %d: %s", status, r.logged())
	}
}

// TestDemoFolder: a practice that is kept is used as it is, and never mixed with another's records.
func TestDemoFolder(t *testing.T) {
	folder := t.TempDir()
	again := func() *running {
		return start(t, "demo", "--listen", "127.0.0.1:0", "--patients", "2", "--folder", folder)
	}
	r := again()
	newest := func() (all []string) {
		for _, typ := range []string{"Patient", "Slot", "Schedule", "DiagnosticReport", "Consent"} {
			_, _, history := get(t, r.base+"/"+typ+"/_history?_count=1")
			all = append(all, string(history.Entry[0].Resource))
		}
		return all
	}
	before := newest()
	r.stop()
	r.end()

	r = again()
	contains(t, "the second start", r.logged(), "as it is")
	if after := newest(); !slices.Equal(before, after) {
		t.Errorf("the newest versions are\n%s\nwere\n%s", after, before)
	}
	if _, _, p := get(t, r.base+"/Patient/demo-0001"); p.Meta.VersionID != "1" {
		t.Errorf("version %q", p.Meta.VersionID)
	}
	r.stop()
	r.end()

	status, _, log := frontdesk(t, "", "demo", "--listen", "127.0.0.1:0", "--seed", "2", "--patients", "2", "--folder", folder)
	if status != 1 {
		t.Errorf("another seed: status %d", status)
	}
	contains(t, "another seed", log, "--seed 1 --patients 2")

	real := t.TempDir()
	frontdesk(t, `{"resourceType":"Patient"}`, "import", "--store", "sqlite:"+real, "-")
	status, _, log = frontdesk(t, "", "demo", "--listen", "127.0.0.1:0", "--folder", real)
	if status != 1 {
		t.Errorf("a folder of real records: status %d", status)
	}
	contains(t, "a folder of real records", log, "aren't the demo's")
}
