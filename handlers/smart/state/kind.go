package state

import (
	"context"
	"encoding/json"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// Kind is one sort of record: values of T as JSON in a namespace of their own.
type Kind[T any] struct {
	state           *Store
	namespace, what string
}

// Entry is one value as it was read.
type Entry[T any] struct {
	Key      string
	Value    T
	Revision int64     // for the write that must find it unchanged
	Expires  time.Time // zero: never
}

// never is when what doesn't expire expires.
var never time.Time

// NewKind is the kind of a namespace. what is how an error calls one: "app of this client_id".
func NewKind[T any](s *Store, namespace, what string) Kind[T] {
	return Kind[T]{state: s, namespace: "smart." + namespace, what: what}
}

// Get is the value of a key; fhir.NotFound if there is none or it has expired.
func (k Kind[T]) Get(ctx context.Context, key string) (Entry[T], error) {
	r, err := k.state.store.Records().Get(ctx, k.namespace, key)
	if err != nil {
		if fhir.KindOf(err) == fhir.NotFound {
			err = k.missing()
		}
		return Entry[T]{}, err
	}
	e, err := k.entry(r)
	if err == nil && k.over(e) {
		return Entry[T]{}, k.missing()
	}
	return e, err
}

func (k Kind[T]) missing() error {
	return fhir.Errorf(fhir.NotFound, "", "There is no %s, or it is over.", k.what)
}

// over says that an entry has expired by the Store's clock, which a test may have put forward.
func (k Kind[T]) over(e Entry[T]) bool {
	return !e.Expires.IsZero() && !k.state.now().Before(e.Expires)
}

func (k Kind[T]) entry(r store.Record) (Entry[T], error) {
	e := Entry[T]{Key: r.Key, Revision: r.Revision, Expires: r.Expires}
	if err := json.Unmarshal(r.Value, &e.Value); err != nil {
		return e, fhir.Fault("reading the "+k.what, err)
	}
	return e, nil
}

// Scan calls yield with the entries whose key starts with prefix, by key, until it says false.
func (k Kind[T]) Scan(ctx context.Context, prefix string, yield func(Entry[T]) bool) error {
	var bad error
	err := k.state.store.Records().Scan(ctx, k.namespace, prefix, func(r store.Record) bool {
		e, err := k.entry(r)
		if err != nil {
			bad = err
			return false
		}
		return k.over(e) || yield(e)
	})
	if err == nil {
		err = bad
	}
	return err
}

// Put is the write of a value that expires, never if that is zero. revision is that of the Entry it replaces, 0 if
// there must be none, -1 if it doesn't matter.
func (k Kind[T]) Put(key string, value T, expires time.Time, revision int64) store.RecordWrite {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // the types of this package can all be marshalled
	}
	return store.RecordWrite{Namespace: k.namespace, Key: key, Value: text, Expires: expires, Revision: revision}
}

// Remove is the write that removes a key.
func (k Kind[T]) Remove(key string, revision int64) store.RecordWrite {
	return store.RecordWrite{Namespace: k.namespace, Key: key, Revision: revision}
}

// Commit does all of the writes or none: fhir.Conflict if a revision is no longer the current one.
func (s *Store) Commit(ctx context.Context, writes ...store.RecordWrite) error {
	_, err := s.store.As(access.Everything("smart"), store.Unobserved).Transact(ctx, nil, writes...)
	return err
}

// tries is how often a change that lost a race is made anew. Rivals for one record are few.
const tries = 20

// Change reads a value, lets change alter it, and writes it back, again if another wrote meanwhile. An error of change
// ends it, but fhir.Conflict.
func (k Kind[T]) Change(ctx context.Context, key string, change func(*T) error) (e Entry[T], err error) {
	err = again(func() error {
		if e, err = k.Get(ctx, key); err != nil {
			return err
		}
		if err := change(&e.Value); err != nil {
			return err
		}
		return k.state.Commit(ctx, k.Put(key, e.Value, e.Expires, e.Revision))
	})
	return e, err
}

// again tries what reads and then writes, as long as another writes in between.
func again(try func() error) (err error) {
	for range tries {
		if err = try(); fhir.KindOf(err) != fhir.Conflict {
			break
		}
	}
	return err
}
