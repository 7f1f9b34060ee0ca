package main

import (
	"os"
	"testing"
)

// TestAWrongUseSaysWhatToDoNext: what somebody gets wrong who uses a command for the first time.
func TestAWrongUseSaysWhatToDoNext(t *testing.T) {
	store := guarded(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("there", []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	on(t, store, 0, "correct horse", "account", "add", "ann", "--patient", "ann")
	on(t, store, 0, "", "client", "add", "--id=app", "--public", "--redirect=https://app.example/", "--scope=patient/*.rs")
	for _, c := range []struct {
		says string
		args []string
	}{
		{"by a pipe", []string{"account", "add", "bob", "--patient", "bob"}},
		{"account list shows those there are", []string{"account", "suspend", "anne"}},
		{"account list shows those there are", []string{"account", "password", "anne"}},
		{"client list shows those there are", []string{"client", "remove", "ap"}},
		{"client list shows those there are", []string{"client", "update", "ap", "--name", "An app"}},
		{"--help has them all", []string{"client", "update", "app"}},
		{"Change it by client update", []string{"client", "add", "--id=app", "--public", "--redirect=https://app.example/", "--scope=patient/*.rs"}},
		{"Choose another name", []string{"client", "keygen", "--key", "there", "--jwks", "public"}},
		{"Choose another name", []string{"backup", "there"}},
		{"search the server's log", []string{"support", "ABCD-EFGH-JKLM"}},
		{"as frontdesk audit verify writes it", []string{"audit", "verify", "--expect", "the end"}},
		{"Name a new one", []string{"copy", "--from", "sqlite:a", "--to", "sqlite:a"}},
		{"there is no store in a", []string{"copy", "--from", "sqlite:a", "--to", "sqlite:b"}},
		{"Name a file, a folder", []string{"import", "nowhere"}},
	} {
		status, out, log := frontdesk(t, "", append(c.args, "--store", "sqlite:"+store)...)
		if status == 0 || out != "" {
			t.Errorf("%v: status %d, printed %q", c.args, status, out)
		}
		contains(t, c.args[0], log, c.says)
	}
	if _, err := os.Stat("b"); err == nil {
		t.Error("a copy of nothing was begun")
	}
}
