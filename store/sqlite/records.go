package sqlite

import (
	"context"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// records is the key-value side. A record that has expired counts as not there; the next write to it, or the
// housekeeping at Open, removes it.
type records struct{ b *Backend }

const recordColumns = `namespace, key, value, revision, expires`

func toRecord(s *sqlite.Stmt) store.Record {
	r := store.Record{Namespace: s.ColumnText(0), Key: s.ColumnText(1), Value: blob(s, 2), Revision: s.ColumnInt64(3)}
	if at := s.ColumnInt64(4); at != 0 {
		r.Expires = time.UnixMicro(at).UTC()
	}
	return r
}

// Get is one record.
func (r records) Get(ctx context.Context, namespace, key string) (out store.Record, err error) {
	err = r.b.read(ctx, func(c *conn) error {
		out, err = c.get(ctx, namespace, key)
		return err
	})
	return out, err
}

// get is one record, as store.Lookup.
func (c *conn) get(_ context.Context, namespace, key string) (out store.Record, err error) {
	found := false
	err = c.query(`SELECT `+recordColumns+` FROM record WHERE namespace=? AND key=? AND (expires=0 OR expires>?)`,
		[]any{namespace, key, time.Now().UnixMicro()}, func(s *sqlite.Stmt) error {
			out, found = toRecord(s), true
			return nil
		})
	if err == nil && !found {
		err = fhir.Errorf(fhir.NotFound, "", "There is no such record.")
	}
	return out, err
}

// scanStep is how many records are read at once, so that yield may take its time, or write.
const scanStep = 500

// Scan goes through the records of a namespace.
func (r records) Scan(ctx context.Context, namespace, prefix string, yield func(store.Record) bool) error {
	from, more := prefix, ">="
	for {
		var step []store.Record
		err := r.b.read(ctx, func(c *conn) error {
			step = step[:0]
			return c.query(`SELECT `+recordColumns+` FROM record WHERE namespace=? AND key`+more+`? AND substr(key, 1, length(?))=?
				AND (expires=0 OR expires>?) ORDER BY key LIMIT ?`,
				[]any{namespace, from, prefix, prefix, time.Now().UnixMicro(), scanStep}, func(s *sqlite.Stmt) error {
					step = append(step, toRecord(s))
					return nil
				})
		})
		if err != nil {
			return err
		}
		for _, rec := range step {
			if !yield(rec) {
				return nil
			}
		}
		if len(step) < scanStep {
			return nil
		}
		from, more = step[len(step)-1].Key, ">"
	}
}

// revision is that of a record, 0 if there is none or it has expired.
func (c *conn) revision(namespace, key string) (int64, error) {
	n, _, err := c.number(`SELECT revision FROM record WHERE namespace=? AND key=? AND (expires=0 OR expires>?)`, namespace, key, time.Now().UnixMicro())
	return n, err
}

// record sets or removes one. Revisions go on where an expired record of the same key stopped, so that none comes
// twice.
func (w *writer) record(r store.RecordWrite) error {
	if r.Value == nil {
		return w.c.exec(`DELETE FROM record WHERE namespace=? AND key=?`, r.Namespace, r.Key)
	}
	expires := int64(0)
	if !r.Expires.IsZero() {
		expires = r.Expires.UnixMicro()
	}
	return w.c.exec(`INSERT INTO record VALUES(?,?,?,1,?) ON CONFLICT(namespace, key)
		DO UPDATE SET value=excluded.value, revision=revision+1, expires=excluded.expires`, r.Namespace, r.Key, r.Value, expires)
}
