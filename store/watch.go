package store

import (
	"context"
	"sync"
	"sync/atomic"

	"frontdesk/fhir"
)

// Watcher is the part of a Backend that can tell without a read that nothing was written: who asks the same of it on
// every request need not ask again.
type Watcher interface {
	// Watch watches namespaces of Records and types of resources, by whichever process they are written. Of a Backend
	// that can't tell, nothing is ever sure.
	Watch(names ...string) Watch
}

// CachedReads is the part of a Backend that has what was read lately in memory.
type CachedReads interface {
	// Cached is the current version of a resource, if it is in memory; else nil.
	Cached(key fhir.Key) *fhir.Stored
	// GetUncached is Get by asking the database, whatever is in memory.
	GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error)
	// Near says that many Gets cost less than a Find.
	Near() bool
}

// Watch is a number that is another one as soon as a write to what is watched is acknowledged. Take it before you read:
// while it stays the same, what was read is what you would read again. sure is false when it can't be told.
type Watch func() (n uint64, sure bool)

// Unsure is the Watch of what can't be watched.
func Unsure() (uint64, bool) { return 0, false }

// Watch watches the Backend (Watcher.Watch).
func (s *Store) Watch(names ...string) Watch { return s.backend.Watch(names...) }

// Tally counts what one process writes, for the Backends that are Watchers. Its zero value is ready; it is safe for
// concurrent use.
type Tally struct {
	counts sync.Map // of *atomic.Uint64, by name: those that somebody watches
}

// Note counts a Batch. It comes after the commit and before the acknowledgement.
func (c *Tally) Note(b Batch) {
	for _, w := range b.Writes {
		c.note(w.Key.Type)
	}
	for _, r := range b.Records {
		c.note(r.Namespace)
	}
}

func (c *Tally) note(name string) {
	if n, watched := c.counts.Load(name); watched {
		n.(*atomic.Uint64).Add(1)
	}
}

// Watch is Watcher.Watch, as far as this process writes.
func (c *Tally) Watch(names ...string) Watch {
	counts := make([]*atomic.Uint64, len(names))
	for i, name := range names {
		n, _ := c.counts.LoadOrStore(name, new(atomic.Uint64))
		counts[i] = n.(*atomic.Uint64)
	}
	return func() (sum uint64, sure bool) {
		for _, n := range counts {
			sum += n.Load() // they only grow, so that the sum is the same when each is
		}
		return sum, true
	}
}
