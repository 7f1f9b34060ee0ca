package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/store/sqlite"
)

// spoilt are what can have become of a store's file, and what the start says of each beside its folder.
var spoilt = map[string]struct {
	spoil func(path string) error
	says  []string
}{
	"foreign": {func(path string) error {
		return os.WriteFile(path, []byte(strings.Repeat("no database\n", 1000)), 0o600)
	}, []string{"no store of Frontdesk", "restore a backup"}},
	"truncated": {func(path string) error {
		return os.Truncate(path, 20_000)
	}, []string{"damaged", "restore a backup"}},
	"cut short": {func(path string) error {
		return os.Truncate(path, 700)
	}, []string{"damaged", "restore a backup"}},
	"corrupt": {func(path string) error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, 8192), 5*8192)
		return errors.Join(err, f.Close())
	}, []string{"damaged", "restore a backup"}},
	"a folder": {func(path string) error {
		return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
	}, []string{"can't be opened"}},
}

// TestC1_AServerThatCannotOpenItsStoreEndsWithOneLine, which says what it is and what to do. That it is read-only or
// its disk full is tried where the store is opened.
func TestC1_AServerThatCannotOpenItsStoreEndsWithOneLine(t *testing.T) {
	for name, c := range spoilt {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			on(t, folder, 0, `{"resourceType":"Patient"}`, "import", "-")
			if err := c.spoil(filepath.Join(folder, sqlite.DatabaseFile)); err != nil {
				t.Fatal(err)
			}
			look := []string{"support", "ABCD-EFGH-JKLM", "--store", "sqlite:" + folder}
			for _, args := range [][]string{serveArgs(folder), look} {
				status, out, log := frontdesk(t, "", args...)
				if status != 1 || out != "" || strings.Count(log, "\n") != 1 {
					t.Errorf("%s: status %d, printed %q, said %q", args[0], status, out, log)
				}
				contains(t, args[0], log, append(c.says, folder)...)
			}
		})
	}
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
