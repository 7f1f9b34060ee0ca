package pages

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"frontdesk/handlers/pages/text"
)

// asked are the ways in which a template or a handler asks for a text.
var asked = []*regexp.Regexp{
	regexp.MustCompile(`[{(]\s*(?:if\s+)?(?:t|th) "([^"]+)"`), regexp.MustCompile(`\.T\("([^"]+)"`),
	regexp.MustCompile(`Link\{Href: "[^"]*", Text: "([^"]+)"`),
	regexp.MustCompile(`Say\("([^"]+)"`),
}

// TestEveryTextThatIsAskedForIsInTheCatalogueAndTheOtherWayRound: a text that isn't there would be an error page.
func TestEveryTextThatIsAskedForIsInTheCatalogueAndTheOtherWayRound(t *testing.T) {
	var all strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || strings.HasSuffix(path, "doc.go") || path == "texts_test.go" || ext != ".go" &&
			ext != ".html" {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		for _, way := range asked {
			for _, found := range way.FindAllStringSubmatch(string(content), -1) {
				if key := found[1]; !text.English().Knows(key) && !strings.HasSuffix(key, ".") {
					t.Errorf("%s asks for %q, which isn't in handlers/pages/text", path, key)
				}
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range text.English().Keys() {
		if !strings.Contains(all.String(), `"`+key+`"`) && !strings.HasPrefix(key, "done.") &&
			!strings.HasPrefix(key, "test.") {
			t.Errorf("nobody asks for %q", key)
		}
	}
}

func TestATextHasAFormForEachNumber(t *testing.T) {
	for n, want := range map[int]string{1: "1 thing", 2: "2 things", 1000: "1,000 things"} {
		if got, err := text.English().Say("test.things", n); got != want || err != nil {
			t.Errorf("%d: %q, %v", n, got, err)
		}
	}
	if _, err := text.English().Say("test.nothing"); err == nil {
		t.Error("a text that there isn't is no error")
	}
}

// TestNoPageIsHeavy: with its style, an empty page leaves 45 kB of the 60 to what is on it.
func TestNoPageIsHeavy(t *testing.T) {
	size := 0
	for name, content := range assets {
		if strings.HasSuffix(name, ".css") || strings.HasSuffix(name, ".svg") || strings.HasPrefix(name, "show-") {
			size += len(content)
		}
	}
	if size > 20_000 {
		t.Errorf("style, icon and script take %d bytes", size)
	}
}
