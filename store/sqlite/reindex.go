package sqlite

import (
	"context"
	"errors"
	"log/slog"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// rebuildStep is how many resources are indexed anew in one transaction, so that other writers needn't wait long.
const rebuildStep = 100

// rebuild indexes anew the types whose parameters have changed, while everything else goes on: what is written
// meanwhile is indexed by the new parameters already. How far it is stands in the database, so that it goes on there
// after a crash.
func (b *Backend) rebuild(ctx context.Context, done chan struct{}) {
	defer close(done)
	d := b.dict() // it stays while this runs
	for _, name := range d.registry.Names() {
		t, _ := d.registry.Type(name)
		if d.rebuilding(name) {
			if err := b.rebuildType(ctx, t); err != nil && ctx.Err() == nil && !errors.Is(err, errClosed) {
				b.options.Logger.Error("indexing anew stopped; it goes on when the store is opened again", "type", name, "error", err)
			}
		}
	}
}

// build starts that.
func (b *Backend) build() {
	ctx, cancel := context.WithCancel(b.work)
	b.pause, b.rebuilt = cancel, make(chan struct{})
	go b.rebuild(ctx, b.rebuilt)
}

// Registry is what resources are indexed by now.
func (b *Backend) Registry() *spec.Registry { return b.dict().registry }

// Building is nothing: what is made anew is made at Open, or is the index of a type.
func (b *Backend) Building() []store.Building { return nil }

// SetRegistry stops the indexing anew between two of its steps, changes the Registry between two commits, and lets it
// go on.
func (b *Backend) SetRegistry(ctx context.Context, r *spec.Registry) error {
	if b.lock == nil {
		return errBeside
	}
	b.changing.Lock()
	defer b.changing.Unlock()
	b.pause()
	<-b.rebuilt
	defer b.build()
	return b.writer.submit(ctx, func(w *writer) error {
		if err := w.flush(); err != nil { // load looks at what it writes
			return err
		}
		clear(w.counts)
		d, err := w.c.load(r)
		if err == nil {
			w.d = d
		}
		return err
	})
}

// rebuildType goes through the current resources of a type by seq.
func (b *Backend) rebuildType(ctx context.Context, t *spec.Type) error {
	report := reporter{log: b.options.Logger, typ: t.Name}
	for ctx.Err() == nil {
		items, err := b.stale(ctx, t)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			if err := b.writer.submit(ctx, func(w *writer) error { return w.c.dropStale(w.d, w.d.types[t.Name]) }); err != nil {
				return err
			}
			b.dict().progress(t, store.IndexState{Ready: true})
			report.done()
			return nil
		}
		var state store.IndexState
		err = b.writer.submit(ctx, func(w *writer) (err error) {
			state, err = w.reindex(t, items)
			return err
		})
		if err != nil {
			return err
		}
		b.dict().progress(t, state)
		report.at(state)
	}
	return cancelled(ctx)
}

// reporter logs how far a type is, at each tenth.
type reporter struct {
	log   *slog.Logger
	typ   string
	tenth int64
	begun bool
}

func (r *reporter) at(s store.IndexState) {
	tenth := 10 * s.Done / max(s.Total, 1)
	if !r.begun || tenth > r.tenth {
		r.begun, r.tenth = true, tenth
		r.log.Info("building the index", "type", r.typ, "done", s.Done, "of", s.Total)
	}
}

func (r *reporter) done() {
	if r.begun {
		r.log.Info("the index is complete", "type", r.typ)
	}
}

// item is a resource to be indexed anew.
type item struct {
	seq     int64
	key     fhir.Key
	entries []search.Entry
	broken  bool // it can't be decoded: it keeps its old entries
}

// stale are the next resources of a type to be indexed anew, with their new entries.
func (b *Backend) stale(ctx context.Context, t *spec.Type) (items []item, err error) {
	x := search.Indexer{Base: b.options.Base, Zone: b.options.Zone}
	err = b.read(ctx, func(c *conn) error {
		return c.query(`SELECT v.seq, v.id, b.json FROM type t CROSS JOIN version v INDEXED BY version_type ON v.type=t.id
			CROSS JOIN body b ON b.seq=v.seq WHERE t.id=? AND v.current=1 AND v.seq>t.at AND v.seq<=t.upto ORDER BY v.seq LIMIT ?`,
			[]any{b.dict().types[t.Name], rebuildStep}, func(s *sqlite.Stmt) error {
				it := item{seq: s.ColumnInt64(0), key: fhir.Key{Type: t.Name, ID: s.ColumnText(1)}}
				r, err := codec.Decode(blob(s, 2), codec.Unlimited())
				if err == nil {
					it.entries = x.Index(t, r.Message)
				} else {
					it.broken = true
					b.options.Logger.Warn("a stored resource can't be read; it keeps its old index entries", "resource", it.key.String(), "error", err)
				}
				items = append(items, it)
				return nil
			})
	})
	return items, err
}

// reindex replaces the entries of those that are still current.
func (w *writer) reindex(t *spec.Type, items []item) (state store.IndexState, err error) {
	for _, it := range items {
		h, err := w.head(it.key)
		if err != nil {
			return state, err
		}
		if it.broken || !h.alive || h.seq != it.seq {
			continue
		}
		typ := w.d.types[t.Name]
		if err := w.unindex(typ, h); err != nil {
			return state, err
		}
		x := &index{typ: typ, seq: h.seq, k: noDate}
		if err := w.index(x, t.Name, it.entries, h.patients); err != nil {
			return state, err
		}
		if err := w.c.exec(`UPDATE version SET k=? WHERE seq=?`, x.k, x.seq); err != nil {
			return state, err
		}
		if err := w.insert(x); err != nil {
			return state, err
		}
	}
	err = w.c.query(`UPDATE type SET at=?, done=done+? WHERE name=? RETURNING done, total`, []any{items[len(items)-1].seq, len(items), t.Name},
		func(s *sqlite.Stmt) error {
			state = store.IndexState{Done: s.ColumnInt64(0), Total: s.ColumnInt64(1)}
			return nil
		})
	return state, err
}
