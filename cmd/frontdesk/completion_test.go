package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestShellsComplete: what is typed is completed to commands and flags, by the script itself in a real bash.
func TestShellsComplete(t *testing.T) {
	for _, shell := range []string{"zsh", "fish"} {
		status, script, log := frontdesk(t, "", "completion", shell)
		if status != 0 || !strings.Contains(script, "keygen") {
			t.Errorf("%s: status %d, %s", shell, status, log)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash is here:", err)
	}
	_, script, _ := frontdesk(t, "", "completion", "bash")
	for typed, want := range map[string]string{"ser": "serve", "client key": "keygen", "client keygen --alg": "--algorithm", "serve --max-bo": "--max-body", "nothing --x": ""} {
		words := strings.Fields(typed)
		run := script + "\nCOMP_WORDS=(frontdesk " + strings.Join(words, " ") + ")\nCOMP_CWORD=" + string(rune('0'+len(words))) + "\n_frontdesk\necho ${COMPREPLY[@]}\n"
		out, err := exec.CommandContext(t.Context(), bash, "-c", run).CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s is completed to %q, want %q (%v)", typed, out, want, err)
		}
	}
}
