package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportExport: what is told, and by which status.
func TestImportExport(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.ndjson")
	var lines []string
	for n := range 8 {
		lines = append(lines, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d"}`, n))
	}
	for range 3 {
		lines = append(lines, `{"resourceType":"Patient","gender":"x","active":"x","birthDate":"x","name":"x","photo":"x","contact":"x","link":"x"}`)
	}
	if err := os.WriteFile(in, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	store := "--store=sqlite:" + filepath.Join(dir, "store")
	status, out, log := frontdesk(t, "", "import", store, "--list", "2", in)
	if status != 1 || strings.Count(log, in+":") != 2 || strings.Contains(log, "\r") {
		t.Errorf("import: status %d: %s", status, log)
	}
	contains(t, "import", out+log, "8 resources in ", "3 faults", "in.ndjson:9: Patient.", "(and 2 more)", "1 faults more; --list 0", "import: 8 resources, 100% in ")
	if status, out, _ = frontdesk(t, "", "import", store, "--list", "0", in); status != 1 {
		t.Errorf("import again: status %d", status)
	}
	contains(t, "import again", out, "0 resources in ", "8 skipped", "--again")
	if status, _, log = frontdesk(t, strings.Join(lines[:8], "\n"), "import", store, "--again", "-"); status != 0 {
		t.Errorf("import of what is good: status %d: %s", status, log)
	}
	to := filepath.Join(dir, "out") // where each is in its first version still: what changes nothing makes none (P14)
	if status, out, log = frontdesk(t, "", "export", store, to, "--type", "Patient,Account"); status != 0 || out != "       8  Patient.ndjson\n" {
		t.Errorf("export: status %d: %q", status, out)
	}
	contains(t, "export", log, "export: 8 resources, 100% in ")
	text, err := os.ReadFile(filepath.Join(to, "Patient.ndjson"))
	if err != nil || strings.Count(string(text), "\n") != 8 || strings.Contains(string(text), `"versionId":"2"`) {
		t.Errorf("%v: %s", err, text)
	}
}

// TestImportHoldsTheLimits: the settings bound imported lines as they bound requests.
func TestImportHoldsTheLimits(t *testing.T) {
	store := "--store=sqlite:" + t.TempDir()
	deep := `{"resourceType":"Patient","id":"d","extension":[{"url":"urn:a","extension":[{"url":"urn:b","extension":[{"url":"urn:c","valueString":"x"}]}]}]}`
	for _, limit := range []string{"--max-depth=5", "--max-values=5", "--max-body=20B"} {
		if status, _, log := frontdesk(t, deep, "import", store, limit, "-"); status != 1 || !strings.Contains(log, "standard input:1") {
			t.Errorf("%s: status %d: %s", limit, status, log)
		}
	}
	if status, _, log := frontdesk(t, deep, "import", store, "-"); status != 0 {
		t.Errorf("by default: status %d: %s", status, log)
	}
	// What was stored under higher limits can still be searched through.
	r := start(t, append(serveArgs("", "--max-depth=5"), store)...)
	if status, body, found := get(t, r.base+"/Patient?_id=d"); status != 200 || len(found.Entry) != 1 {
		t.Errorf("%d %s", status, body)
	}
}

// TestReferencesEnforced: the setting reaches import and serve alike.
func TestReferencesEnforced(t *testing.T) {
	store := "--store=sqlite:" + t.TempDir()
	status, _, log := frontdesk(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/nobody"}}`,
		"import", store, "--references", "enforce", "-")
	if status != 1 {
		t.Errorf("status %d", status)
	}
	contains(t, "import", log, "Patient/nobody")
}
