package sqlite

import (
	"context"
	"iter"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"frontdesk/fhir"
	"frontdesk/store"
)

// recent keeps current versions in memory, those asked for last. Only this process writes resources (beside.go), so
// what it keeps is what the database has: what a commit changes is taken out before it. It is safe for concurrent use.
type recent struct {
	mu       sync.Mutex
	rows     *simplelru.LRU[fhir.Key, *fhir.Stored]
	changing map[fhir.Key]int // by how many Batches that are under way
	most     int              // bytes
	bytes    int              // of the rows, about
	commits  int64            // so far
}

// Cached is what is kept of a resource. Beside the process that writes, nothing is.
func (b *Backend) Cached(key fhir.Key) *fhir.Stored {
	if key.Version != 0 || b.lock == nil {
		return nil
	}
	kept, _ := b.recent.get(key)
	return kept
}

// GetUncached asks the database, and keeps what it says.
func (b *Backend) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	_, commits := b.recent.get(key)
	st, err := b.get(ctx, key)
	if err == nil && key.Version == 0 && b.lock != nil {
		b.recent.add(st, commits)
	}
	return st, err
}

// Near says that many Gets cost less than a Find: they are answered from memory, or by a file of this machine.
func (b *Backend) Near() bool { return true }

// How much is kept.
const (
	recentRows  = 1 << 16
	recentShare = 64 // no version that is larger than this part of all
)

// rowSize is what a row takes besides its JSON, about.
const rowSize = 400

func newRecent(most int) *recent {
	r := &recent{most: most, changing: map[fhir.Key]int{}}
	r.rows, _ = simplelru.NewLRU(recentRows, func(_ fhir.Key, st *fhir.Stored) { r.bytes -= size(st) }) // an error only for a size of 0
	return r
}

func size(st *fhir.Stored) int { return rowSize + len(st.JSON) }

// get is the current version of a resource, if it's kept. commits is for add.
func (r *recent) get(key fhir.Key) (st *fhir.Stored, commits int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	st, _ = r.rows.Get(key)
	return st, r.commits
}

// add keeps a version that was read after get, unless something was committed meanwhile: the version may be the one
// before it.
func (r *recent) add(st *fhir.Stored, commits int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := st.Key.Current()
	if r.commits != commits || r.changing[key] > 0 || size(st) > r.most/recentShare || r.rows.Contains(key) {
		return
	}
	r.bytes += size(st)
	for r.rows.Add(key, st); r.bytes > r.most; {
		r.rows.RemoveOldest()
	}
}

// begin takes out what a Batch will change, and keeps none of it until end: so nobody is given an old version when the
// new one can be found.
func (r *recent) begin(b store.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range changed(b) {
		r.rows.Remove(key)
		r.changing[key]++
	}
}

// end says that the Batch was committed, or wasn't.
func (r *recent) end(b store.Batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits++
	for key := range changed(b) {
		if r.changing[key]--; r.changing[key] == 0 {
			delete(r.changing, key)
		}
	}
}

// changed are the resources that a Batch changes.
func changed(b store.Batch) iter.Seq[fhir.Key] {
	return func(yield func(fhir.Key) bool) {
		for _, w := range b.Writes {
			if !yield(w.Key.Current()) {
				return
			}
		}
		for _, m := range b.Marks {
			if !yield(m.Key.Current()) {
				return
			}
		}
	}
}
