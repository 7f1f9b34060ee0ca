package store

import (
	"context"
	"strconv"
	"sync"
	"time"

	"frontdesk/fhir"
)

// Position is a place in the feed of changes, as text that can be kept. Only Backends compare Positions; "" lies
// before all changes.
//
// It is a number that grows with the feed, and about the time of the change before it, so that it means the same in a
// copy of the store and after a restored backup.
type Position string

// Number reads a Position. fhir.Invalid if it isn't one. It is for Backends.
func (p Position) Number() (int64, error) {
	if p == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(p), 10, 64)
	if err != nil || n < 0 {
		return 0, fhir.Errorf(fhir.Invalid, "",
			"%q is no place in the feed of changes. Begin anew, from a place that this store gave.", string(p))
	}
	return n, nil
}

// PositionAt is the Position with a number. It is for Backends.
func PositionAt(n int64) Position { return Position(strconv.FormatInt(n, 10)) }

// Committed is a version that was committed, or a mark.
type Committed struct {
	Position Position    // behind it: where to go on
	Key      fhir.Key    // with the version that was made, or marked
	Method   fhir.Method // what the version was made by; 0 of a mark
	At       time.Time   // when: of a version its Updated
	// Facts are those of this commit, whatever was marked since. Before are those that a mark changed; of a version
	// they are zero, and those of the version before can be read with that.
	Facts, Before fhir.Facts
	Compartments  []string // ids of the Patients in whose compartment the version is
}

// Marks says that no version was made: the Facts of one have changed.
func (c *Committed) Marks() bool { return c.Method == 0 }

// Appears says that a mark shows what was hidden or held back until then, at a time. What appears because a time of
// release has come is no change, and nothing in the feed tells of it: who needs that keeps the time.
func (c *Committed) Appears(now time.Time) bool {
	return c.Marks() && !c.Before.Shown(now) && c.Facts.Shown(now)
}

// Moment is a place in the feed, with a time that stands for it: all versions before it are of that time or earlier,
// and Backend.Moment of that time is the same place.
type Moment struct {
	Position Position
	At       time.Time
}

// Changes is the feed without a Session (Backend.Changes): it answers to no grant, so it is for Frontdesk's own parts
// and never for what a client asks. What a client is told of a change is read by a Session.
func (s *Store) Changes(ctx context.Context, after Position, limit int, wait time.Duration) ([]Committed, error) {
	return s.backend.Changes(ctx, after, limit, wait)
}

// Moment is Backend.Moment.
func (s *Store) Moment(ctx context.Context, at time.Time) (Moment, error) {
	return s.backend.Moment(ctx, at)
}

// newsPoll is how often who waits looks for what other processes wrote.
const newsPoll = time.Second

// News wakes who waits for changes of this process. Its zero value is ready; it is safe for concurrent use. It is for
// Backends.
type News struct {
	mu   sync.Mutex
	next chan struct{} // closed with the next change; nil while nobody waits
}

// Tell wakes all who wait. It comes after the commit.
func (n *News) Tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// Next is closed by the next Tell. Take it before you look.
func (n *News) Next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}

// Await calls read until it finds something, it fails, the wait is over or ctx ends, which read has to tell: at once,
// whenever this process has news, and each second.
func (n *News) Await(ctx context.Context, wait time.Duration, read func() (found bool, err error)) error {
	end := time.Now().Add(wait)
	for {
		news := n.Next()
		found, err := read()
		left := time.Until(end)
		if found || err != nil || wait <= 0 || left <= 0 {
			return err
		}
		poll := time.NewTimer(min(left, newsPoll))
		select {
		case <-news:
		case <-poll.C:
		case <-ctx.Done():
		}
		poll.Stop()
	}
}

// Time is about when the change before a Position was made; the zero time if it is none.
func (p Position) Time() time.Time {
	n, err := p.Number()
	if err != nil || n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
