package lease

import (
	"context"
	"errors"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Context ends when the Lease does; its cause is ErrLost if another process took it, or may have.
func (l *Lease) Context() context.Context { return l.ctx }

// Write commits records if the Lease is held still, and renews it by that. fhir.Conflict if it is lost, or if a record
// hasn't the Revision that it must have: then nothing is written.
func (l *Lease) Write(ctx context.Context, records ...store.RecordWrite) error {
	return l.write(ctx, l.value, records)
}

func (l *Lease) write(ctx context.Context, value []byte, records []store.RecordWrite) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if errors.Is(context.Cause(l.ctx), ErrLost) { // though nobody may have taken it yet
			return fhir.Errorf(fhir.Conflict, "", "%w, or may have", ErrLost)
		}
		mine := store.RecordWrite{Namespace: l.place.Namespace, Key: l.place.Key, Value: value, Revision: l.revision}
		err := l.store.WriteRecords(ctx, append([]store.RecordWrite{mine}, records...)...)
		if err == nil {
			l.revision, l.written = l.revision+1, time.Now()
			return nil
		}
		if ours := l.look(ctx); !ours || fhir.KindOf(err) != fhir.Conflict {
			return err
		}
	}
}

// look finds out how the record is after a write that failed. It says whether it is ours in another revision: then a
// write whose answer was lost had been done. With the lock held.
func (l *Lease) look(ctx context.Context) bool {
	rec, err := l.store.Records().Get(ctx, l.place.Namespace, l.place.Key)
	switch {
	case err != nil && fhir.KindOf(err) != fhir.NotFound:
		return false
	case string(rec.Value) != string(l.value):
		l.cancel(ErrLost)
		return false
	}
	moved := rec.Revision != l.revision
	l.revision = rec.Revision
	return moved
}

// renew gives signs of life. A Lease that couldn't be renewed for as long as it lasts may be another's by now.
func (l *Lease) renew() {
	defer close(l.ended)
	tick := time.NewTicker(max(time.Millisecond, l.place.Lasts/4))
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
		l.mu.Lock()
		silent := time.Since(l.written)
		l.mu.Unlock()
		switch {
		case silent >= l.place.Lasts:
			l.cancel(ErrLost)
		case silent >= l.place.Lasts/4:
			_ = l.Write(l.ctx) // what fails is tried again, or lost
		}
	}
}

// Release gives the Lease back, with records in the same commit. Whoever waits for it can take it at once.
func (l *Lease) Release(ctx context.Context, records ...store.RecordWrite) error {
	return l.end(ctx, nobody, records)
}

// Remove is Release of what nobody will do any more: the Lease's record is removed.
func (l *Lease) Remove(ctx context.Context, records ...store.RecordWrite) error {
	return l.end(ctx, nil, records)
}

func (l *Lease) end(ctx context.Context, value []byte, records []store.RecordWrite) error {
	err := l.write(ctx, value, records)
	l.cancel(context.Canceled)
	<-l.ended
	return err
}
