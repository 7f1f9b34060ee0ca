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
	for _, file := range append(files, more...) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		joined := strings.ReplaceAll(string(text), "\\\n", " ")
		for _, m := range commandLine.FindAllStringSubmatch(joined, -1) {
			args := words(m[1])
			if len(args) == 1 || !strings.HasPrefix(args[1], "-") && !strings.Contains(joined, "./frontdesk "+args[0]) {
				continue // prose that names a command
			}
			found++
			var said strings.Builder
			if cmd, _, status := parse(t.Context(), args, console{strings.NewReader(""), &said, &said}); cmd == nil && status != 0 {
				t.Errorf("%s shows %q, which isn't read: %s", file, m[1], said.String())
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
		if m[3] == "&" || m[3] == "…" {
			continue
		}
		out = append(out, m[1]+m[2]+m[3])
	}
	return out
}
