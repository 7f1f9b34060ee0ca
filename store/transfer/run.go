package transfer

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/feed"
	"frontdesk/store/lease"
)

// run is this process working on an export, or waiting to.
type run struct {
	*Exports
	key, id string
	session atomic.Pointer[store.Session] // by which it reads: that of the caller's last request
	cancel  context.CancelFunc
}

// goOn has an export worked on by a caller's Session, if nobody does.
func (x *Exports) goOn(key, id string, s *store.Session) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if r := x.runs[key]; r != nil {
		r.session.Store(s)
		return
	}
	ctx, cancel := context.WithCancel(x.ctx)
	r := &run{Exports: x, key: key, id: id, cancel: cancel}
	r.session.Store(s)
	x.runs[key] = r
	x.working.Go(func() {
		defer func() {
			cancel()
			x.mu.Lock()
			delete(x.runs, key)
			x.mu.Unlock()
		}()
		if err := r.take(ctx); err != nil && ctx.Err() == nil {
			x.o.Logger.Warn("an export stopped; it goes on when its status is asked for", "export", id, "error", err)
		}
	})
}

// take works on the export when it's this process' turn, unless another does.
func (r *run) take(ctx context.Context) error {
	select {
	case r.turns <- struct{}{}:
		defer func() { <-r.turns }()
	case <-ctx.Done():
		return nil
	}
	soon, stop := context.WithTimeout(ctx, 3*r.o.Lease)
	defer stop()
	l, err := r.lease(soon, ctx)
	if l == nil || err != nil {
		return err
	}
	e, revision, err := r.load(l.Context(), r.key)
	if err != nil || !e.Done.IsZero() || e.Failed != "" {
		if fhir.KindOf(err) == fhir.NotFound {
			err = nil // it was cancelled
		}
		_ = l.Remove(context.WithoutCancel(ctx))
		return err
	}
	w := &walk{run: r, Export: e, revision: revision, lease: l, state: feed.At(r.store, e.Moment.Position)}
	err = w.all(l.Context())
	late, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	switch {
	case err == nil:
		return nil
	case l.Context().Err() == nil && ctx.Err() == nil:
		err = w.failed(late, err)
	default:
		_ = l.Release(late)
	}
	return err
}

// lease takes the export's lease. It is nil if another process keeps it, or has finished meanwhile.
func (r *run) lease(soon, ctx context.Context) (*lease.Lease, error) {
	place := lease.Place{Namespace: leases, Key: r.id, Lasts: r.o.Lease}
	var w lease.Watch
	tick := time.NewTicker(max(time.Millisecond, min(time.Second, r.o.Lease/4)))
	defer tick.Stop()
	for {
		if l, err := lease.Try(ctx, r.store, place, &w); l != nil || err != nil {
			return l, err
		}
		select {
		case <-tick.C:
		case <-soon.Done():
			return nil, nil
		}
	}
}

// tries is how often an export may fail at the same place.
const tries = 5

// failed notes that the work has stopped at an error, which is told if it can't but come again.
func (w *walk) failed(ctx context.Context, err error) error {
	switch w.Tries++; fhir.KindOf(err) {
	case fhir.Conflict: // it was cancelled, or another works on it
		return w.lease.Remove(ctx)
	case fhir.Forbidden, fhir.Invalid, fhir.NotFound, fhir.NotSupported, fhir.TooCostly, fhir.Unprocessable:
		w.Failed = fhir.AsError(err).Issues[0].Text
	default:
		if w.Tries >= tries {
			w.Failed = "It failed again and again on our side. Begin anew; if it happens again, tell support when."
		}
	}
	// What was done since the last note isn't kept: the next try begins there.
	kept, revision, bad := w.load(ctx, w.key)
	if bad != nil {
		return errors.Join(err, bad, w.lease.Release(ctx))
	}
	kept.Tries, kept.Failed = w.Tries, w.Failed
	rec, bad := w.record(w.key, kept, revision)
	if bad != nil {
		return errors.Join(err, bad, w.lease.Release(ctx))
	}
	return errors.Join(err, w.lease.Release(ctx, rec))
}
