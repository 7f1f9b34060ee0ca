package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// longestREADME is how long, in bytes, the first page that a newcomer reads may be.
const longestREADME = 8 << 10

// pages are the texts of the project, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Skip("the texts are listed by git, which doesn't answer here:", err)
	}
	texts := map[string]string{}
	for path := range strings.FieldsSeq(string(out)) {
		text, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	if len(texts) < 5 {
		t.Fatalf("only %d texts were found", len(texts))
	}
	return texts
}

var (
	linked    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	goTest    = regexp.MustCompile(`go test ((?:\./[\w/.]+ ?)+)([^` + "`" + `\n]*)`)
	runs      = regexp.MustCompile(`-(?:run|bench) '?([^'\s|\\]+)`)
	testFuncs = regexp.MustCompile(`func (?:Test|Benchmark|Fuzz)(\w+)\(`)
)

// TestEveryLinkLeadsSomewhere: each link of a text that isn't to the outside is to a file of ours.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	for path, text := range pages(t) {
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(m[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join("..", filepath.Dir(path), target)); err != nil {
				t.Errorf("%s links to %s, which isn't there", path, m[1])
			}
		}
	}
}

// TestTheFirstPageIsShort: and it opens with the two commands.
func TestTheFirstPageIsShort(t *testing.T) {
	readme := pages(t)["README.md"]
	if len(readme) > longestREADME {
		t.Errorf("README.md has %d bytes, more than %d", len(readme), longestREADME)
	}
	first := readme[:min(len(readme), 1000)]
	for _, command := range []string{"go run ./cmd/frontdesk demo", "go test ./..."} {
		if !strings.Contains(first, command) {
			t.Errorf("README.md doesn't open with %q", command)
		}
	}
}

// TestEveryTestCommandFindsATest: a line like `go test ./store -run x -bench Read` names folders that are there and
// tests or benchmarks in them.
func TestEveryTestCommandFindsATest(t *testing.T) {
	for path, text := range pages(t) {
		for _, m := range goTest.FindAllStringSubmatch(text, -1) {
			for folder := range strings.FieldsSeq(m[1]) {
				if folder == "./..." {
					continue
				}
				names := testsIn(t, filepath.Join("..", folder))
				for _, want := range runs.FindAllStringSubmatch(m[2], -1) {
					pattern, err := regexp.Compile(strings.TrimPrefix(want[1], "Test"))
					if want[1] != "x" && (err != nil || !pattern.MatchString(names)) { // -run x is how no test is run beside benchmarks
						t.Errorf("%s says %q, but %s has no test or benchmark %s", path, m[0], folder, want[1])
					}
				}
			}
		}
	}
}

// testsIn are the names of the tests and benchmarks of a folder.
func testsIn(t *testing.T, folder string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if files == nil {
		t.Errorf("there are no tests in %s", folder)
	}
	var names strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testFuncs.FindAllStringSubmatch(string(text), -1) {
			names.WriteString(m[1] + "\n")
		}
	}
	return names.String()
}
