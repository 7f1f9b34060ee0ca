package sqlite

import (
	"context"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"frontdesk/fhir"
	"zombiezen.com/go/sqlite"
)

// job is something that waits for the writer.
type job struct {
	do   func(w *writer) error // inside the write transaction
	done chan error
	// taken is set by whoever comes first: the writer that starts it, or the caller who gives up.
	taken atomic.Bool
	err   error
}

// writer is the one goroutine that writes. All jobs that wait share one transaction, and so one fsync; it never waits
// for more to come.
type writer struct {
	c        *conn
	d        *dict
	dicts    *atomic.Pointer[dict] // where readers find it, once it is committed
	interns  *interns
	jobs     chan *job
	stop     chan struct{}
	ended    chan struct{}
	groupMax int
	wordsMax int
	most     int64 // rows that the criteria of a conditional create may have to read
	walMax   int64 // bytes
	walPath  string
	files    files
	full     atomic.Bool // a commit found no room, and no probe has found any since
	log      *slog.Logger

	last    int64           // the seq given last
	waiting int             // about how many texts wait for the full-text index
	counts  map[int64]int64 // by type: resources come and gone in this transaction
	many    map[string]bool // types seen to have several main dates in this transaction
}

// submit hands the writer a job and waits until it is committed.
func (w *writer) submit(ctx context.Context, do func(*writer) error) error {
	if ctx.Err() != nil { // a select may take the job all the same
		return cancelled(ctx)
	}
	j := &job{do: do, done: make(chan error, 1)}
	select {
	case w.jobs <- j:
	case <-ctx.Done():
		return cancelled(ctx)
	case <-w.stop:
		return errClosed
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return cancelled(ctx)
		}
	case <-w.ended:
		// It may have been the last one to be done.
		select {
		case err := <-j.done:
			return err
		default:
			return errClosed
		}
	}
	select {
	case err := <-j.done:
		return err
	case <-w.ended:
		return errClosed
	}
}

var errClosed = fhir.Errorf(fhir.Unavailable, "", "The store is shutting down and nothing was changed. Try again in a minute.")

// run is the goroutine.
func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case j := <-w.jobs:
			w.group(w.gather(j))
			w.checkpoint()
		case <-w.stop:
			return
		}
	}
}

// gather takes what waits.
func (w *writer) gather(first *job) []*job {
	group := []*job{first}
	for len(group) < w.groupMax {
		select {
		case j := <-w.jobs:
			group = append(group, j)
			continue
		default:
		}
		break
	}
	started := group[:0]
	for _, j := range group {
		if j.taken.CompareAndSwap(false, true) {
			started = append(started, j)
		}
	}
	return started
}

// group commits jobs together. A job that is refused has written nothing, for it checks before it writes; if one
// breaks half-way, everything is rolled back and each is tried alone, so that it hurts no other.
func (w *writer) group(jobs []*job) {
	if len(jobs) == 0 {
		return
	}
	err := w.transaction(func() error {
		for _, j := range jobs {
			if j.err = j.do(w); j.err != nil && !refused(j.err) {
				return j.err
			}
		}
		return nil
	})
	if err != nil && len(jobs) > 1 {
		for _, j := range jobs {
			w.group([]*job{j})
		}
		return
	}
	for _, j := range jobs {
		if err != nil {
			j.err = err
		}
		j.done <- j.err
	}
}

// transaction is one commit. When it fails, nothing of it is remembered.
func (w *writer) transaction(do func() error) error {
	if err := w.files.there(); err != nil {
		return err
	}
	last, d := w.last, w.d
	w.counts, w.many = map[int64]int64{}, map[string]bool{}
	err := w.c.transaction(func() error {
		if err := do(); err != nil {
			return err
		}
		return w.flush()
	})
	if err != nil {
		w.last, w.d = last, d
		w.interns.forget()
		if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultFull {
			w.full.Store(true)
		}
		return err
	}
	for typ := range w.many {
		w.d.setMany(typ)
	}
	if w.d != d {
		w.dicts.Store(w.d)
	}
	return nil
}

// flush writes what the transaction has added up.
func (w *writer) flush() error {
	for typ, n := range w.counts {
		if n != 0 {
			if err := w.c.exec(`UPDATE type SET n=n+? WHERE id=?`, n, typ); err != nil {
				return err
			}
		}
	}
	for typ := range w.many {
		if !w.d.manyDates(typ) {
			if err := w.c.exec(`UPDATE type SET many=1 WHERE name=?`, typ); err != nil {
				return err
			}
		}
	}
	return w.readAll()
}

// probeRoom is what a probe writes after a commit that found no room: enough that others find some too.
const probeRoom = 1 << 20

// probe does what every commit needs, and no more: it stores that it was there. What it writes to find room is removed
// by the next. newest is the version committed last.
func (w *writer) probe() (newest int64, err error) {
	if w.full.Load() {
		err = w.c.exec(`INSERT OR REPLACE INTO meta VALUES('room', zeroblob(?))`, probeRoom)
	} else {
		err = w.c.exec(`DELETE FROM meta WHERE name='room'`)
	}
	if err == nil {
		err = w.c.exec(`INSERT INTO meta VALUES('probe', 1) ON CONFLICT(name) DO UPDATE SET value=value+1`)
	}
	if err == nil {
		newest, _, err = w.c.number(`SELECT max(seq) FROM version`)
	}
	return newest, err
}

// tick is the seq of the next version: the time, but later than any before.
func (w *writer) tick() int64 {
	w.last = max(time.Now().UnixMicro(), w.last+1)
	return w.last
}

// checkpoint cuts the write-ahead log when readers have kept SQLite's own checkpoints from starting it over.
func (w *writer) checkpoint() {
	info, err := os.Stat(w.walPath)
	if err != nil || info.Size() < w.walMax {
		return
	}
	w.c.db.SetBusyTimeout(time.Second)
	if err := w.c.exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		w.log.Warn("the write-ahead log could not be cut; trying again after the next commit", "bytes", info.Size(), "error", err)
	}
	w.c.db.SetBlockOnBusy()
}
