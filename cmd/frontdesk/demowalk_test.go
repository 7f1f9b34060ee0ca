package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence is a block of code in README: its language, and what is in it.
var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// walk are the blocks of README's section on a patient's day, in turn.
func walk(t *testing.T) [][]string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n## A patient's day, with curl\n")
	if !found {
		t.Fatal("README has no section of that name any more")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return fence.FindAllStringSubmatch(section, -1)
}

// parted is written between the outputs of two blocks.
const parted = "\n==== next ====\n"

// TestREADMEsWalkIsAsItSays runs README's own commands against a demo, in one shell, and finds in what they print what
// README shows.
func TestREADMEsWalkIsAsItSays(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("README's commands need " + tool + ", which isn't here")
		}
	}
	r := start(t, "demo", "--listen", "127.0.0.1:0", "--patients", "7")
	script, shown := "set -euo pipefail\n", []string{}
	for _, block := range walk(t) {
		if block[1] == "sh" {
			script += block[2] + "printf '" + strings.ReplaceAll(parted, "\n", `\n`) + "'\n"
			shown = append(shown, "")
		} else {
			shown[len(shown)-1] = block[2]
		}
	}
	if len(shown) < 6 {
		t.Fatalf("README has %d blocks of commands", len(shown))
	}
	script = strings.Replace(script, "go build -o frontdesk ./cmd/frontdesk\n", "", 1) // this very program stands for it
	script = strings.Replace(script, "http://127.0.0.1:8080/fhir", r.base, 1)
	outputs := strings.Split(shell(t, r.base, script), parted)
	for i, want := range shown {
		at := 0
		for line := range strings.Lines(want) {
			found := pattern(strings.TrimSpace(line)).FindStringIndex(outputs[i][at:])
			if found == nil {
				t.Errorf("README shows\n%s\nbut what comes is\n%s", line, outputs[i][at:])
				break
			}
			at += found[1]
		}
	}
}

// pattern is a line of README as a regular expression: … is anything.
func pattern(line string) *regexp.Regexp {
	parts := strings.Split(line, "…")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile("(?s)" + strings.Join(parts, ".*?"))
}

// shell runs a script in an empty folder in which ./frontdesk is this program, and gives what it prints.
func shell(t *testing.T, base, script string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, "frontdesk")); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, &out, &log
	cmd.Env = append(os.Environ(), "TEST_AS_FRONTDESK=1", "FRONTDESK_BASE_URL="+base)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s\n%s", err, log.String(), out.String())
	}
	return out.String()
}
