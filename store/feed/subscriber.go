package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/lease"
)

// The namespaces of Records: who runs each subscriber, and its place.
const (
	leases = "feed.lease"
	places = "feed.place"
)

// Subscriber is told of every change. Fields without a default must be set.
type Subscriber struct {
	Name  string // no other subscriber of the store has the same
	Store *store.Store
	// Handle is given some changes, in order. The records it gives are committed together with the place behind them,
	// if it is still this process that runs the subscriber. After an error it is given the same again, in a while;
	// changes are never left out. It must end when ctx does: another process has taken over then, or Run ends.
	Handle func(ctx context.Context, changes []store.Committed) ([]store.RecordWrite, error)
	// From is where a subscriber begins that never ran; default: what is committed from then on.
	From  *store.Position
	Batch int           // changes at once, at most; default 100
	Lease time.Duration // for how long a process may be silent before another takes over; default 15 s
	// Backoff is how long it waits after the first error of Handle, twice as long after each that follows, up to a
	// minute; default 100 ms.
	Backoff time.Duration
	Logger  *slog.Logger // default slog.Default()
}

// longest is how long it waits at most after an error.
const longest = time.Minute

// idle is how long one question for changes waits.
const idle = 30 * time.Second

// Run runs the subscriber until ctx ends, whenever no other process does. The error is that of ctx: what goes wrong is
// logged, and tried again.
func (s *Subscriber) Run(ctx context.Context) error {
	wait := s.backoff()
	for ctx.Err() == nil {
		moved, err := s.hold(ctx)
		if err != nil && ctx.Err() == nil {
			s.logger().Warn("following the changes stopped; trying again", "subscriber", s.Name, "error", err)
		}
		if moved {
			wait = s.backoff()
		}
		wait = pause(ctx, wait)
	}
	return ctx.Err()
}

func (s *Subscriber) backoff() time.Duration { return cmp.Or(s.Backoff, 100*time.Millisecond) }
func (s *Subscriber) logger() *slog.Logger   { return cmp.Or(s.Logger, slog.Default()) }

// pause waits, and says how long to wait the next time.
func pause(ctx context.Context, wait time.Duration) (next time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return min(2*wait, longest)
}

// hold runs it as long as this process is the one to. moved says that its place has.
func (s *Subscriber) hold(ctx context.Context) (moved bool, err error) {
	l, err := lease.Wait(ctx, s.Store, lease.Place{Namespace: leases, Key: s.Name, Lasts: cmp.Or(s.Lease,
		15*time.Second)})
	if err != nil {
		return false, err
	}
	moved, err = s.follow(l.Context(), l)
	if cause := context.Cause(l.Context()); cause != nil && ctx.Err() == nil {
		return moved, cause
	}
	over, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if e := l.Release(over); err == nil { // else another takes it when it has run out
		err = e
	}
	return moved, err
}

// follow gives Handle what comes, until ctx ends or the store fails.
func (s *Subscriber) follow(ctx context.Context, l *lease.Lease) (moved bool, err error) {
	at, err := s.begin(ctx, l)
	for err == nil {
		var changes []store.Committed
		if changes, err = s.Store.Changes(ctx, at, cmp.Or(s.Batch, 100), idle); err != nil || len(changes) == 0 {
			continue
		}
		records, ok := s.handle(ctx, changes)
		if !ok {
			return moved, ctx.Err()
		}
		at = changes[len(changes)-1].Position
		err = l.Write(ctx, append(records, place(s.Name, at))...)
		moved = moved || err == nil
	}
	return moved, err
}

// handle gives changes to Handle until it takes them; not ok if ctx ended before.
func (s *Subscriber) handle(ctx context.Context, changes []store.Committed) (records []store.RecordWrite, ok bool) {
	for wait := s.backoff(); ; {
		records, err := s.Handle(ctx, changes)
		if err == nil {
			return records, true
		}
		if ctx.Err() != nil {
			return nil, false
		}
		s.logger().Warn("a subscriber can't take changes; trying again", "subscriber", s.Name, "first",
			changes[0].Key.String(), "in", wait, "error", err)
		wait = pause(ctx, wait)
	}
}

// begin is the place to go on from: that of a new subscriber is kept before anything is handled.
func (s *Subscriber) begin(ctx context.Context, l *lease.Lease) (store.Position, error) {
	at, known, err := placeOf(ctx, s.Store, s.Name)
	if err != nil || known {
		return at, err
	}
	if s.From != nil {
		at = *s.From
	} else {
		now, err := s.Store.Moment(ctx, time.Time{})
		if err != nil {
			return "", err
		}
		at = now.Position
	}
	return at, l.Write(ctx, place(s.Name, at))
}

// kept is the record of a place.
type kept struct {
	At store.Position `json:"at"`
}

func place(name string, at store.Position) store.RecordWrite {
	value, _ := json.Marshal(kept{at}) // nothing in it can fail
	return store.RecordWrite{Namespace: places, Key: name, Value: value, Revision: -1}
}

func placeOf(ctx context.Context, st *store.Store, name string) (at store.Position, known bool, err error) {
	rec, err := st.Records().Get(ctx, places, name)
	switch {
	case err != nil && fhir.KindOf(err) == fhir.NotFound:
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	var k kept
	if err := json.Unmarshal(rec.Value, &k); err != nil {
		return "", false, fhir.Fault("read a subscriber's place", err)
	}
	return k.At, true, nil
}

// Lag is how much older than the newest change the last one is that a subscriber has taken: 0 if there is none left,
// or it never ran.
func Lag(ctx context.Context, st *store.Store, name string) (time.Duration, error) {
	at, known, err := placeOf(ctx, st, name)
	if err != nil || !known {
		return 0, err
	}
	now, err := st.Moment(ctx, time.Time{})
	if err != nil {
		return 0, err
	}
	return max(0, now.At.Sub(at.Time())), nil
}

// Forget removes a subscriber's place: one of the same name begins anew. It must not run.
func Forget(ctx context.Context, st *store.Store, name string) error {
	return st.WriteRecords(ctx, store.RecordWrite{Namespace: places, Key: name, Revision: -1})
}
