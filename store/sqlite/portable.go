package sqlite

import (
	"context"
	"time"

	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// Versions counts them.
func (b *Backend) Versions(ctx context.Context) (n int64, err error) {
	err = b.read(ctx, func(c *conn) error {
		n, _, err = c.number(`SELECT count(*) FROM version`)
		return err
	})
	return n, err
}

// AllRecords goes through the records of all namespaces.
func (b *Backend) AllRecords(ctx context.Context, yield func(store.Record) bool) error {
	last := store.Record{}
	for {
		var step []store.Record
		err := b.read(ctx, func(c *conn) error {
			step = step[:0]
			return c.query(`SELECT `+recordColumns+` FROM record WHERE (namespace, key)>(?, ?) AND (expires=0 OR expires>?) ORDER BY namespace, key LIMIT ?`,
				[]any{last.Namespace, last.Key, time.Now().UnixMicro(), scanStep}, func(s *sqlite.Stmt) error {
					step = append(step, toRecord(s))
					return nil
				})
		})
		if err != nil {
			return err
		}
		for _, last = range step {
			if !yield(last) {
				return nil
			}
		}
		if len(step) < scanStep {
			return nil
		}
	}
}

// Restore writes what comes from elsewhere. A seq is a time, so that times stay.
func (b *Backend) Restore(ctx context.Context, versions []store.Restored, records []store.Record) error {
	if b.lock == nil {
		return errBeside
	}
	return b.writer.submit(ctx, func(w *writer) error {
		for i := range versions {
			if err := w.restore(&versions[i]); err != nil {
				return err
			}
		}
		for _, r := range records {
			expires := int64(0)
			if !r.Expires.IsZero() {
				expires = r.Expires.UnixMicro()
			}
			if err := w.c.exec(`INSERT OR REPLACE INTO record VALUES(?,?,?,?,?)`, r.Namespace, r.Key, r.Value, r.Revision, expires); err != nil {
				return err
			}
		}
		return nil
	})
}

// restore writes one version, as the current one if none of its resource has come yet.
func (w *writer) restore(v *store.Restored) error {
	typ := w.d.types[v.Key.Type]
	if typ == 0 {
		return unknownType(v.Key.Type)
	}
	h, err := w.head(v.Key)
	if err != nil {
		return err
	}
	x, newest := &index{typ: typ, seq: v.Updated.UnixMicro(), k: noDate}, h.version == 0
	alive := newest && !v.Deleted()
	if newest {
		h.nid, _, err = w.c.number(`INSERT INTO node(type, id, seq) VALUES(?,?,?) ON CONFLICT(type, id) DO UPDATE SET seq=excluded.seq RETURNING nid`, typ, v.Key.ID, x.seq)
		if err != nil {
			return err
		}
	}
	if alive {
		if err := w.index(x, v.Key.Type, v.Index, v.Compartments); err != nil {
			return err
		}
		if err := w.insert(x); err != nil {
			return err
		}
		w.counts[typ]++
	}
	w.last = max(w.last, x.seq)
	in := store.Write{Key: v.Key, Method: v.Method, Compartments: v.Compartments, Facts: v.Facts}
	return w.version(x, h.nid, in, alive, v.JSON)
}
