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
		{"--version", 0, "dev"},
		{"config", 0, "# max-body: 64MiB"},
		{"restore", 2, "file"},
		{"server", 2, "serve"},
		{"serve --no-such-flag", 2, "--no-such-flag"},
		{"import", 2, "path"},
		{"export", 2, "folder"},
		{"serve --listen 192.0.2.1:80", 2, "--tls-cert"},
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
