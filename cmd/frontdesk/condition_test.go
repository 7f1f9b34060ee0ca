package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/store/sqlite"
)

// TestC1_AServerThatCannotOpenItsStoreEndsWithOneLine, which says what it is and what to do.
func TestC1_AServerThatCannotOpenItsStoreEndsWithOneLine(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, sqlite.DatabaseFile), []byte(strings.Repeat("no database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, log := frontdesk(t, "", serveArgs(folder)...)
	if status != 1 || out != "" || strings.Count(log, "\n") != 1 {
		t.Errorf("status %d, printed %q, said %q", status, out, log)
	}
	contains(t, "the line", log, folder, "no store of Frontdesk", "restore a backup")
}

// TestE7_AServerWhoseStoreIsRemovedIsNotReadyAndTakesNoWrites.
func TestE7_AServerWhoseStoreIsRemovedIsNotReadyAndTakesNoWrites(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "store")
	r := start(t, serveArgs(folder)...)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func() (*http.Response, error){
		func() (*http.Response, error) { return http.Get(r.root() + "/readyz") },
		func() (*http.Response, error) {
			return http.Post(r.base+"/Patient", "application/fhir+json", strings.NewReader(`{"resourceType":"Patient"}`))
		},
	} {
		resp, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		body := make([]byte, 2000)
		n, _ := resp.Body.Read(body)
		resp.Body.Close()
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, Retry-After %q", resp.Request.URL.Path, resp.StatusCode, resp.Header.Get("Retry-After"))
		}
		contains(t, resp.Request.URL.Path, string(body[:n]), "moved, removed or replaced", "restore a backup")
	}
}
