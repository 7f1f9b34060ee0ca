package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// Options are the settings. Zero fields take the defaults.
type Options struct {
	Readers         int            // connections for reading; default 4. More than 2 for each core bring nothing
	Logger          *slog.Logger   // default slog.Default()
	Base            string         // our own FHIR base URL, for indexing anew
	Zone            *time.Location // where dates without a zone are read, for indexing anew; default Europe/London
	GroupMax        int            // the most Applies that share one commit; default 256
	WordsMax        int            // texts that wait until they are put into the full-text index together; default 200
	MaxCost         int64          // rows that one search may have to look at; default 1,000,000: see DefaultMaxCost
	CheckpointPages int            // pages of write-ahead log after which they are moved to the database; default 6,000
	RecentBytes     int            // current versions kept in memory; default 64 MB
	// Beside opens the store though another process has it: then resources can be read and only Records written
	// (beside.go).
	Beside bool
}

// Backend is a store.Backend on one folder.
type Backend struct {
	dicts   atomic.Pointer[dict]
	options Options
	lock    *sqlite.Conn // nil beside another process
	writer  *writer
	readers *pool
	close   sync.Once
	notify  *os.File // by which processes tell each other of commits
	tally   store.Tally
	news    store.News
	recent  *recent

	changing sync.Mutex      // held while the Registry is changed, or the store closed
	work     context.Context // ends with Close
	cancel   context.CancelFunc
	pause    context.CancelFunc // ends the indexing anew, for a while
	rebuilt  chan struct{}      // closed when nothing is being indexed anew (any more)
}

var _ store.Backend = (*Backend)(nil)

// The files in the folder. All records are in DatabaseFile, and while the store is open in the write-ahead log beside
// it.
const (
	DatabaseFile = "frontdesk.db"
	lockFile     = "frontdesk.lock"
)

// Open opens the store in a folder, and makes both if they aren't there. fhir.Unavailable if another process has
// it open, or if a newer version of the program wrote it. What the Registry has new is indexed in the background.
func Open(ctx context.Context, dir string, r *spec.Registry, o Options) (*Backend, error) {
	o.Readers, o.GroupMax = cmp.Or(o.Readers, 4), cmp.Or(o.GroupMax, 256)
	o.MaxCost = cmp.Or(o.MaxCost, DefaultMaxCost)
	o.CheckpointPages, o.Logger = cmp.Or(o.CheckpointPages, 6000), cmp.Or(o.Logger, slog.Default())
	o.WordsMax, o.RecentBytes = cmp.Or(o.WordsMax, 200), cmp.Or(o.RecentBytes, 64<<20)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &fhir.Error{Kind: fhir.Unavailable, Err: err, Issues: []fhir.Issue{{
			Text: fmt.Sprintf("The folder of the store, %s, can't be made (%v). Choose one that can be written, or make it yourself.", dir, errors.Unwrap(err))}}}
	}
	b := &Backend{options: o, recent: newRecent(o.RecentBytes)}
	if err := b.open(ctx, dir, r); err != nil {
		b.release()
		return nil, unusable(dir, err)
	}
	b.work, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go b.writer.run()
	if b.lock != nil {
		b.build()
	}
	return b, nil
}

// open opens the lock, the writer and the readers.
func (b *Backend) open(ctx context.Context, dir string, r *spec.Registry) (err error) {
	if b.lock, err = hold(filepath.Join(dir, lockFile)); err != nil && !(b.options.Beside && conditionText(err) == "") {
		return err
	}
	if b.notify, err = openNotifyFile(filepath.Join(dir, notifyFile), b.lock == nil); err != nil {
		return err
	}
	path := filepath.Join(dir, DatabaseFile)
	c, err := connect(path, "PRAGMA wal_autocheckpoint="+strconv.Itoa(b.options.CheckpointPages))
	if err != nil {
		return err
	}
	b.writer = &writer{c: c, interns: newInterns(c), jobs: make(chan *job, b.options.GroupMax), stop: make(chan struct{}), ended: make(chan struct{}),
		dicts: &b.dicts, most: min(writerCost, b.options.MaxCost), groupMax: b.options.GroupMax, wordsMax: b.options.WordsMax, walMax: 4 * int64(b.options.CheckpointPages) * pageSize, walPath: path + "-wal", log: b.options.Logger}
	if b.lock == nil {
		return b.openBeside(ctx, path, r)
	}
	if err := c.migrate(); err != nil {
		return err
	}
	if r, err = store.Extended(ctx, c.get, r, b.options.Logger); err != nil {
		return err
	}
	if err = c.transaction(func() (err error) { b.writer.d, err = c.load(r); return err }); err != nil {
		return err
	}
	b.dicts.Store(b.writer.d)
	if b.writer.last, _, err = c.number(newestChange); err != nil {
		return err
	}
	waiting, _, err := c.number(`SELECT count(*) FROM unread`)
	if err != nil {
		return err
	}
	b.writer.waiting = int(waiting)
	if err := c.exec(`DELETE FROM record WHERE expires>0 AND expires<=?`, time.Now().UnixMicro()); err != nil {
		return err
	}
	if b.readers, err = newPool(path, b.options.Readers, b.options.Logger); err != nil {
		return err
	}
	b.writer.files, err = filesOf(path)
	return err
}

// Records is the key-value side.
func (b *Backend) Records() store.Records { return records{b} }

// Index tells how far the index of a parameter is.
func (b *Backend) Index(p *spec.Param) store.IndexState { return b.dict().state(p) }

// dict is the present one. Who needs several things of it takes it once.
func (b *Backend) dict() *dict { return b.dicts.Load() }

// Close waits for the commit under way and for the readers, then closes the files.
func (b *Backend) Close() (err error) {
	b.close.Do(func() {
		b.changing.Lock()
		defer b.changing.Unlock()
		b.cancel()
		close(b.writer.stop)
		b.news.Tell() // who waits sees that it is closed
		<-b.writer.ended
		if b.rebuilt != nil {
			<-b.rebuilt
		}
		err = b.readers.close()
		if e := b.writer.c.close(); e != nil && err == nil {
			err = fault("close the database", e)
		}
		if b.lock != nil {
			if e := b.lock.Close(); e != nil && err == nil {
				err = fault("close the lock", e)
			}
		}
		if e := b.notify.Close(); e != nil && err == nil {
			err = fault("close "+notifyFile, e)
		}
	})
	return err
}

// release gives back what a failed Open has got hold of.
func (b *Backend) release() {
	if b.readers != nil {
		_ = b.readers.close()
	}
	if b.writer != nil {
		b.writer.c.close()
	}
	if b.lock != nil {
		b.lock.Close()
	}
	if b.notify != nil {
		b.notify.Close()
	}
}
