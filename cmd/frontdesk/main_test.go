package main

import (
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"version", 0, "frontdesk dev"},
		{"--help", 0, "import"},
		{"serve --help", 0, "--base-url"},
		{"", 0, "Usage: frontdesk"},
		{"help", 0, "import"},
		{"help serve", 0, "sqlite:frontdesk-data."},
		{"--version", 0, "frontdesk dev"},
		{"config", 0, "# max-body: 64MiB"},
		{"restore", 2, "file"},
		{"server", 2, "serve"},
		{"serve --no-such-flag", 2, "--no-such-flag"},
		{"import", 2, "frontdesk import needs <path> ...: Files"},
		{"import", 2, "Try: frontdesk import --help"},
		{"export", 2, "frontdesk export needs <folder>: Folder to write to"},
		{"account add", 2, "frontdesk account add needs <name>: What the person types"},
		{"account add ann --patient", 2, "--patient: expected string, and there is nothing behind it"},
		{"client ad", 2, "Try: frontdesk client --help"},
		{"support", 2, "needs <reference>: The reference, as the error shows it."},
		{"nonsense", 2, "Try: frontdesk --help"},
		{"backup out --store sqlite:none", 1, "there is no store in none. Is --store right?"},
		{"serve --listen 192.0.2.1:80", 2, "--tls-cert"},
		{"serve --listen 80", 2, "frontdesk: --listen: \"80\" is not HOST:PORT, as 127.0.0.1:8080\nTry"},
		{"account", 2, "expected one of"},
		{"demo --patients 0", 1, "--patients"},
		{"serve --listen 127.0.0.1:0", 1, "there is no store in frontdesk-data"},
		{"export out", 1, "there is no store"},
		{"account add ann --patient x", 1, "there is no store"},
		{"import nowhere.json", 1, "nowhere.json"},
	} {
		folder := t.TempDir()
		t.Chdir(folder)
		status, out, log := frontdesk(t, "", strings.Fields(c.args)...)
		if status != c.status {
			t.Errorf("%q: status %d, want %d", c.args, status, c.status)
		}
		contains(t, "frontdesk "+c.args, out+log, c.says)
		if failed := c.status != 0; failed && out != "" && c.args != "" {
			t.Errorf("%q writes an error to stdout: %s", c.args, out)
		}
	}
}
