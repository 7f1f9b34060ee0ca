package state

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"frontdesk/fhir"
)

// E10: who signs in waits for at most one of each other network, and not at all for networks where sign-ins fail, nor
// if the browser is known.
func TestE10_NetworksTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1)
		var order []string
		if err := q.enter(t.Context(), place{}); err != nil {
			t.Fatal(err)
		}
		wait := func(who string, p place) {
			go func() {
				if err := q.enter(t.Context(), p); err == nil {
					order = append(order, who) // one has the place at a time
					q.leave()
				}
			}()
			synctest.Wait() // until it stands in the queue
		}
		for i := range 5 {
			wait(fmt.Sprint("flood", i), place{fresh, "192.0.2.1"})
		}
		for i := range 3 {
			wait(fmt.Sprint("failing", i), place{failing, fmt.Sprint("192.0.2.1", i)})
		}
		wait("one", place{fresh, "198.51.100.7"})
		wait("home", place{known, "192.0.2.1"})
		gone, leave := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- q.enter(gone, place{fresh, "203.0.113.1"}) }()
		synctest.Wait()
		leave()
		if err := <-failed; fhir.KindOf(err) != fhir.TimedOut {
			t.Errorf("who goes away: %v", err)
		}
		q.leave()
		synctest.Wait()
		if got, want := strings.Join(order, " "), "home flood0 one flood1 flood2 flood3 flood4 failing0 failing1 failing2"; got != want {
			t.Errorf("order %s, want %s", got, want)
		}
		if q.free != 1 || q.waiting != 0 {
			t.Errorf("%d free, %d waiting", q.free, q.waiting)
		}
	})
}

// E10: the queue has an end. Who comes from a known browser is let in nevertheless.
func TestE10_TheQueueHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1)
		ctx, end := context.WithCancel(t.Context())
		if err := q.enter(ctx, place{}); err != nil {
			t.Fatal(err)
		}
		for i := range mostWaiting {
			go q.enter(ctx, place{fresh, fmt.Sprint(i)})
		}
		synctest.Wait()
		err := q.enter(ctx, place{fresh, "more"})
		if fhir.KindOf(err) != fhir.Unavailable || err.(*fhir.Error).RetryAfter == 0 {
			t.Errorf("one more: %v", err)
		}
		in := make(chan error, 1)
		go func() { in <- q.enter(ctx, place{known, "home"}) }()
		synctest.Wait()
		q.leave()
		if err := <-in; err != nil {
			t.Error(err)
		}
		end()
	})
}
