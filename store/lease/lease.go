package lease

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"

	"frontdesk/fhir"
	"frontdesk/store"
)

// ErrLost is why the context of a Lease ends that another process has taken.
var ErrLost = errors.New("another process has taken over")

// Place is what a Lease is of: a record.
type Place struct {
	Namespace, Key string
	Lasts          time.Duration // without a sign of life of who has it
}

// Lease is held by this process until Release, or until it is lost. It is safe for concurrent use.
type Lease struct {
	store *store.Store
	place Place
	value []byte

	ctx    context.Context
	cancel context.CancelCauseFunc
	ended  chan struct{} // closed when nobody renews it any more

	mu       sync.Mutex
	revision int64
	written  time.Time
}

// holder is the record of a Lease that somebody has. Who gives it back leaves nobody there: revisions that began anew
// could be taken for those of an earlier holder.
type holder struct {
	By string `json:"by"` // no other Lease has the same
}

var nobody = []byte("{}")

// Watch is what is known of Leases that others have: for how long each hasn't been written. Its zero value is ready.
type Watch struct {
	seen map[string]sight
}

type sight struct {
	revision int64
	since    time.Time
}

// free says whether a lease can be taken: nobody has it, or who has it hasn't given a sign of life for long enough.
func (w *Watch) free(p Place, rec *store.Record) bool {
	if w.seen == nil {
		w.seen = map[string]sight{}
	}
	name := p.Namespace + "\x00" + p.Key
	last, known := w.seen[name]
	taken := rec.Revision > 0 && string(rec.Value) != string(nobody)
	switch {
	case taken && (!known || last.revision != rec.Revision):
		w.seen[name] = sight{rec.Revision, time.Now()}
		return false
	case taken && time.Since(last.since) < p.Lasts:
		return false
	}
	delete(w.seen, name)
	return true
}

// Try takes a Lease if it can be taken now; else it is nil. It is renewed until ctx ends, then too.
func Try(ctx context.Context, st *store.Store, p Place, w *Watch) (*Lease, error) {
	rec, err := st.Records().Get(ctx, p.Namespace, p.Key)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return nil, err
	}
	if !w.free(p, &rec) {
		return nil, nil
	}
	value, err := json.Marshal(holder{By: uuid.NewString()})
	if err != nil {
		return nil, fhir.Fault("write a lease", err)
	}
	l := &Lease{store: st, place: p, value: value, ended: make(chan struct{}), revision: rec.Revision}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	if err := l.Write(ctx); err != nil {
		l.cancel(err)
		if fhir.KindOf(err) == fhir.Conflict { // another was faster
			err = nil
		}
		return nil, err
	}
	go l.renew()
	return l, nil
}

// Wait takes a Lease as soon as it can be taken, or ends with ctx.
func Wait(ctx context.Context, st *store.Store, p Place) (*Lease, error) {
	var w Watch
	tick := time.NewTicker(max(time.Millisecond, min(time.Second, p.Lasts/4)))
	defer tick.Stop()
	for {
		if l, err := Try(ctx, st, p, &w); l != nil || err != nil {
			return l, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fhir.Errorf(fhir.TimedOut, "", "Another process does this already. (%w)", ctx.Err())
		}
	}
}

// Free is the record of a Lease that nobody has yet, for who looks for Leases to take by what records there are.
func Free(p Place) store.RecordWrite {
	return store.RecordWrite{Namespace: p.Namespace, Key: p.Key, Value: nobody}
}
