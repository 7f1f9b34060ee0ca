package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestC10_TheServerTellsHowItIs: its program, store, disk, audit trail and sign-ins, and nobody's name.
func TestC10_TheServerTellsHowItIs(t *testing.T) {
	store := guarded(t)
	on(t, store, 0, "correct horse", "account", "add", "ann", "--patient", "ann")
	on(t, store, 0, "", "client", "add", "--id=secret-app", "--public", "--redirect=http://127.0.0.1:3000/callback", "--scope=launch/patient patient/*.rs")
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+store)
	for _, password := range []string{"correct horse", "wrong"} {
		frontdesk(t, password, "token", "--account=ann", "--client=secret-app", "--scope=launch/patient patient/*.rs", "--base-url="+r.base)
	}
	text := r.metrics()
	for _, want := range []string{
		`frontdesk_build_info\{goversion="go[^"]+",version="dev[^"]*"\} 1`, `frontdesk_index_builds 0`, `frontdesk_audit_queue_events \d`, `frontdesk_audit_unfiled_links \d`,
		`frontdesk_store_bytes\{file="database"\} [1-9]`, `frontdesk_store_bytes\{file="wal"\} \d`, `frontdesk_store_disk_free_bytes [1-9]`,
		`frontdesk_auth_events_total\{event="login",outcome="ok"\} 1`, `frontdesk_auth_events_total\{event="login",outcome="refused"\} 1`, `frontdesk_auth_events_total\{event="token",outcome="ok"\} 1`,
	} {
		if !regexp.MustCompile(`(?m)^` + want).MatchString(text) {
			t.Errorf("the metrics have no %s:\n%s", want, text)
		}
	}
	for _, name := range []string{`"ann"`, "Patient/"} {
		if strings.Contains(text, name) {
			t.Errorf("the metrics name %s", name)
		}
	}
}
