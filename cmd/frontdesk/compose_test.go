package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestComposeFile: its variables are settings with which the server starts, and the store that they name is the other
// service.
func TestComposeFile(t *testing.T) {
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Command     []string
			Environment map[string]string
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var flags bytes.Buffer
	run(t.Context(), []string{"serve", "--help"}, console{Out: &flags, Err: &flags})
	for name, value := range file.Services["frontdesk"].Environment {
		t.Setenv(name, value)
		if !strings.Contains(flags.String(), "$"+name) {
			t.Errorf("%s is no setting", name)
		}
	}
	var faults bytes.Buffer
	cmd, settings, _ := parse(t.Context(), []string{"serve"}, console{Out: &faults, Err: &faults})
	if cmd == nil {
		t.Fatalf("the server wouldn't start: %s", faults.String())
	}
	at, err := settings.place()
	if err != nil || !strings.Contains(at.uri, "//mongo:27017/") || !strings.Contains(strings.Join(file.Services["mongo"].Command, " "), "--replSet rs0") ||
		!strings.HasSuffix(at.uri, "replicaSet=rs0") {
		t.Errorf("the store is %s (%v), the other service runs %v", at.uri, err, file.Services["mongo"].Command)
	}
}
