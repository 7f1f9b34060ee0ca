package sqlite

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// read lends a connection for reading, for as long as ctx lasts.
func (b *Backend) read(ctx context.Context, do func(*conn) error) error {
	return b.readers.lend(ctx, b.writer.stop, do)
}

// Health commits something through the writer and reads on the readers: each must see the newest version.
func (b *Backend) Health(ctx context.Context) error {
	full, newest := b.writer.full.Load(), int64(0)
	err := b.writer.submit(ctx, func(w *writer) (err error) {
		if newest, err = w.probe(); err == nil && w.c.damaged.Load() != nil {
			err = w.c.damaged.Load()
		}
		return err
	})
	if err != nil {
		return err
	}
	if full {
		b.writer.full.Store(false)
	}
	return b.readers.probe(ctx, b.writer.stop, newest)
}

// Get is one version of a resource.
func (b *Backend) Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	if key.Version != 0 || b.lock == nil { // beside the process that writes, what is kept would grow old
		return b.get(ctx, key)
	}
	if kept := b.Cached(key); kept != nil && ctx.Err() == nil {
		return kept, nil
	}
	return b.GetUncached(ctx, key)
}

// get is Get from the database.
func (b *Backend) get(ctx context.Context, key fhir.Key) (out *fhir.Stored, err error) {
	sql, args := ` WHERE n.type=? AND n.id=?`, []any{b.dict().types[key.Type], key.ID}
	join := `node n CROSS JOIN body b ON b.seq=n.seq`
	if key.Version != 0 {
		join, args = `node n CROSS JOIN version v ON v.nid=n.nid AND v.version=? CROSS JOIN body b ON b.seq=v.seq`, append([]any{key.Version}, args...)
	}
	err = b.read(ctx, func(c *conn) error {
		return c.query(`SELECT `+storedColumns+` FROM `+join+sql, args, func(s *sqlite.Stmt) error {
			out = b.dict().stored(s, 0)
			return nil
		})
	})
	if err == nil && out == nil {
		return nil, fhir.Errorf(fhir.NotFound, "", "There is no %s here.", key).About(key)
	}
	return out, err
}

// History is a page of versions. A compartment's history reads past the versions that aren't in it.
func (b *Backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	from, where := piece("version v"), frag{}
	switch {
	case scope.ID != "":
		from = piece("node n CROSS JOIN version v ON v.nid=n.nid")
		where = piece("n.type=? AND n.id=?", b.dict().types[scope.Type], scope.ID)
	case scope.Type != "":
		from = piece("version v INDEXED BY version_type")
		where = piece("v.type=?", b.dict().types[scope.Type])
	}
	where = where.and(during(scope))
	if scope.After != nil {
		after, err := decode(scope.After, nil)
		if err != nil {
			return nil, err
		}
		where = where.and(piece("v.seq<?", after.seq))
	}
	if where.sql == "" {
		where = always
	}
	by := " ORDER BY v.seq DESC LIMIT ?"
	if scope.ID != "" {
		by = " ORDER BY v.version DESC LIMIT ?"
	}
	sql := piece(`SELECT `+storedColumns+` FROM `).then("", from).then(" CROSS JOIN ", piece("body b ON b.seq=v.seq")).then(" WHERE ", where)
	page := &store.Page{Total: -1}
	err := b.read(ctx, func(c *conn) error {
		return c.query(sql.sql+by, append(sql.args, scope.Limit+1), func(s *sqlite.Stmt) error {
			if len(page.Items) == scope.Limit {
				if scope.Limit > 0 {
					page.Next = position(hit{seq: page.Items[scope.Limit-1].Updated.UnixMicro()})
				}
				return errStop
			}
			page.Items = append(page.Items, store.Item{Stored: b.dict().stored(s, 0)})
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// during are a Scope's limits in time, and its compartment. A version is current until the next one is made.
func during(scope store.Scope) frag {
	var f frag
	if !scope.Since.IsZero() {
		// A time finer than a microsecond lies behind the version that has the same microsecond.
		since := scope.Since.UnixMicro()
		if scope.Since.Nanosecond()%1000 != 0 {
			since++
		}
		f = f.and(piece("v.seq>=?", since))
	}
	if !scope.AtEnd.IsZero() {
		end := scope.AtEnd.UnixMicro()
		if scope.AtEnd.Nanosecond()%1000 != 0 {
			end++
		}
		f = f.and(piece("v.seq<?", end))
	}
	if !scope.At.IsZero() {
		f = f.and(piece("NOT EXISTS(SELECT 1 FROM version w WHERE w.nid=v.nid AND w.version=v.version+1 AND w.seq<=?)", scope.At.UnixMicro()))
	}
	if scope.Compartment != "" {
		f = f.and(piece("instr(' '||v.compartments||' ', ?)>0", " "+scope.Compartment+" "))
	}
	return f
}
