package engine

import (
	"strconv"

	"frontdesk/store/mongo/mongotest/fail"
)

// Txn is a transaction, or a snapshot that is only read. One goroutine at a time may use it; Abort may come from any.
type Txn struct {
	engine *Engine
	base   map[string]*Collection        // what was committed when it began
	own    map[string]*Collection        // the collections it has written to, with what it wrote
	dirty  map[string]map[uint64]*Record // what it wrote; nil: deleted
	held   []string                      // its locks
	ended  bool                          // guarded by engine.mu
	done   chan struct{}
	time   uint64
}

// Time is Engine.Commits when the transaction began.
func (t *Txn) Time() uint64 { return t.time }

func noSuchTransaction() error {
	return fail.New(fail.NoSuchTransaction, "Transaction has been aborted.")
}

func writeConflict() error {
	return fail.New(fail.WriteConflict, "Caused by :: Write conflict during plan execution and yielding is disabled.")
}

func (t *Txn) view(namespace string) *Collection {
	if c, ok := t.own[namespace]; ok {
		return c
	}
	return t.base[namespace]
}

// put notes a change in the transaction's own clone of a collection.
func (t *Txn) put(namespace string, old, now *Record) {
	c, ok := t.own[namespace]
	if !ok {
		c = t.base[namespace].clone()
		t.own[namespace] = c
		t.dirty[namespace] = map[uint64]*Record{}
	}
	c.put(old, now)
	if old == nil {
		old = now
	}
	t.dirty[namespace][old.id] = now
}

// conflict says why a change can't be made beside other transactions: the one to wait for if t is nil, else an error.
// If there is no such reason, t has what it needs locked.
func (e *Engine) conflict(t *Txn, seen *Collection, namespace string, ch Change) (*Txn, error) {
	committed := e.collections[namespace]
	if committed == nil {
		return nil, writeConflict() // dropped since the transaction began
	}
	var needed []string
	if ch.Old != nil {
		needed = append(needed, namespace+"/"+strconv.FormatUint(ch.Old.id, 10))
		if _, mine := t.wrote(namespace, ch.Old.id); t != nil && !mine && committed.Reload(ch.Old) != ch.Old {
			return nil, writeConflict() // another has been faster
		}
	}
	now := &Record{Doc: ch.New}
	if ch.New == nil {
		now = nil
	} else if ch.Old != nil {
		now.id = ch.Old.id
	}
	for _, x := range committed.indexes {
		if !x.Unique {
			continue
		}
		old, _, _ := x.keys(ch.Old)
		keys, _, err := x.keys(now)
		if err != nil {
			return nil, err
		}
		for _, key := range append(missing(keys, old), missing(old, keys)...) {
			needed = append(needed, namespace+"/"+x.Name+"/"+string(key))
			if now != nil && t != nil && t.hidden(x, seen, namespace, key, now.id) {
				return nil, writeConflict()
			}
		}
	}
	return e.lock(t, needed)
}

// hidden says whether a key is taken by a document that was committed after the transaction began.
func (t *Txn) hidden(committed *index, seen *Collection, namespace string, key []byte, id uint64) bool {
	other, taken := committed.holder(key, id)
	if _, mine := t.wrote(namespace, other); !taken || mine {
		return false
	}
	for _, x := range seen.indexes {
		if x.Name == committed.Name {
			_, visible := x.holder(key, id)
			return !visible
		}
	}
	return true
}

// wrote is what the transaction has made of a record, and whether it has written it at all.
func (t *Txn) wrote(namespace string, id uint64) (*Record, bool) {
	if t == nil {
		return nil, false
	}
	r, ok := t.dirty[namespace][id]
	return r, ok
}

func (e *Engine) lock(t *Txn, needed []string) (*Txn, error) {
	for _, name := range needed {
		if holder := e.locks[name]; holder != nil && holder != t {
			if t == nil {
				return holder, nil
			}
			return nil, writeConflict()
		}
	}
	if t != nil {
		for _, name := range needed {
			e.locks[name] = t
		}
		t.held = append(t.held, needed...)
	}
	return nil, nil
}

// Commit makes everything the transaction wrote visible at once. A collection that was dropped in between, or has got
// other indexes, is a WriteConflict.
func (t *Txn) Commit() error {
	e := t.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if t.ended {
		return noSuchTransaction()
	}
	defer t.end()
	for namespace := range t.dirty {
		if now := e.collections[namespace]; now == nil || len(now.indexes) != len(t.base[namespace].indexes) {
			return writeConflict()
		}
	}
	for namespace, records := range t.dirty {
		if e.collections[namespace] == t.base[namespace] {
			e.collections[namespace] = t.own[namespace] // nothing else was committed meanwhile
			continue
		}
		e.writable(namespace).replay(records)
	}
	e.commits.Add(1)
	return nil
}

// replay does the changes of a transaction: first what goes, so that nothing is in the way of what comes.
func (c *Collection) replay(records map[uint64]*Record) {
	for id := range records {
		if old, ok := c.records.Get(&Record{id: id}); ok {
			c.put(old, nil)
		}
	}
	for _, r := range records {
		if r != nil {
			c.put(nil, r)
		}
	}
}

// Abort forgets everything the transaction wrote. It may come after the end.
func (t *Txn) Abort() {
	t.engine.mu.Lock()
	defer t.engine.mu.Unlock()
	if !t.ended {
		t.end()
	}
}

func (t *Txn) end() {
	t.ended = true
	for _, name := range t.held {
		delete(t.engine.locks, name)
	}
	close(t.done)
}
