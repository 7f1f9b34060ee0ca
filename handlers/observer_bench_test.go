package handlers_test

import (
	"context"
	"net/http"
	"syscall"
	"testing"
	"time"

	"frontdesk/handlers"
	"frontdesk/store/audit"
)

// recorded has what is done recorded in the same store.
func recorded(b *testing.B) func(*handlers.Options) {
	return func(o *handlers.Options) {
		r := audit.New(audit.Options{Store: o.Store, Base: base})
		o.Observer = r
		b.Cleanup(func() {
			if err := r.Close(context.WithoutCancel(b.Context())); err != nil { // which has ended by now
				b.Error(err)
			}
		})
	}
}

// processorTime is what this process has used: other than the time on the clock it doesn't depend on what else runs.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkAudit compares GET by id with and without the audit trail, on SQLite.
func BenchmarkAudit(b *testing.B) {
	for _, of := range []struct {
		name   string
		change []func(*handlers.Options)
	}{{"off", []func(*handlers.Options){equipped, onSQLite(b)}}, {"on", []func(*handlers.Options){equipped, onSQLite(b), recorded(b)}}} {
		s := newServer(b, of.change...)
		c := client{b, s}
		c.do("PUT", "/Patient/1", record("1")).is(http.StatusCreated)
		size := len(c.do("GET", "/Patient/1", "").is(http.StatusOK).body)
		b.Run(of.name, func(b *testing.B) {
			before := processorTime(b)
			loopback(b, s, "/fhir/Patient/1", size)
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}
