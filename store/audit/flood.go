package audit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// How many requests of callers nobody knows are recorded one by one. Anybody can send those, as many as the network
// carries, and must not be able to fill the disk with them: the rest of a minute is recorded as one event that says how
// many they were.
const (
	floodMin  = 30          // of an address
	floodAll  = 300         // of all addresses together, for an attacker may have many
	floodSpan = time.Minute // counted anew after it
)

// flood counts the refusals of unknown callers.
type flood struct {
	mu     sync.Mutex
	began  time.Time
	all    int
	counts map[string]int // by address, as long as there's room in all
	over   int            // those that weren't recorded one by one
	last   Event          // of them
	timer  *time.Timer
}

// unknown says that an event is of a caller nobody knows, who was refused.
func (e *Event) unknown() bool {
	nobody := e.By.Client == "" && e.By.Account == "" && e.By.Person == ""
	return nobody && (e.Status == unauthorized || e.What == Request)
}

// lets says whether an event is to be recorded by itself. Others are told of by sum, which is called when the minute is
// over.
func (f *flood) lets(e *Event, sum func()) bool {
	if !e.unknown() {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.counts == nil || e.When.Sub(f.began) >= floodSpan || e.When.Before(f.began) {
		f.began, f.all, f.counts = e.When, 0, map[string]int{}
	}
	if f.all < floodAll && f.counts[e.Address] < floodMin {
		f.all++
		f.counts[e.Address]++
		return true
	}
	if f.over++; f.over == 1 {
		f.timer = time.AfterFunc(floodSpan, sum)
	}
	f.last = *e
	return false
}

// rest is one event for all that weren't recorded by themselves; ok is false if there are none.
func (f *flood) rest() (e Event, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over == 0 {
		return e, false
	}
	f.timer.Stop()
	e = f.last
	e.Reason = fmt.Sprintf("%s: the last of %d requests within a minute that are not recorded one by one", e.Reason, f.over)
	f.over = 0
	return e, true
}

// sumUp records what lets has left out.
func (r *Recorder) sumUp() {
	if e, ok := r.flood.rest(); ok {
		if err := r.enqueue(context.Background(), e); err != nil {
			r.Log.Error("refused requests of unknown callers can't be recorded", "error", err)
		}
	}
}
