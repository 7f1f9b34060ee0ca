package state

import (
	"context"
	"slices"
	"sync"
	"time"

	"frontdesk/fhir"
)

// class is how soon a sign-in is served when many wait: those of a lower class first.
type class int

// The classes.
const (
	known   class = iota // from a browser that has signed in to this account before
	fresh                // from where nothing has failed lately
	failing              // from where sign-ins have failed
	classes
)

// place is where in the queue a sign-in stands.
type place struct {
	class class
	from  string // the network it comes from
}

// mostWaiting is how many wait for their password to be looked at, at the most. Whoever comes after that is told to
// come back.
const mostWaiting = 300

// queue bounds how many passwords are hashed at a time, for each takes 19 MiB and much time. Networks take turns within
// a class, so that many sign-ins from one make nobody else wait for more than one of them.
type queue struct {
	mu      sync.Mutex
	free    int
	waiting int
	rounds  [classes]round
}

// round are those who wait in one class.
type round struct {
	turns []string // networks, the next first
	of    map[string][]*waiter
}

// waiter is one sign-in that waits.
type waiter struct{ turn chan struct{} }

func newQueue(places int) *queue {
	q := &queue{free: places}
	for i := range q.rounds {
		q.rounds[i].of = map[string][]*waiter{}
	}
	return q
}

// enter waits for its turn; leave must be called after it. fhir.Unavailable with RetryAfter if too many wait,
// fhir.TimedOut if ctx ends before.
func (q *queue) enter(ctx context.Context, p place) error {
	q.mu.Lock()
	if q.free > 0 {
		q.free--
		q.mu.Unlock()
		return nil
	}
	if q.waiting >= mostWaiting && p.class != known {
		q.mu.Unlock()
		return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: 10 * time.Second, Issues: []fhir.Issue{{
			Text: "Too many people are signing in just now. Try again in a minute."}}}
	}
	w := &waiter{make(chan struct{})}
	q.rounds[p.class].add(p.from, w)
	q.waiting++
	q.mu.Unlock()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.rounds[p.class].drop(p.from, w) {
		q.waiting--
	} else {
		q.next() // its turn had just come
	}
	return fhir.Errorf(fhir.TimedOut, "", "Too many people are signing in just now. Try again in a minute. (%w)", context.Cause(ctx))
}

// leave gives the place to the next.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next()
}

func (q *queue) next() {
	for i := range q.rounds {
		if w := q.rounds[i].take(); w != nil {
			q.waiting--
			close(w.turn)
			return
		}
	}
	q.free++
}

func (r *round) add(from string, w *waiter) {
	if len(r.of[from]) == 0 {
		r.turns = append(r.turns, from)
	}
	r.of[from] = append(r.of[from], w)
}

// take is the first of the network whose turn it is, which then comes last; nil if nobody waits.
func (r *round) take() *waiter {
	if len(r.turns) == 0 {
		return nil
	}
	from := r.turns[0]
	r.turns = r.turns[1:]
	w := r.of[from][0]
	if r.of[from] = r.of[from][1:]; len(r.of[from]) == 0 {
		delete(r.of, from)
	} else {
		r.turns = append(r.turns, from)
	}
	return w
}

// drop is for a sign-in that doesn't wait any longer. It is false if its turn has come.
func (r *round) drop(from string, w *waiter) bool {
	i := slices.Index(r.of[from], w)
	if i < 0 {
		return false
	}
	if r.of[from] = slices.Delete(r.of[from], i, i+1); len(r.of[from]) == 0 {
		delete(r.of, from)
		r.turns = slices.DeleteFunc(r.turns, func(one string) bool { return one == from })
	}
	return true
}
