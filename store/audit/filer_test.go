package audit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// slow is a Backend whose commits take a while.
type slow struct{ store.Backend }

func (s slow) Apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	time.Sleep(50 * time.Millisecond)
	return s.Backend.Apply(ctx, b)
}

// TestFilingLetsTrafficGoFirst: under heavy traffic what is recorded is in the chain and isn't filed but for what was
// at the beginning; under less it is filed beside it; and afterwards all is filed. The time is made up.
func TestFilingLetsTrafficGoFirst(t *testing.T) {
	if _, err := registry(); err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		each, least, most int
	}{
		"heavy": {150, 0, 2 * 128},
		"light": {10, 500, 1000},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, func(r *spec.Registry) store.Backend { return slow{memory.Open(r)} })
				r := recorder(t, s)
				const times = 100
				for range times { // in ten seconds
					for _, e := range some(c.each) {
						if err := r.Record(t.Context(), e); err != nil {
							t.Fatal(err)
						}
					}
					time.Sleep(100 * time.Millisecond)
				}
				if filed := len(found(t, s, everyone, "")); filed < c.least || filed > c.most {
					t.Errorf("%d are filed while %d come each second, want %d to %d", filed, 10*c.each, c.least, c.most)
				}
				time.Sleep(time.Minute)
				if r := verified(t, s, times*c.each); r.Waiting != 0 {
					t.Errorf("after it %d wait", r.Waiting)
				}
			})
		})
	}
}
