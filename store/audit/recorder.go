package audit

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// Options are what a Recorder is made of. Store and Base must be given.
type Options struct {
	Store *store.Store
	Base  string           // our own FHIR base URL, without a trailing slash
	Now   func() time.Time // default time.Now
	Log   *slog.Logger     // default slog.Default()
	Queue int              // events that wait to be committed, at most; who records one more has to wait; default 4,096
	// Elsewhere says that another process files what this one records.
	Elsewhere bool

	as int // the rendition of what is recorded; tests set an earlier one
}

// How events are committed.
const (
	linkMax  = 128                    // AuditEvents of a link, about: so many can be filed in one commit without holding up others' writes
	batchMax = 2048                   // events in a commit: how often the disk is waited for when much is recorded
	window   = 200 * time.Millisecond // how long the first event of a batch waits for others
	retryMin = 50 * time.Millisecond
	retryMax = 5 * time.Second
)

// Recorder writes the trail. It is safe for concurrent use.
type Recorder struct {
	Options
	session *store.Session
	queue   chan Event
	flush   chan chan struct{} // each is closed when what was queued before it is committed
	ended   chan struct{}      // closed when all that was queued is committed, or given up
	giveUp  context.CancelFunc // ends the tries to commit
	filer   *filer
	count   atomic.Int64 // events recorded so far: whether there is traffic
	flood   flood

	closing sync.RWMutex // held by who records, so that Close knows when the last one has
	closed  bool
	broken  struct {
		sync.Mutex
		err error
	}

	packer   packer
	end      Head // of the chain, as this process last saw it
	revision int64
}

// New starts a Recorder. Close ends it.
func New(o Options) *Recorder {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Log, o.Queue = cmp.Or(o.Log, slog.Default()), cmp.Or(o.Queue, 4096)
	o.as = cmp.Or(o.as, rendition)
	ctx, cancel := context.WithCancel(context.Background())
	r := &Recorder{
		Options: o, session: o.Store.As(access.Everything("audit"), store.Unobserved), revision: -1, giveUp: cancel,
		queue: make(chan Event, o.Queue), flush: make(chan chan struct{}), ended: make(chan struct{}),
	}
	r.filer = newFiler(r)
	go r.run(ctx)
	return r
}

// Backlog is how many events wait to be committed, and how many links of the chain that this process appended aren't
// filed as AuditEvents.
func (r *Recorder) Backlog() (events, links int) {
	r.filer.mu.Lock()
	defer r.filer.mu.Unlock()
	return len(r.queue), len(r.filer.mine)
}

// Record takes an event into the trail. It returns at once unless the queue is full: then it waits until there is room,
// so that nothing is done that isn't recorded. fhir.Unavailable if ctx ends first.
func (r *Recorder) Record(ctx context.Context, e Event) error {
	if e.When.IsZero() {
		e.When = r.Now()
	}
	if !r.flood.lets(&e, r.sumUp) {
		return nil
	}
	return r.enqueue(ctx, e)
}

