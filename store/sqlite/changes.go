package sqlite

import (
	"context"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// newestChange is the seq given last: of a version or a mark.
const newestChange = `SELECT max(coalesce((SELECT max(seq) FROM version), 0), coalesce((SELECT max(seq) FROM mark), 0))`

// changesAfter are versions and marks behind a seq. There is one writer, so what a reader sees is all up to some seq
// and nothing behind it; and it is one statement, so that both tables are seen as they were together. A version has
// the facts it was committed with: those before the first mark of it.
const changesAfter = `SELECT * FROM (SELECT v.seq, v.type, v.id, v.version, b.method, v.compartments,
		iif(m.seq IS NULL, v.section, m.was_section), iif(m.seq IS NULL, v.recorded, m.was_recorded),
		iif(m.seq IS NULL, v.release, m.was_release), iif(m.seq IS NULL, v.hidden, m.was_hidden),
		iif(m.seq IS NULL, v.suspended, m.was_suspended), '', 0, 0, 0, 0
		FROM version v CROSS JOIN body b ON b.seq=v.seq
		LEFT JOIN mark m ON m.seq=(SELECT min(seq) FROM mark WHERE of=v.seq)
		WHERE v.seq>?1 ORDER BY v.seq LIMIT ?2)
	UNION ALL SELECT * FROM (SELECT m.seq, v.type, v.id, v.version, 0, v.compartments,
		m.section, m.recorded, m.release, m.hidden, m.suspended,
		m.was_section, m.was_recorded, m.was_release, m.was_hidden, m.was_suspended
		FROM mark m CROSS JOIN version v ON v.seq=m.of WHERE m.seq>?1 ORDER BY m.seq LIMIT ?2)
	ORDER BY 1 LIMIT ?2`

// Changes are part of the feed.
func (b *Backend) Changes(ctx context.Context, after store.Position, limit int,
	wait time.Duration) (out []store.Committed, err error) {
	from, err := after.Number()
	if err != nil {
		return nil, err
	}
	err = b.news.Await(ctx, wait, func() (bool, error) {
		err := b.read(ctx, func(c *conn) error {
			return c.query(changesAfter, []any{from, limit}, func(s *sqlite.Stmt) error {
				out = append(out, b.dict().change(s))
				return nil
			})
		})
		return len(out) > 0, err
	})
	return out, err
}

// change reads a row of changesAfter.
func (d *dict) change(s *sqlite.Stmt) store.Committed {
	c := store.Committed{Position: store.PositionAt(s.ColumnInt64(0)), Method: fhir.Method(s.ColumnInt64(4)),
		At:    micros(s.ColumnInt64(0)),
		Key:   fhir.Key{Type: d.names[s.ColumnInt64(1)].Name, ID: s.ColumnText(2), Version: s.ColumnInt64(3)},
		Facts: factsAt(s, 6)}
	if in := s.ColumnText(5); in != "" {
		c.Compartments = strings.Split(in, " ")
	}
	if c.Marks() {
		c.Before = factsAt(s, 11)
	}
	return c
}

// factsAt reads facts, beginning at a column.
func factsAt(s *sqlite.Stmt, at int) fhir.Facts {
	return fhir.Facts{Section: s.ColumnText(at), Recorded: micros(s.ColumnInt64(at + 1)),
		Release: micros(s.ColumnInt64(at + 2)), Hidden: s.ColumnBool(at + 3), Suspended: s.ColumnBool(at + 4)}
}

// Moment is a place in the feed. A commit under way has later numbers than all that a reader sees.
func (b *Backend) Moment(ctx context.Context, at time.Time) (store.Moment, error) {
	newest := int64(0)
	err := b.read(ctx, func(c *conn) (err error) {
		newest, _, err = c.number(newestChange)
		return err
	})
	if err == nil && !at.IsZero() {
		newest = min(newest, at.UnixMicro())
	}
	return store.Moment{Position: store.PositionAt(newest), At: micros(newest)}, err
}

// noteMark puts a mark into the feed.
func (w *writer) noteMark(h head, m store.Mark) error {
	was, err := w.facts(m.Key)
	if err != nil {
		return err
	}
	f := m.Facts
	return w.c.exec(`INSERT INTO mark VALUES(?,?,?,?,?,?,?,?,?,?,?,?)`, w.tick(), h.seq,
		f.Section, f.Recorded.UnixMicro(), f.Release.UnixMicro(), f.Hidden,
		was.Section, was.Recorded.UnixMicro(), was.Release.UnixMicro(), was.Hidden,
		f.Suspended, was.Suspended)
}
