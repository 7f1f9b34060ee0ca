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
func (b *Backend) History(ctx context.Context, scope store.Scope) (page *store.Page, err error) {
	way := order{desc: true, back: scope.Back}
	by, op := way.direction(way.desc)
	behind := frag{}
	if scope.After != nil {
		after, err := decode(scope.After, nil)
		if err != nil {
			return nil, err
		}
		behind = piece("v.seq"+op+"?", after.seq)
	}
	from, where := b.versions(&scope, behind, by)
	last := " ORDER BY v.seq" + by + " LIMIT ?"
	if scope.ID != "" {
		last = " ORDER BY v.version" + by + " LIMIT ?"
	}
	sql := piece(`SELECT `+storedColumns+` FROM `).then("", from).then(" CROSS JOIN ", piece("body b ON b.seq=v.seq")).then(" WHERE ", where)
	err = b.read(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			var found []store.Item
			err := c.query(sql.sql+last, append(sql.args, scope.Limit+1), func(s *sqlite.Stmt) error {
				v := b.dict().stored(s, 0)
				found = append(found, store.Item{Stored: v, At: position(hit{seq: v.Updated.UnixMicro()})})
				return nil
			})
			page = store.Versions(found, &scope)
			if err != nil || scope.Total <= 0 {
				return err
			}
			from, where := b.versions(&scope, frag{}, by)
			all := piece("SELECT count(*) FROM (SELECT 1 FROM ").then("", from).then(" WHERE ", where).then("",
				piece(" LIMIT ?)", beyond(scope.Total)))
			page.Total, _, err = c.number(all.sql, all.args...)
			if page.Total > scope.Total {
				page.Total = -1
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// beyond is one more than a number, or as many as there can be.
func beyond(n int64) int64 { return max(n, n+1) }

// versions are those of a Scope, in the order of their index, behind a position.
func (b *Backend) versions(scope *store.Scope, behind frag, by string) (from, where frag) {
	where = during(*scope).and(behind)
	switch {
	case scope.ID != "":
		from = piece("node n CROSS JOIN version v ON v.nid=n.nid")
		where = piece("n.type=? AND n.id=?", b.dict().types[scope.Type], scope.ID).and(where)
	case scope.Type != "":
		from = piece("version v INDEXED BY version_type")
		where = piece("v.type=?", b.dict().types[scope.Type]).and(where)
	case scope.Types != nil:
		// SQLite merges what is of each type as it comes; the LIMIT keeps it from dropping the order.
		var arms frag
		for _, name := range scope.Types {
			arms = arms.then(" UNION ALL ", piece("SELECT v.seq AS seq FROM version v INDEXED BY version_type WHERE "+
				"v.type=?", b.dict().types[name]).and(behind))
		}
		arms = arms.then(" ORDER BY ", piece("seq"+by+" LIMIT -1"))
		from = piece("(").then("", arms).then("", piece(") w CROSS JOIN version v ON v.seq=w.seq"))
	default:
		from = piece("version v")
	}
	if where.sql == "" {
		where = always
	}
	return from, where
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
