package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// commandLine is a line of a text that runs this program, up to a comment, a pipe or a bracket behind it.
var commandLine = regexp.MustCompile("(?m)(?:^|[ `(])(?:\\./)?frontdesk ((?:serve|demo|import|export|copy|backup|restore|mongo|account|client|token|keys|audit|support|version|config)\\b[^\n#|;)`]*)")

// TestEveryCommandLineOfTheTextsIsRead: each command that a text shows is one that this program takes.
func TestEveryCommandLineOfTheTextsIsRead(t *testing.T) {
	files, found := []string{"../../README.md", "README.md", "../../store/mongo/README.md", "../../handlers/README.md", "../../conformance/scale/README.md"}, 0
	more, _ := filepath.Glob("../../.github/*.md")
	var texts []string
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"FILE", "public.jwks", "private.jwk", "frontdesk.yaml"} { // which the texts make before, or stand for the reader's
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range texts {
		joined := strings.ReplaceAll(text, "\\\n", " ")
		for _, m := range commandLine.FindAllStringSubmatch(joined, -1) {
			args := words(m[1])
			if len(args) == 1 || !strings.HasPrefix(args[1], "-") && !strings.Contains(joined, "./frontdesk "+args[0]) {
				continue // prose that names a command
			}
			found++
			var said strings.Builder
			if cmd, _, status := parse(t.Context(), args, console{strings.NewReader(""), &said, &said}); cmd == nil && status != 0 {
				t.Errorf("%q isn't read: %s", m[1], said.String())
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d command lines were found", found)
	}
}

// words are those of a command line, as a shell takes them apart.
func words(line string) (out []string) {
	for _, m := range regexp.MustCompile(`'([^']*)'|"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		if m[3] == "&" || m[3] == "…" || strings.HasPrefix(m[3], ">") {
			continue
		}
		out = append(out, m[1]+m[2]+m[3])
	}
	return out
}
