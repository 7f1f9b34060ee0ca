package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/lease"
)

// Options are the settings of a Queue. Zero fields take the defaults.
type Options struct {
	Lease    time.Duration    // for how long a process may be silent before another goes on; default 15 s
	Keep     time.Duration    // for how long the end of a job and its files are kept; default 24 h
	PerOwner int              // open jobs that one owner may have, about; default 5
	Open     int              // open jobs of all, about; default 1,000
	Bytes    int64            // that all files of a job may take in the store; default 4 GB
	Tries    int              // how often a job may fail, or kill who does it, between two Steps; default 5
	Backoff  time.Duration    // before it is begun again after an error; default 5 s
	Logger   *slog.Logger     // default slog.Default()
	Now      func() time.Time // default time.Now
}

// Queue are the jobs of a store. It is safe for concurrent use.
type Queue struct {
	store   *store.Store
	options Options
	news    store.News // of jobs added
}

// New is the Queue of a store. All processes that share the store should have the same Options.
func New(st *store.Store, o Options) *Queue {
	o.Lease, o.Keep = cmp.Or(o.Lease, 15*time.Second), cmp.Or(o.Keep, 24*time.Hour)
	o.PerOwner, o.Open, o.Bytes = cmp.Or(o.PerOwner, 5), cmp.Or(o.Open, 1000), cmp.Or(o.Bytes, 4<<30)
	o.Tries, o.Backoff, o.Logger = cmp.Or(o.Tries, 5), cmp.Or(o.Backoff, 5*time.Second), cmp.Or(o.Logger,
		slog.Default())
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Queue{store: st, options: o}
}

// Add queues a job. fhir.Throttled if its owner, or all together, have too many open ones.
func (q *Queue) Add(ctx context.Context, kind, owner string, input []byte) (Job, error) {
	if err := q.room(ctx, owner); err != nil {
		return Job{}, err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return Job{}, fhir.Fault("make an id", err)
	}
	j := Job{ID: id.String(), Kind: kind, Owner: owner, State: Waiting, Created: q.now(), Input: input}
	w, err := j.write(0)
	if err == nil {
		err = q.store.WriteRecords(ctx, w, lease.Free(q.place(&j)), store.RecordWrite{Namespace: owners,
			Key: ownerKey(owner, j.ID), Value: []byte(kind)})
	}
	q.news.Tell()
	return j, err
}

func (q *Queue) now() time.Time { return q.options.Now().UTC().Truncate(time.Microsecond) }

// room says why no job can be added.
func (q *Queue) room(ctx context.Context, owner string) error {
	theirs, err := q.List(ctx, owner)
	if err != nil {
		return err
	}
	n := 0
	for i := range theirs {
		if theirs[i].State.Open() {
			n++
		}
	}
	if n >= q.options.PerOwner {
		return &fhir.Error{Kind: fhir.Throttled, RetryAfter: time.Minute, Issues: []fhir.Issue{{
			Text: "You have as many long operations under way as are allowed at once. " +
				"Wait until one has ended, or cancel one."}}}
	}
	n = 0
	err = q.store.Records().Scan(ctx, open, "", func(store.Record) bool { n++; return n < q.options.Open })
	if err == nil && n >= q.options.Open {
		err = &fhir.Error{Kind: fhir.Throttled, RetryAfter: time.Minute, Issues: []fhir.Issue{{
			Text: "Too many long operations are under way just now. Send the request again in some minutes."}}}
	}
	return err
}

// Get is a job. fhir.NotFound if there is none, or it has expired.
func (q *Queue) Get(ctx context.Context, id string) (Job, error) {
	j, _, err := q.read(ctx, id)
	if err == nil && q.expired(&j) {
		return Job{}, fhir.Errorf(fhir.NotFound, "", "There is no such job, or it has expired. Begin it again.")
	}
	return j, err
}

func (q *Queue) expired(j *Job) bool { return !j.Expires.IsZero() && !q.now().Before(j.Expires) }

// List are an owner's jobs that haven't expired, in no order.
func (q *Queue) List(ctx context.Context, owner string) (out []Job, err error) {
	prefix, ids := url.PathEscape(owner)+"/", []string{}
	err = q.store.Records().Scan(ctx, owners, prefix, func(r store.Record) bool {
		ids = append(ids, r.Key[len(prefix):])
		return true
	})
	for _, id := range ids {
		if err != nil {
			return nil, err
		}
		var j Job
		if j, err = q.Get(ctx, id); err == nil {
			out = append(out, j)
		} else if fhir.KindOf(err) == fhir.NotFound {
			err = nil
		}
	}
	return out, err
}

// Cancel ends a job. Who does it is told within a quarter of the lease, and can save nothing any more. Of one that has
// ended it changes nothing.
func (q *Queue) Cancel(ctx context.Context, id string) (Job, error) {
	for {
		j, revision, err := q.read(ctx, id)
		if err != nil || !j.State.Open() {
			return j, err
		}
		w, err := q.end(&j, Cancelled).write(revision)
		if err != nil {
			return j, err
		}
		place := q.place(&j)
		err = q.store.WriteRecords(ctx, w, store.RecordWrite{Namespace: place.Namespace, Key: place.Key, Revision: -1})
		if err == nil || fhir.KindOf(err) != fhir.Conflict {
			return j, err
		}
	}
}

// end makes a job an ended one.
func (q *Queue) end(j *Job, s State) *Job {
	j.State, j.Ended = s, q.now()
	j.Expires = j.Ended.Add(q.options.Keep)
	return j
}

// Remove removes a job with all its files, after it has ended: fhir.Conflict before.
func (q *Queue) Remove(ctx context.Context, id string) error {
	j, revision, err := q.read(ctx, id)
	switch {
	case err != nil && fhir.KindOf(err) == fhir.NotFound:
		return nil
	case err != nil:
		return err
	case j.State.Open():
		return fhir.Errorf(fhir.Conflict, "", "The job hasn't ended. Cancel it first.")
	}
	for n := range j.Files {
		if err := q.removeFile(ctx, &j, n); err != nil {
			return err
		}
	}
	// The job goes last: what is left of files would be found by nobody.
	return q.store.WriteRecords(ctx, store.RecordWrite{Namespace: jobs, Key: id, Revision: revision},
		store.RecordWrite{Namespace: owners, Key: ownerKey(j.Owner, id), Revision: -1})
}

// sweep removes what has expired.
func (q *Queue) sweep(ctx context.Context) error {
	var old []string
	var broken error
	err := q.store.Records().Scan(ctx, jobs, "", func(r store.Record) bool {
		j, err := decode(r.Value)
		if err != nil {
			broken = errors.Join(broken, err)
		} else if q.expired(&j) {
			old = append(old, j.ID)
		}
		return true
	})
	for _, id := range old {
		if err != nil {
			return err
		}
		if err = q.Remove(ctx, id); err != nil && fhir.KindOf(err) == fhir.Conflict { // another process sweeps too
			err = nil
		}
	}
	return errors.Join(err, broken)
}
