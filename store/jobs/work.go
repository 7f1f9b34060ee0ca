package jobs

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/lease"
)

// Do does a job, or goes on with it from its Checkpoint. It gives the result, or an error: after a *fhir.Error that
// isn't fhir.Unavailable or fhir.TimedOut the job has failed, and its text is told to the owner; after any other it is
// done again in a while. It must end when ctx does: the job was cancelled, another process has taken it, or this one
// stops.
type Do func(ctx context.Context, r *Run) (result []byte, err error)

// Run is a Job that is being done by this process.
type Run struct {
	Job
	queue    *Queue
	lease    *lease.Lease
	revision int64
}

// Step is what a Run has done since the last one.
type Step struct {
	Checkpoint  []byte // where to go on from, if the process is killed
	Done, Total int64
	Chunks      []Chunk
}

// Save commits a Step: all of it or nothing. After an error Do must end: if the Step is there though its answer was
// lost, the job goes on behind it. After fhir.Conflict the job isn't this process's any more, and ctx of Do ends soon;
// after fhir.TooLarge it has written more to its files than is allowed.
func (r *Run) Save(ctx context.Context, s Step) error {
	next := r.Job
	next.Files = slices.Clone(r.Files)
	next.Checkpoint, next.Done, next.Total, next.Tries = s.Checkpoint, s.Done, s.Total, 0
	next.Steps++
	records := make([]store.RecordWrite, 1, 1+len(s.Chunks))
	for _, c := range s.Chunks {
		w, err := next.append(c)
		if err != nil {
			return err
		}
		records = append(records, w)
	}
	stored := int64(0)
	for i := range next.Files {
		stored += next.Files[i].Stored
	}
	if stored > r.queue.options.Bytes {
		return fhir.Errorf(fhir.TooLarge, "",
			"The files of the job are larger than %d bytes, which is the limit. Ask for less at a time.",
			r.queue.options.Bytes)
	}
	var err error
	if records[0], err = next.write(r.revision); err != nil {
		return err
	}
	if err := r.lease.Write(ctx, records...); err != nil {
		return err
	}
	r.Job, r.revision = next, r.revision+1
	return nil
}

// sweepEvery is how often what has expired is removed.
const sweepEvery = time.Minute

// Work does jobs of a kind, one at a time, until ctx ends. Call it as often as there shall be jobs at once, on as many
// processes as there are. The error is that of ctx: what goes wrong is logged, and tried again.
func (q *Queue) Work(ctx context.Context, kind string, do Do) error {
	var w lease.Watch
	later, swept := map[string]time.Time{}, time.Time{}
	tick := time.NewTicker(max(time.Millisecond, min(time.Second, q.options.Lease/4)))
	defer tick.Stop()
	for ctx.Err() == nil {
		news := q.news.Next()
		err := q.look(ctx, kind, do, &w, later)
		if time.Since(swept) > sweepEvery {
			swept = time.Now()
			err = errors.Join(err, q.sweep(ctx))
		}
		if err != nil && ctx.Err() == nil {
			q.options.Logger.Warn("the jobs could not be looked after; trying again", "kind", kind, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-tick.C:
		}
	}
	return ctx.Err()
}

// look does all jobs that can be taken. later says of jobs that failed here when they may be tried again.
func (q *Queue) look(ctx context.Context, kind string, do Do, w *lease.Watch, later map[string]time.Time) error {
	var ids []string
	prefix := url.PathEscape(kind) + "/"
	err := q.store.Records().Scan(ctx, open, prefix, func(r store.Record) bool {
		ids = append(ids, strings.TrimPrefix(r.Key, prefix))
		return true
	})
	for _, id := range ids {
		if err != nil || ctx.Err() != nil {
			return err
		}
		if time.Now().Before(later[id]) {
			continue
		}
		delete(later, id)
		var l *lease.Lease
		if l, err = lease.Try(ctx, q.store, q.place(&Job{Kind: kind, ID: id}), w); l == nil {
			continue
		}
		var again bool
		if again, err = q.run(ctx, id, l, do); again {
			later[id] = time.Now().Add(q.options.Backoff)
		}
	}
	return err
}

// run does a job of which this process has the lease. again says that it is to be tried again in a while.
func (q *Queue) run(ctx context.Context, id string, l *lease.Lease, do Do) (again bool, err error) {
	r, err := q.begin(l.Context(), id, l)
	if r == nil {
		over, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		if err == nil || fhir.KindOf(err) == fhir.NotFound { // it has ended meanwhile
			return false, l.Remove(over)
		}
		return true, errors.Join(err, l.Release(over))
	}
	var result []byte
	failed := errTries(r.Tries - 1)
	if r.Tries <= q.options.Tries {
		result, failed = r.do(do)
	}
	if errors.Is(context.Cause(l.Context()), lease.ErrLost) {
		return false, nil
	}
	over, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	switch {
	case failed == nil:
		r.Result = result
		return false, r.finish(over, Done)
	case ctx.Err() != nil: // this process stops, which is no fault of the job
		r.Tries--
	case final(failed):
		r.Error = failed.Error()
		return false, r.finish(over, Failed)
	default:
		if kind := fhir.KindOf(failed); kind == fhir.Unavailable || kind == fhir.TimedOut { // nor is this
			r.Tries--
		}
		q.options.Logger.Warn("a job could not be done; it is tried again", "kind", r.Kind, "job", id, "try", r.Tries,
			"error", failed)
	}
	r.State = Waiting
	w, err := r.write(r.revision)
	if err == nil {
		err = l.Release(over, w)
	}
	return true, err
}

// final says that trying again would help nothing.
func final(err error) bool {
	var told *fhir.Error
	again := []fhir.Kind{fhir.Internal, fhir.Unavailable, fhir.TimedOut, fhir.Conflict}
	return errors.As(err, &told) && !slices.Contains(again, told.Kind)
}

// errTries ends a job that was begun so often that it kills whoever does it, or nearly.
func errTries(n int) error {
	return fhir.Errorf(fhir.TooCostly, "",
		"It was begun %d times and got no further. Ask for less at a time, or tell the practice.", n)
}

// closing is how long the end of a job may take to be written.
const closing = 10 * time.Second

// begin notes that a job is being done. It is nil if there is nothing to be done.
func (q *Queue) begin(ctx context.Context, id string, l *lease.Lease) (*Run, error) {
	j, revision, err := q.read(ctx, id)
	if err != nil || !j.State.Open() {
		return nil, err
	}
	r := &Run{Job: j, queue: q, lease: l, revision: revision}
	r.Tries++
	r.State = Running
	w, err := r.write(revision)
	if err == nil {
		err = l.Write(ctx, w)
	}
	if err != nil {
		return nil, err
	}
	r.revision++
	return r, nil
}

// do calls Do. What panics has failed for now.
func (r *Run) do(do Do) (result []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return do(r.lease.Context(), r)
}

// finish writes the end.
func (r *Run) finish(ctx context.Context, s State) error {
	w, err := r.queue.end(&r.Job, s).write(r.revision)
	if err != nil {
		return err
	}
	return r.lease.Remove(ctx, w)
}
