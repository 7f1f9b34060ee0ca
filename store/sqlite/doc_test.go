package sqlite

import (
	"os"
	"regexp"
	"testing"
)

// TestC13_TheFilesThatTheDocNamesAreThere.
func TestC13_TheFilesThatTheDocNamesAreThere(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`\w+\.go\b`).FindAllString(string(doc), -1)
	if len(names) == 0 {
		t.Error("it names none")
	}
	for _, name := range names {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("doc.go: %v", err)
		}
	}
}
