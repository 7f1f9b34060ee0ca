package checks

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// File names the environment variable that names the file in which counts are collected. Without it they are only in
// the tests' logs.
const File = "FRONTDESK_CHECKS"

// Count says that a test has made n checks of a suite ("rest claims") on a backend ("sqlite").
func Count(t testing.TB, suite, backend string, n int) {
	t.Helper()
	test, _, _ := strings.Cut(t.Name(), "/")
	line := fmt.Sprintf("checks: suite=%s backend=%s test=%s n=%d", strings.ReplaceAll(suite, " ", "-"), backend, test, n)
	t.Log(line)
	name := os.Getenv(File)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// Backend is a backend's name by its type: "sqlite" of a *sqlite.Backend.
func Backend(b any) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(fmt.Sprintf("%T", b), "*"), ".")
	if name == "mongo" {
		return "mongodb"
	}
	return name
}
