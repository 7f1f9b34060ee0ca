package audit_test

import (
	"testing"
)

// BenchmarkEvent is what one event of a patient's app costs until it is filed as an AuditEvent on SQLite.
func BenchmarkEvent(b *testing.B) {
	s := onDisk(b, b.TempDir())
	b.Cleanup(func() { s.Close() })
	r := recorder(b, s)
	events := some(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := r.Record(b.Context(), events[i%len(events)]); err != nil {
			b.Fatal(err)
		}
		if i%1000 == 999 {
			record(b, r)
		}
	}
	record(b, r)
}

// BenchmarkCommit is what one event costs until it is safe in the chain.
func BenchmarkCommit(b *testing.B) {
	s := onDisk(b, b.TempDir())
	b.Cleanup(func() { s.Close() })
	r := recorder(b, s, elsewhere)
	events := some(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := r.Record(b.Context(), events[i%len(events)]); err != nil {
			b.Fatal(err)
		}
	}
	record(b, r)
}
