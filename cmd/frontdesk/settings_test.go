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

// TestC5_AMistypedVariableIsNoSilence: one that is nearly a setting ends the program, another is told of.
func TestC5_AMistypedVariableIsNoSilence(t *testing.T) {
	t.Setenv("FRONTDESK_OTHER_PROGRAM", "1")
	if _, status, log := settings(t, "serve"); status != 0 || !strings.Contains(log, "FRONTDESK_OTHER_PROGRAM") {
		t.Errorf("another variable: status %d, %s", status, log)
	}
	t.Setenv("FRONTDESK_MAX_DEPHT", "3")
	if _, status, log := settings(t, "serve"); status != 2 || !strings.Contains(log, "Did you mean FRONTDESK_MAX_DEPTH?") {
		t.Errorf("a mistyped one: status %d, %s", status, log)
	}
}

// TestC5_FaultsOfTheFileAreItsOwn: they aren't headed by the flag that came first.
func TestC5_FaultsOfTheFileAreItsOwn(t *testing.T) {
	_, status, log := settings(t, "serve", "--config", settingsFile(t, "max-dept: 11\n"))
	if status != 2 || !strings.HasPrefix(log, "frontdesk: settings file ") {
		t.Errorf("status %d, %s", status, log)
	}
}

// TestC8_HelpListsWhatACommandUses: not forty settings of the server with each.
func TestC8_HelpListsWhatACommandUses(t *testing.T) {
	for args, c := range map[string]struct{ has, hasNot string }{
		"help":             {"Make an embedded store of a backup", "--max-clauses"},
		"help serve":       {"--max-clauses", "--seed"},
		"help client add":  {"--redirect", "--max-clauses"},
		"help import":      {"--max-body", "--tls-cert"},
		"help audit":       {"--store", "--max-clauses"},
		"help account add": {"--practitioner", "--page-max"},
	} {
		status, out, log := frontdesk(t, "", strings.Fields(args)...)
		if status != 0 || !strings.Contains(out, c.has) || strings.Contains(out, c.hasNot) {
			t.Errorf("%s: status %d, has %q: %v, %q: %v\n%s", args, status, c.has, strings.Contains(out, c.has), c.hasNot, strings.Contains(out, c.hasNot), log)
		}
	}
}

// TestTheSampleOfSettingsIsOne: with each line made a setting, it is read.
func TestTheSampleOfSettingsIsOne(t *testing.T) {
	_, sample, _ := frontdesk(t, "", "config")
	n := 0
	for line := range strings.Lines(sample) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "# "), ": ")
		if !ok || strings.ContainsAny(name, " (") || strings.ToUpper(value) == value && strings.ToLower(value) != value || value == `""` || value == "[]" {
			continue // a sentence, or what the setting is like
		}
		n++
		if _, status, log := settings(t, "serve", "--config", settingsFile(t, name+": "+value+"\n")); status != 0 {
			t.Errorf("%s: %s", line, log)
		}
	}
	if n < 30 {
		t.Errorf("only %d settings have a default", n)
	}
}

// TestC7_TheDemoMayBeReached: in a container it listens on every address, and is reached at the port that is published
// on this machine.
func TestC7_TheDemoMayBeReached(t *testing.T) {
	s, status, log := settings(t, "demo", "--listen", "0.0.0.0:8080")
	if status != 0 || s.base() != "http://localhost:8080/fhir" {
		t.Errorf("status %d, base %v, %s", status, s, log)
	}
	if _, status, log := settings(t, "serve", "--auth", "off", "--listen", "0.0.0.0:8080"); status == 0 {
		t.Errorf("records of real people may be reached by all: %s", log)
	}
}