func (r *Recorder) enqueue(ctx context.Context, e Event) error {
	r.closing.RLock()
	defer r.closing.RUnlock()
	if r.closed {
		return unavailable(nil)
	}
	r.count.Add(1)
	select {
	case r.queue <- e:
		return nil
	default:
	}
	select {
	case r.queue <- e:
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// unavailable is for what can't be done because it couldn't be recorded.
func unavailable(cause error) error {
	return &fhir.Error{Kind: fhir.Unavailable, Err: cause, RetryAfter: 5 * time.Second, Issues: []fhir.Issue{{
		Text: "What is done here must be recorded, and that can't be done just now. Try again in a minute."}}}
}

// Flush waits until all that was recorded before is committed and filed.
func (r *Recorder) Flush(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case r.flush <- done:
	case <-r.ended:
		close(done)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	select {
	case <-done:
		return r.filer.all(ctx)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// Ready says whether what happens is recorded: nil, or why the last try to commit failed.
func (r *Recorder) Ready() error {
	r.broken.Lock()
	defer r.broken.Unlock()
	return r.broken.err
}

// Close commits what is queued, and stops filing: what waits is filed when the store is opened again. When ctx ends it
// gives up, and what it couldn't commit is lost; the error says why. Nothing can be recorded any more.
func (r *Recorder) Close(ctx context.Context) error {
	defer r.giveUp()
	defer context.AfterFunc(ctx, r.giveUp)()
	r.sumUp()
	r.closing.Lock() // who waits for room in the queue gets it, now or when this gives up
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.closing.Unlock()
	<-r.ended
	r.filer.close()
	if ctx.Err() != nil {
		return r.Ready()
	}
	return nil
}

// run commits what is queued until the queue is closed and empty.
func (r *Recorder) run(ctx context.Context) {
	defer close(r.ended)
	for {
		batch, flushed, open := r.gather()
		for len(batch) > 0 && ctx.Err() == nil {
			n := min(len(batch), batchMax)
			r.commit(ctx, batch[:n])
			batch = batch[n:]
		}
		for _, done := range flushed {
			close(done)
		}
		if !open {
			return
		}
	}
}

// gather waits for an event, and then for more of them: until there's a batch, or the time is up, or somebody wants to
// see them.
func (r *Recorder) gather() (batch []fact, flushed []chan struct{}, open bool) {
	var timeUp <-chan time.Time
	take := func(e Event) {
		batch = append(batch, fact{uuid.Must(uuid.NewV7()), e})
	}
	for len(batch) < batchMax {
		select {
		case e, open := <-r.queue:
			if !open {
				return batch, flushed, false
			}
			take(e)
			if timeUp == nil {
				timeUp = time.After(window)
			}
		case <-timeUp:
			return batch, flushed, true
		case done := <-r.flush:
			for flushed = append(flushed, done); len(r.queue) > 0; {
				take(<-r.queue)
			}
			return batch, flushed, true
		}
	}
	return batch, flushed, true
}

// commit appends links to the chain. It tries until it's done, or ctx ends: an event that was taken is never dropped.
func (r *Recorder) commit(ctx context.Context, batch []fact) {
	tried := ""
	for wait := retryMin; ; wait = min(2*wait, retryMax) {
		err := r.append(ctx, batch, &tried)
		r.broken.Lock()
		was := r.broken.err
		r.broken.err = err
		r.broken.Unlock()
		if err == nil {
			if was != nil {
				r.Log.Info("the audit trail is recorded again")
			}
			return
		}
		r.Log.Error("the audit trail can't be recorded; requests will wait for it", "waiting", len(r.queue), "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// append commits links behind the present end of the chain, which may be another instance's. tried is the hash of the
// last link that the last try was about: if that is the end now, the try succeeded, though it seemed to fail.
func (r *Recorder) append(ctx context.Context, batch []fact, tried *string) (err error) {
	for {
		if r.revision < 0 {
			if r.end, r.revision, err = head(ctx, r.Store.Records()); err != nil {
				return err
			}
			if r.end.Number > 0 && r.end.Hash == *tried {
				return nil
			}
		}
		end, records, err := r.links(batch)
		if err != nil {
			return err
		}
		*tried = end.Hash
		_, err = r.session.Transact(ctx, nil, records...)
		if err == nil {
			for n := r.end.Number + 1; n <= end.Number; n++ {
				r.filer.wait(n)
			}
			r.end, r.revision = end, r.revision+1
			return nil
		}
		r.revision = -1
		if fhir.KindOf(err) != fhir.Conflict {
			return err
		}
	}
}

// links are the records of the links that a batch makes, and the end of the chain with them.
func (r *Recorder) links(batch []fact) (end Head, records []store.RecordWrite, err error) {
	end = r.end
	for len(batch) > 0 {
		n, weight := 1, batch[0].weight()
		for ; n < len(batch) && weight+batch[n].weight() <= linkMax; n++ {
			weight += batch[n].weight()
		}
		packed, err := r.packer.pack(batch[:n])
		if err != nil {
			return end, nil, err
		}
		l := forge(end, r.Now(), r.Base, packed, r.as)
		end, records, batch = Head{l.Number, l.Hash}, append(records, l.writes()...), batch[n:]
	}
	moved, err := end.write(r.revision)
	return end, append(records, moved), err
}
