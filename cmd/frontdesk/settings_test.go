package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// settings are those that a command line makes, or what is wrong with it.
func settings(t *testing.T, args ...string) (*Settings, int, string) {
	t.Helper()
	var log bytes.Buffer
	_, s, status := parse(t.Context(), args, console{strings.NewReader(""), &log, &log})
	return s, status, log.String()
}

func settingsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "frontdesk.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	s, status, log := settings(t, "serve")
	if status != 0 {
		t.Fatal(log)
	}
	if s.Listen != "127.0.0.1:8080" || s.Store != "sqlite:frontdesk-data" || s.Auth != "smart" || s.MaxBody != 64<<20 || s.Drain != 20*time.Second {
		t.Errorf("%+v", s)
	}
}

// TestPrecedence: a flag goes before a variable, a variable before the file, the file before the default.
func TestPrecedence(t *testing.T) {
	file := settingsFile(t, "max-depth: 11\nmax-faults: 12\nmax-body: 13MiB\ndrain: 14s\npage-size: 15\n")
	t.Setenv("FRONTDESK_MAX_FAULTS", "22")
	t.Setenv("FRONTDESK_MAX_BODY", "23MiB")
	t.Setenv("FRONTDESK_BASE_URL", "https://fhir.example/r4/")
	for _, args := range [][]string{{"--config", file, "serve", "--max-body=33MiB", "--page-max", "35"}, {"serve", "--max-body=33MiB", "--config=" + file, "--page-max=35"}} {
		s, status, log := settings(t, args...)
		if status != 0 {
			t.Fatal(log)
		}
		if s.MaxDepth != 11 || s.MaxFaults != 22 || s.MaxBody != 33<<20 || s.Drain != 14*time.Second || s.PageSize != 15 || s.PageMax != 35 || s.MaxValues != 1_000_000 {
			t.Errorf("%v: %+v", args, s)
		}
		if s.base() != "https://fhir.example/r4" {
			t.Errorf("base %s", s.base())
		}
	}
	t.Setenv("FRONTDESK_CONFIG", file)
	if s, _, log := settings(t, "serve"); s == nil || s.MaxDepth != 11 {
		t.Errorf("file named by a variable: %+v %s", s, log)
	}
	if s, _, log := settings(t, "serve", "--config", settingsFile(t, `{"max-depth": 41}`)); s == nil || s.MaxDepth != 41 {
		t.Errorf("a file in JSON: %+v %s", s, log)
	}
}

func TestBadFile(t *testing.T) {
	for text, want := range map[string]string{
		"max-dept: 11\n":       `"max-dept" is no setting`,
		"config: other.yaml\n": `"config" is no setting`,
		"max-depth: [1, 2]\n":  "max-depth",
		"max-depth: deep\n":    "max-depth",
		": :\n\t-":             "settings file",
	} {
		_, status, log := settings(t, "serve", "--config", settingsFile(t, text))
		if status != 2 || !strings.Contains(log, want) {
			t.Errorf("%q: status %d, %s", text, status, log)
		}
	}
	if _, status, log := settings(t, "serve", "--config", filepath.Join(t.TempDir(), "none.yaml")); status != 2 || !strings.Contains(log, "none.yaml") {
		t.Errorf("a missing file: status %d, %s", status, log)
	}
}

// TestValidate: all faults are told at once, each by its flag.
func TestValidate(t *testing.T) {
	_, status, log := settings(t, "serve", "--listen", "nowhere", "--base-url", "ftp://x", "--store", "postgres:x", "--zone", "Mars/Base",
		"--max-depth=0", "--max-values=-1", "--drain=0s", "--notice=-1s", "--page-size=2000")
	if status != 2 {
		t.Errorf("status %d", status)
	}
	contains(t, "the message", log, "--listen", "--base-url", "--store", "--zone", "--max-depth", "--max-values", "--drain", "--notice", "--page-size")
	for _, c := range []struct{ args, want string }{
		{"--auth=off --listen=0.0.0.0:80", "only this machine may"},
		{"--auth=off --listen=:80", "only this machine may"},
		{"--auth=off --listen=[::]:80", "only this machine may"},
		{"--auth=off --listen=192.0.2.1:80", "only this machine may"},
		{"--auth=off --listen=localhost:80", ""},
		{"--auth=off --listen=[::1]:80", ""},
		{"--listen=127.0.0.1:port", "HOST:PORT"},
		{"--listen=127.0.0.1:70000", "HOST:PORT"},
		{"--listen=:80", "--base-url"},
		{"--listen=[::]:80", "--base-url"},
		{"--listen=:80 --base-url=https://fhir.example/r4", "--tls-cert"},
		{"--listen=:80 --base-url=https://fhir.example/r4 --trusted-proxies=10.0.0.0/8,2001:db8::1", ""},
		{"--listen=:80 --base-url=https://fhir.example/r4 --tls-cert=c --tls-key=k", ""},
		{"--listen=:80 --base-url=http://fhir.example/r4 --tls-cert=c --tls-key=k", "not https"},
		{"--base-url=http://fhir.example/r4", "not https"},
		{"--tls-cert=c", "both"},
		{"--trusted-proxies=everyone", "--trusted-proxies"},
		{"--token-life=2h", "at most 1h"},
		{"--token-life=0s", "more than 0"},
		{"--session-idle=13h", "--session-life"},
		{"--base-url=https://fhir.example/r4?x=1", "--base-url"},
		{"--base-url=/fhir", "--base-url"},
		{"--max-body=huge", "no size"},
		{"--auth=on", "smart"},
		{"--log-level=loud", "debug"},
		{"--references=some", "enforce"},
	} {
		_, status, log := settings(t, append([]string{"serve"}, strings.Fields(c.args)...)...)
		if (status == 0) != (c.want == "") || !strings.Contains(log, c.want) {
			t.Errorf("%s: status %d, want %q in: %s", c.args, status, c.want, log)
		}
	}
}
