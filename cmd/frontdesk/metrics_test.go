package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestC10_TheServerTellsHowItIs: its program, store, disk, audit trail and sign-ins, and nobody's name.
func TestC10_TheServerTellsHowItIs(t *testing.T) {
	store := guarded(t)
	on(t, store, 0, "correct horse", "account", "add", "ann", "--patient", "ann")
	on(t, store, 0, "", "client", "add", "--id=secret-app", "--public", "--redirect=http://127.0.0.1:3000/callback", "--scope=launch/patient patient/*.rs")
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+store)
	for _, password := range []string{"correct horse", "wrong", "wrong", "wrong", "wrong", "wrong", "wrong"} {
		frontdesk(t, password, "token", "--account=ann", "--client=secret-app", "--scope=launch/patient patient/*.rs", "--base-url="+r.base)
	}
	text := r.metrics()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	told, served := ours(t, string(readme), "(?m)^\\| `([a-z_]+)`"), ours(t, text, `(?m)^# TYPE (\S+)`)
	if !slices.Equal(told, served) {
		t.Errorf("README.md names the metrics\n%v\nand these are served\n%v", told, served)
	}
	for _, want := range []string{
		`frontdesk_build_info\{goversion="go[^"]+",version="dev[^"]*"\} 1`, `frontdesk_index_builds 0`, `frontdesk_audit_queue_events \d`, `frontdesk_audit_unfiled_links \d`,
		`frontdesk_store_bytes\{file="database"\} [1-9]`, `frontdesk_store_bytes\{file="wal"\} \d`, `frontdesk_store_disk_free_bytes [1-9]`,
		`db_client_operation_duration_seconds_count\{db_operation_name="apply",db_system_name="sqlite",` +
			`outcome="ok"\} [1-9]`,
		`frontdesk_ready 1`, `frontdesk_memory_in_flight_bytes 0`, `frontdesk_memory_in_flight_limit_bytes 3.3`,
		`frontdesk_throttled_requests_total\{reason="rate"\} 0`,
		`frontdesk_throttled_requests_total\{reason="memory"\} 0`,
		`frontdesk_throttled_requests_total\{reason="authorize"\} 0`,
		`frontdesk_throttled_requests_total\{reason="sign_in"\} 1`,
		`frontdesk_auth_events_total\{event="login",outcome="ok"\} 1`,
		`frontdesk_auth_events_total\{event="login",outcome="refused"\} [1-9]`,
		`frontdesk_auth_events_total\{event="token",outcome="ok"\} 1`,
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

// ours are the metrics that are Frontdesk's own or of its requests, sorted, as a pattern finds their names in a text.
func ours(t *testing.T, text, pattern string) (names []string) {
	t.Helper()
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		if strings.HasPrefix(m[1], "frontdesk_") || strings.HasPrefix(m[1], "http_server_") ||
			strings.HasPrefix(m[1], "db_client_") {
			names = append(names, m[1])
		}
	}
	if slices.Sort(names); len(names) < 5 {
		t.Fatalf("only %v are found", names)
	}
	return names
}
