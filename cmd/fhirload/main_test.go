package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/cmd/fhirload/fake"
	"frontdesk/cmd/fhirload/report"
)

// fhirload runs the program and returns its exit status and output.
func fhirload(t *testing.T, ctx context.Context, args ...string) (status int, out, log string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status = run(ctx, args, &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

func TestEveryWorkloadRuns(t *testing.T) {
	server := fake.New(t.Cleanup)
	for _, args := range [][]string{
		{"crud"}, {"create"}, {"import"}, {"search", "--seed-data", "100"}, {"search"}, {"read"}, {"read", "--seed-data", "100"}, {"book"},
	} {
		args = append(args, "--base", server.Base, "--count", "20", "--concurrency", "2", "--json")
		status, out, log := fhirload(t, t.Context(), args...)
		var r report.Report
		if err := json.Unmarshal([]byte(out), &r); err != nil || status != exitOK {
			t.Errorf("%v: exit %d, %v\n%s", args, status, err, log)
			continue
		}
		if r.Workload != args[0] || r.Servers[0].All.Succeeded != 20 || r.Servers[0].All.Resources == 0 {
			t.Errorf("%v: %+v", args, r.Servers[0].All)
		}
	}
}

func TestTwoServersGetTheSameLoadAndARatio(t *testing.T) {
	a, b := fake.New(t.Cleanup), fake.New(t.Cleanup)
	file := filepath.Join(t.TempDir(), "out.json")
	status, out, log := fhirload(t, t.Context(), "crud", "--base", a.Base, "--base", b.Base, "--count", "300", "--concurrency", "1", "--json-file", file)
	if status != exitOK || !strings.Contains(out, "B/A") {
		t.Fatalf("exit %d\n%s%s", status, out, log)
	}
	for _, kind := range []string{"POST Patient", "POST Observation", "GET Observation/id", "PUT Observation/id", "GET Observation?", "DELETE Observation/id"} {
		if a.Count(kind) != b.Count(kind) || a.Count(kind) == 0 {
			t.Errorf("%s: %d to A, %d to B", kind, a.Count(kind), b.Count(kind))
		}
	}
	written, err := os.ReadFile(file)
	var r report.Report
	if err != nil || json.Unmarshal(written, &r) != nil || len(r.Servers) != 2 || r.Ratios["all"].P50 <= 0 {
		t.Errorf("%v: %s", err, written)
	}
}

func TestErrorsMakeTheExitStatusUnlessAllowed(t *testing.T) {
	server := fake.New(t.Cleanup)
	server.Fail(func(r *http.Request) int {
		if r.Method == http.MethodPut {
			return http.StatusConflict
		}
		return 0
	})
	args := []string{"crud", "--base", server.Base, "--count", "200", "--seed", "1"}
	status, out, _ := fhirload(t, t.Context(), args...)
	if status != exitErrors || !strings.Contains(out, "409 × ") || !strings.Contains(out, "told to fail") {
		t.Errorf("exit %d\n%s", status, out)
	}
	if status, _, log := fhirload(t, t.Context(), append(args, "--allow-errors", "--seed", "2")...); status != exitOK {
		t.Errorf("exit %d with --allow-errors: %s", status, log)
	}
}

func TestInterruptShowsWhatWasMeasured(t *testing.T) {
	server := fake.New(t.Cleanup)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	server.Fail(func(*http.Request) int {
		if n++; n == 30 {
			cancel()
		}
		return 0
	})
	status, out, log := fhirload(t, ctx, "crud", "--base", server.Base, "--base", server.Base, "--concurrency", "1")
	if status != exitOK || !strings.Contains(out, "ended by interrupt") || !strings.Contains(out, "all") || strings.Contains(out, "B/A") {
		t.Errorf("exit %d\n%s%s", status, out, log)
	}
}

func TestWrongCommandLines(t *testing.T) {
	const base = "--base=http://127.0.0.1:1/fhir"
	for _, args := range [][]string{
		{},
		{"crud"},
		{"bogus", base},
		{"crud", base, "--folder", "."},
		{"crud", base, base, base},
		{"crud", base, base, "--token", "t"},
		{"crud", base, "--concurrency", "0"},
		{"crud", base, "--duration", "0s"},
		{"crud", base, "--count", "-1"},
	} {
		if status, _, log := fhirload(t, t.Context(), args...); status != exitUsage || !strings.HasPrefix(log, "fhirload: ") {
			t.Errorf("%v: exit %d, %q", args, status, log)
		}
	}
	if status, _, log := fhirload(t, t.Context(), "crud", "--base=nonsense"); status != exitErrors || !strings.Contains(log, "is not a base URL") {
		t.Errorf("exit %d, %q", status, log)
	}
}

func TestFlagsFromTheEnvironment(t *testing.T) {
	server := fake.New(t.Cleanup)
	t.Setenv("FHIRLOAD_BASE", server.Base)
	t.Setenv("FHIRLOAD_COUNT", "7")
	t.Setenv("FHIRLOAD_JSON", "true")
	status, out, log := fhirload(t, t.Context(), "create")
	var r report.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || status != exitOK || r.Servers[0].All.Requests != 7 {
		t.Errorf("exit %d: %v\n%s%s", status, err, out, log)
	}
}
