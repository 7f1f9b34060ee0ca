package rules_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"
)

// BenchmarkBooking books slots, next to Appointments without one, from 64 callers at once.
func BenchmarkBooking(b *testing.B) {
	for name, slotted := range map[string]bool{"plain": false, "slots": true} {
		b.Run(name, func(b *testing.B) {
			r, err := spec.Load()
			if err != nil {
				b.Fatal(err)
			}
			backend, err := sqlite.Open(b.Context(), b.TempDir(), r, sqlite.Options{Base: base})
			if err != nil {
				b.Fatal(err)
			}
			all := store.Open(backend, r, store.Options{Base: base, Rules: rules.All(rules.Options{Base: base, Registry: r, Records: backend.Records()})})
			defer all.Close()
			s := all.As(access.Everything("bench"), store.Unobserved)
			change := func(json string) store.Change {
				res, err := codec.Decode([]byte(json), codec.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				return store.Change{Action: store.Update, Key: fhir.Key{Type: res.Type, ID: res.ID}, Resource: res}
			}
			start := time.Now().UTC().Add(24 * time.Hour).Truncate(time.Minute)
			when := func(i int) string {
				at := start.Add(time.Duration(i) * time.Minute)
				return fmt.Sprintf(`"start":%q,"end":%q`, at.Format(time.RFC3339), at.Add(time.Minute).Format(time.RFC3339))
			}
			for i := 0; i < b.N; i += 500 {
				var slots []store.Change
				for j := i; j < min(i+500, b.N); j++ {
					slots = append(slots, change(fmt.Sprintf(`{"resourceType":"Slot","id":"s%d","schedule":{"reference":"Schedule/x"},"status":"free",%s}`, j, when(j))))
				}
				if _, err := s.Transact(b.Context(), slots); err != nil {
					b.Fatal(err)
				}
			}
			var next atomic.Int64
			b.SetParallelism(32)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := int(next.Add(1) - 1)
					slot := ""
					if slotted {
						slot = fmt.Sprintf(`"slot":[{"reference":"Slot/s%d"}],`, i)
					}
					c := change(fmt.Sprintf(`{"resourceType":"Appointment","status":"booked",%s%s,"participant":[{"actor":{"reference":"Patient/%d"},"status":"accepted"}]}`, slot, when(i), i%100))
					c.Action = store.Create
					if _, err := s.Write(b.Context(), c); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
