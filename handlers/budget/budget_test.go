package budget_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/budget"
)

func TestE4_OneRequestNeverTakesAllMemory(t *testing.T) {
	const mib = 1 << 20
	m := budget.NewMemory(64 * mib)
	first, second, third := m.Lease(), m.Lease(), m.Lease()
	if err := first.Take(32 * mib); err != nil {
		t.Fatal(err)
	}
	var e *fhir.Error
	if err := first.Take(1); !errors.As(err, &e) || e.Kind != fhir.Unavailable || e.RetryAfter == 0 {
		t.Errorf("more than half: %v", err)
	}
	if err := second.Take(16 * mib); err != nil {
		t.Errorf("half of what is left: %v", err)
	}
	if err := third.Take(9 * mib); fhir.KindOf(err) != fhir.Unavailable {
		t.Errorf("more than half of what is left: %v", err)
	}
	if err := third.Take(100 << 10); err != nil {
		t.Errorf("a small one: %v", err)
	}
	first.Release()
	second.Release()
	if err := third.Take(20 * mib); err != nil {
		t.Errorf("when the others are answered: %v", err)
	}
	third.Release()
	third.Release()
	if held := m.Held(); held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
}

func TestE4_ManySmallRequestsStayWithinTheBudget(t *testing.T) {
	const most = 4 << 20
	m := budget.NewMemory(most)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			l := m.Lease()
			for l.Take(10_000) == nil {
			}
		})
	}
	wg.Wait()
	if held := m.Held(); held > most || held < most/2 {
		t.Errorf("%d bytes are held, want at most %d and most of it", held, most)
	}
}

func TestE4_ACallerWhoAsksTooMuchWaitsAndOthersDont(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	r := budget.NewRate(10, 20, func() time.Time { return now })
	ann, bob := budget.Caller{App: "app", Person: "Patient/ann"}, budget.Caller{App: "app", Person: "Patient/bob"}
	for range 20 {
		if err := r.Ask(ann); err != nil {
			t.Fatal(err)
		}
	}
	var e *fhir.Error
	if err := r.Ask(ann); !errors.As(err, &e) || e.Kind != fhir.Throttled || e.RetryAfter <= 0 || e.RetryAfter > time.Second {
		t.Fatalf("the 21st at once: %v", err)
	}
	if err := r.Ask(bob); err != nil {
		t.Errorf("another person: %v", err)
	}
	now = now.Add(e.RetryAfter + time.Millisecond)
	if err := r.Ask(ann); err != nil {
		t.Errorf("after the wait that was told: %v", err)
	}
	now = now.Add(time.Minute)
	r.Cost(ann, 50<<20, 100) // 900 units, of which 20 are there
	if err := r.Ask(ann); !errors.As(err, &e) || e.RetryAfter < 80*time.Second || e.RetryAfter > 95*time.Second {
		t.Errorf("after a costly answer: %v", err)
	}
}
