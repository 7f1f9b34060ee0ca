package main

import (
	"testing"
)

// TestWhatACommandTakesAwayIsGoneOnTheNextRequest: the server remembers who has a token, and is told of what a command
// beside it writes (I8).
func TestWhatACommandTakesAwayIsGoneOnTheNextRequest(t *testing.T) {
	folder := guarded(t)
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+folder)
	on(t, folder, 0, "correct horse", "account", "add", "ann", "--patient", "ann")
	on(t, folder, 0, "", "client", "add", "--id=app", "--public", "--redirect=http://127.0.0.1:3000/callback", "--scope=launch/patient patient/*.rs")
	status, token, log := frontdesk(t, "correct horse", "token", "--account=ann", "--client=app", "--scope=launch/patient patient/*.rs", "--base-url="+r.base)
	if status != 0 {
		t.Fatal(log)
	}
	asked := func() int {
		status, _ := getAs(t, r.base+"/Patient/ann", token)
		return status
	}
	for _, step := range []struct {
		command []string
		want    int
	}{{nil, 200}, {nil, 200}, {[]string{"account", "suspend", "ann"}, 401}, {[]string{"account", "resume", "ann"}, 200}, {[]string{"client", "remove", "app"}, 401}} {
		if step.command != nil {
			on(t, folder, 0, "", step.command...)
		}
		if got := asked(); got != step.want {
			t.Errorf("after %v: %d, want %d", step.command, got, step.want)
		}
	}
}
