package transfer

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

// Options are the settings of Exports. Zero fields take the defaults.
type Options struct {
	Kept   time.Duration // how long an export is kept after it was done, or worked on; default 24 hours
	AtOnce int           // exports that one caller may have unfinished; default 2
	// Lease is for how long a process that works on one may be silent before another may take over; default 5 s.
	Lease  time.Duration
	Logger *slog.Logger // default slog.Default()
}

// Exports makes and keeps exports. It is safe for concurrent use.
type Exports struct {
	store *store.Store
	o     Options

	ctx     context.Context // of what is done in the background
	stop    context.CancelFunc
	working sync.WaitGroup
	turns   chan struct{} // of this process, to work on one

	mu   sync.Mutex
	runs map[string]*run // by key
}

// turns is how many exports a process works on at a time: the others wait, and so does nobody else.
const turns = 2

// New makes Exports of a store.
func New(st *store.Store, o Options) *Exports {
	o.Kept = cmp.Or(o.Kept, 24*time.Hour)
	o.AtOnce = cmp.Or(o.AtOnce, 2)
	o.Lease = cmp.Or(o.Lease, 5*time.Second)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	x := &Exports{store: st, o: o, turns: make(chan struct{}, turns), runs: map[string]*run{}}
	x.ctx, x.stop = context.WithCancel(context.Background())
	return x
}

// Close stops what is done in the background. What isn't finished goes on in another process, or after a restart.
func (x *Exports) Close() {
	x.stop()
	x.working.Wait()
}

// Start begins an export for a caller, whose Session does the work; that reports to an observer who outlives the
// request. fhir.Throttled if the caller has as many unfinished as may be.
func (x *Exports) Start(ctx context.Context, of access.Identity, s *store.Session, o Order) (id string, err error) {
	if err := x.admit(ctx, of); err != nil {
		return "", err
	}
	moment, err := x.store.Moment(ctx, time.Time{})
	if err != nil {
		return "", err
	}
	random, err := uuid.NewRandom() // nobody guesses it
	if err != nil {
		return "", fhir.Fault("making an id", err)
	}
	e := &Export{ID: random.String(), Order: o, Made: x.store.Now().UTC(), Moment: moment}
	key := exportKey(of, e.ID)
	w, err := x.record(key, e, 0)
	if err != nil {
		return "", err
	}
	if err := x.store.WriteRecords(ctx, w); err != nil {
		return "", err
	}
	x.goOn(key, e.ID, s)
	return e.ID, nil
}

// admit refuses another export of a caller who has enough of them.
func (x *Exports) admit(ctx context.Context, of access.Identity) error {
	unfinished, bad := 0, error(nil)
	err := x.store.Records().Scan(ctx, exports, owner(of)+"/", func(r store.Record) bool {
		var e Export
		if bad = json.Unmarshal(r.Value, &e); bad != nil {
			return false
		}
		if e.Done.IsZero() && e.Failed == "" {
			unfinished++
		}
		return true
	})
	switch {
	case err != nil:
		return err
	case bad != nil:
		return fhir.Fault("reading the exports of a caller", bad)
	case unfinished < x.o.AtOnce:
		return nil
	}
	full := fhir.Errorf(fhir.Throttled, "",
		"This app has %d exports that aren't finished, and may have no more. Wait for one, or cancel one with DELETE of "+
			"its status URL.", unfinished)
	full.RetryAfter = time.Minute
	return full
}

// Status is a caller's export. One that isn't finished goes on with the caller's Session, if nobody works on it.
// fhir.NotFound if the caller has no such export, or it has expired.
func (x *Exports) Status(ctx context.Context, of access.Identity, id string, s *store.Session) (*Export, error) {
	key := exportKey(of, id)
	e, _, err := x.load(ctx, key)
	if err == nil && e.Done.IsZero() && e.Failed == "" {
		x.goOn(key, id, s)
	}
	return e, err
}

// Kept is how long a finished export is kept.
func (x *Exports) Kept() time.Duration { return x.o.Kept }

// File is a file of a caller's export that is done: what is kept of the export, and the versions in the file.
// fhir.NotFound if there is no such file.
func (x *Exports) File(ctx context.Context, of access.Identity, id string, n int) (*Export, []fhir.Key, error) {
	e, _, err := x.load(ctx, exportKey(of, id))
	if err != nil {
		return nil, nil, err
	}
	if e.Done.IsZero() || n < 0 || n >= len(e.Files) {
		return nil, nil, fhir.Errorf(fhir.NotFound, "",
			"There is no such file. The export's status lists those there are, once it is done.")
	}
	rec, err := x.store.Records().Get(ctx, files, fileKey(id, n))
	if err != nil {
		return nil, nil, err
	}
	keys, err := versions(rec.Value)
	return e, keys, err
}

// Cancel ends a caller's export and removes its files. fhir.NotFound if there is none.
func (x *Exports) Cancel(ctx context.Context, of access.Identity, id string) error {
	key := exportKey(of, id)
	for {
		e, revision, err := x.load(ctx, key)
		if err != nil {
			return err
		}
		gone := []store.RecordWrite{{Namespace: exports, Key: key, Revision: revision}}
		for n := range e.Files {
			gone = append(gone, store.RecordWrite{Namespace: files, Key: fileKey(id, n), Revision: -1})
		}
		err = x.store.WriteRecords(ctx, gone...)
		if fhir.KindOf(err) == fhir.Conflict && err != nil {
			continue // it went on meanwhile
		}
		x.mu.Lock()
		if r := x.runs[key]; r != nil && err == nil {
			r.cancel()
		}
		x.mu.Unlock()
		return err
	}
}
