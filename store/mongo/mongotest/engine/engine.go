package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
)

// MaxDocument is the size that no document may exceed, in bytes (MongoDB manual, Limits).
const MaxDocument = 16 << 20

// Engine is all databases of a server.
type Engine struct {
	// RefuseScans makes it an error to go through a whole collection, or a whole index, to find what a filter asks for.
	RefuseScans bool

	mu          sync.RWMutex
	collections map[string]*Collection // by namespace: database.collection
	locks       map[string]*Txn        // who has written what, until it ends
	lastID      atomic.Uint64
	commits     atomic.Uint64
}

// New is an Engine without any database.
func New(refuseScans bool) *Engine {
	return &Engine{RefuseScans: refuseScans, collections: map[string]*Collection{}, locks: map[string]*Txn{}}
}

// Commits counts the commits so far; it serves as the time of the cluster.
func (e *Engine) Commits() uint64 { return e.commits.Load() }

// Read calls see with a collection as a transaction sees it, or as it is now if there is none.
func (e *Engine) Read(t *Txn, namespace string, see func(*Collection) error) error {
	e.mu.RLock()
	if t != nil {
		ended := t.ended
		e.mu.RUnlock()
		if ended {
			return noSuchTransaction()
		}
		return see(t.view(namespace))
	}
	defer e.mu.RUnlock()
	return see(e.collections[namespace])
}

// Change is what becomes of one document.
type Change struct {
	Old *Record           // nil: a new document
	New bsoncore.Document // nil: it is deleted
}

// Statement finds what is to be changed in a collection. It may be called again if it had to wait for a transaction.
type Statement func(*Collection) ([]Change, error)

// Write does what a statement finds: in a transaction, or at once if there is none. A document that a transaction has
// written and not yet committed is a WriteConflict for another transaction; without one, Write waits. When one of
// several changes fails, those before it are done.
func (e *Engine) Write(ctx context.Context, t *Txn, namespace string, s Statement) error {
	for {
		holder, err := e.try(t, namespace, s)
		if holder == nil {
			return err
		}
		select {
		case <-holder.done:
		case <-ctx.Done():
			return fail.New(fail.MaxTimeMSExpired, "operation exceeded time limit waiting for a transaction")
		}
	}
}

// try is one attempt; it gives the transaction that has to end first if there is one.
func (e *Engine) try(t *Txn, namespace string, s Statement) (*Txn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := e.collections[namespace]
	if t != nil {
		if t.ended {
			return nil, noSuchTransaction()
		}
		seen = t.view(namespace)
	}
	changes, err := s(seen)
	if err != nil || len(changes) == 0 {
		return nil, err
	}
	if seen == nil {
		if seen, err = e.create(t, namespace); err != nil {
			return nil, err
		}
	}
	for _, ch := range changes {
		if holder, err := e.conflict(t, seen, namespace, ch); holder != nil || err != nil {
			return holder, err
		}
	}
	for _, ch := range changes {
		if err := e.apply(t, namespace, ch); err != nil {
			return nil, err
		}
	}
	if t == nil {
		e.commits.Add(1)
	}
	return nil, nil
}

// create makes a collection, which is no part of the transaction that needs it. One that was made after the transaction
// began is a conflict.
func (e *Engine) create(t *Txn, namespace string) (*Collection, error) {
	if t != nil && e.collections[namespace] != nil {
		return nil, writeConflict()
	}
	c := newCollection(namespace, e.RefuseScans)
	e.collections[namespace] = c
	if t != nil {
		c.shared = true
		t.base[namespace] = c
	}
	return c, nil
}

// apply does one change, unless a unique index forbids it.
func (e *Engine) apply(t *Txn, namespace string, ch Change) error {
	var now *Record
	if ch.New != nil {
		now = &Record{Doc: ch.New}
		if ch.Old != nil {
			now.id = ch.Old.id
		} else {
			now.id = e.lastID.Add(1)
		}
	}
	seen := e.collections[namespace]
	if t != nil {
		seen = t.view(namespace)
	}
	if err := seen.admit(now); err != nil {
		return err
	}
	if t != nil {
		t.put(namespace, ch.Old, now)
		return nil
	}
	e.writable(namespace).put(ch.Old, now)
	return nil
}

// admit says why a record can't be in a collection.
func (c *Collection) admit(r *Record) error {
	if r == nil {
		return nil
	}
	if err := order.Check(r.Doc); err != nil {
		return err
	}
	if len(r.Doc) > MaxDocument {
		return fail.New(fail.DocumentTooLarge, "object to insert too large. size in bytes: %d, max size: %d", len(r.Doc), MaxDocument)
	}
	if id, _ := order.Field(r.Doc, "_id"); id.Type == bsoncore.TypeArray || id.Type == bsoncore.TypeRegex {
		return fail.New(fail.InvalidID, "The '_id' value cannot be of type %s", id.Type)
	}
	for _, x := range c.indexes {
		keys, _, err := x.keys(r)
		if err != nil {
			return err
		}
		if x.Unique && slices.ContainsFunc(keys, func(key []byte) bool { _, taken := x.holder(key, r.id); return taken }) {
			return x.duplicate(c.name, r.Doc)
		}
	}
	return nil
}

// writable is a collection that no snapshot has.
func (e *Engine) writable(namespace string) *Collection {
	c := e.collections[namespace]
	if c.shared {
		c = c.clone()
		e.collections[namespace] = c
	}
	return c
}

// Begin starts a transaction: it sees what is committed now, and what it writes itself.
func (e *Engine) Begin() *Txn {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.collections {
		c.shared = true
	}
	return &Txn{engine: e, base: maps.Clone(e.collections), own: map[string]*Collection{},
		dirty: map[string]map[uint64]*Record{}, time: e.commits.Load(), done: make(chan struct{})}
}
