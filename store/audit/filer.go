package audit

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// How what is recorded is filed. An AuditEvent costs as much as any resource that is indexed, several times what a read
// costs. So while there is traffic, filing takes a tenth of its time, and while there is more of it than filing could
// keep up with, none: the rest waits for a quieter moment, safe in the chain.
const (
	sweepEvery = 10 * time.Second // for what other instances or an earlier run have left
	restFactor = 9                // for how much longer than it took to file a link the next one waits while there is traffic
	heavy      = 1000             // events a second from which on nothing is filed
	lookEvery  = time.Second      // whether it is less by now
	lagMax     = 10 * time.Minute // after that it's filed at once
)

// filer makes AuditEvents of what waits in the chain. If it is interrupted, what waits is filed by the next one.
type filer struct {
	*Recorder
	mu     sync.Mutex
	mine   []waiting     // links that this process has appended, in order
	wake   chan struct{} // has one when there's something new in mine
	asked  chan chan error
	ended  chan struct{}
	cancel context.CancelFunc
}

// waiting is a link that isn't filed.
type waiting struct {
	number int64
	since  time.Time
}

func newFiler(r *Recorder) *filer {
	ctx, cancel := context.WithCancel(context.Background())
	f := &filer{Recorder: r, wake: make(chan struct{}, 1), asked: make(chan chan error), ended: make(chan struct{}), cancel: cancel}
	if r.Elsewhere {
		close(f.ended)
	} else {
		go f.run(ctx)
	}
	return f
}

// wait takes a link to be filed when there's time.
func (f *filer) wait(number int64) {
	if f.Elsewhere {
		return
	}
	f.mu.Lock()
	f.mine = append(f.mine, waiting{number, time.Now()})
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// next is the oldest link of mine.
func (f *filer) next() (w waiting, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.mine) == 0 {
		return w, false
	}
	w, f.mine = f.mine[0], f.mine[1:]
	return w, true
}

// all files everything that waits now.
func (f *filer) all(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case f.asked <- answer:
	case <-f.ended:
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

func (f *filer) close() {
	f.cancel()
	<-f.ended
}

// run files until close.
func (f *filer) run(ctx context.Context) {
	defer close(f.ended)
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	f.sweep(ctx)
	for {
		select {
		case <-f.wake:
			f.own(ctx)
		case answer := <-f.asked:
			answer <- f.sweep(ctx)
		case <-sweep.C:
			f.sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// own files the links of this process, with rests, until there are none.
func (f *filer) own(ctx context.Context) {
	for w, ok := f.next(); ok && ctx.Err() == nil; w, ok = f.next() {
		start, recorded := time.Now(), f.count.Load()
		if err := f.file(ctx, w.number); err != nil {
			f.complain(err)
			return // the sweep finds it again
		}
		if f.count.Load() != recorded {
			f.pause(ctx, restFactor*time.Since(start), w.since)
		}
	}
}

// pause lets the traffic go first: for a while, and as long as it is heavy.
func (f *filer) pause(ctx context.Context, rest time.Duration, lag time.Time) {
	for ; time.Since(lag) < lagMax; rest = lookEvery {
		recorded := f.count.Load()
		if !f.rest(ctx, rest) || float64(f.count.Load()-recorded) < heavy*rest.Seconds() {
			return
		}
	}
}

// rest waits, and meanwhile files everything for who asks for that. It says whether it waited to the end.
func (f *filer) rest(ctx context.Context, long time.Duration) bool {
	select {
	case <-time.After(long):
		return true
	case answer := <-f.asked:
		answer <- f.sweep(ctx)
	case <-ctx.Done():
	}
	return false
}

// sweep files whatever waits, whoever appended it. One that can't be filed doesn't stop the others.
func (f *filer) sweep(ctx context.Context) error {
	var numbers []string
	err := f.Store.Records().Scan(ctx, rules.AuditWaiting, "", func(r store.Record) bool {
		numbers = append(numbers, r.Key)
		return true
	})
	for _, key := range numbers {
		err = errors.Join(err, f.fileKey(ctx, key))
	}
	if err != nil {
		f.complain(err)
	}
	return err
}

func (f *filer) complain(err error) {
	if !errors.Is(err, context.Canceled) {
		f.Log.Error("recorded events can't be filed as AuditEvents yet; trying again", "error", err)
	}
}

func (f *filer) file(ctx context.Context, number int64) error { return f.fileKey(ctx, key(number)) }

// fileKey makes the AuditEvents of a link, and takes what waited away in the same commit: so none is filed twice,
// whoever does it.
func (f *filer) fileKey(ctx context.Context, key string) error {
	record, err := f.Store.Records().Get(ctx, rules.AuditWaiting, key)
	if fhir.KindOf(err) == fhir.NotFound {
		return nil // another has filed it
	}
	if err != nil {
		return err
	}
	all, err := unfiled(ctx, f.Store.Records(), record, nil)
	if err != nil {
		return err
	}
	changes, err := changes(all)
	if err != nil {
		return err
	}
	_, err = f.session.Transact(ctx, changes, store.RecordWrite{Namespace: rules.AuditWaiting, Key: key, Revision: record.Revision})
	if err != nil {
		if _, gone := f.Store.Records().Get(ctx, rules.AuditWaiting, key); fhir.KindOf(gone) == fhir.NotFound {
			return nil
		}
	}
	return err
}

// changes are the creations of AuditEvents, by the ids that the chain knows.
func changes(auditEvents [][]byte) ([]store.Change, error) {
	out := make([]store.Change, len(auditEvents))
	for i, text := range auditEvents {
		r, err := codec.Decode(slices.Clone(text), codec.Unlimited())
		if err != nil {
			return nil, fhir.Fault("read an AuditEvent that waits to be filed", err)
		}
		out[i] = store.Change{Action: store.Update, Key: fhir.Key{Type: r.Type, ID: r.ID}, Resource: r, IfNone: true}
	}
	return out, nil
}
