package sqlite

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// Find is a page of what a query finds. All of it is read from one snapshot.
func (b *Backend) Find(ctx context.Context, q *search.Query) (page *store.Page, err error) {
	err = b.read(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			page, err = (&finder{c: c, d: b.dict(), most: b.options.MaxCost}).find(ctx, q)
			return err
		})
	})
	return page, err
}

// finder answers one query on one connection, inside a transaction.
type finder struct {
	c    *conn
	d    *dict
	most int64 // rows that may have to be read
	now  time.Time
}

func (f *finder) find(ctx context.Context, q *search.Query) (*store.Page, error) {
	if ctx.Err() != nil {
		return nil, cancelled(ctx)
	}
	f.now = q.Now
	page := &store.Page{Total: -1}
	froms, err := f.inhabited(q.From)
	if err != nil {
		return nil, err
	}
	onwards := q.Total < search.AllMatches && q.Limit > 0 && q.First() && len(froms) == 1
	if q.Total > 0 && !onwards {
		page.Total = 0
		for _, from := range froms {
			n, err := f.total(from)
			if err != nil {
				return nil, err
			}
			page.Total += n
		}
	}
	var hits []hit
	for _, from := range froms {
		if q.Limit <= 0 {
			break
		}
		b := f.compiler()
		some, p, err := f.hits(b, from, q, len(froms) == 1)
		if err == nil && q.Total > 0 && onwards {
			page.Total, err = f.onwards(from, b, p, some, q)
		}
		if err != nil {
			return nil, err
		}
		hits = append(hits, some...)
	}
	if page.Total > q.Total {
		page.Total = -1
	}
	if len(froms) > 1 {
		slices.SortFunc(hits, func(a, b hit) int { return compare(q, a, b) })
	}
	hits, more := store.Cut(hits, q.Place, q.Limit)
	if page.Items, err = f.items(hits); err == nil && len(hits) > 0 {
		page.Around(q.Place, more, position(hits[0]), position(hits[len(hits)-1]))
	}
	return page, err
}

func (f *finder) compiler() *compiler { return &compiler{c: f.c, d: f.d, most: f.most, now: f.now} }

// inhabited leaves out the types without resources, for a search over all types asks for many.
func (f *finder) inhabited(froms []expr.From) ([]expr.From, error) {
	for _, from := range froms {
		if f.d.types[from.Type.Name] == 0 {
			return nil, unknownType(from.Type.Name)
		}
	}
	if len(froms) == 1 {
		return froms, nil
	}
	some := map[string]bool{}
	err := f.c.query(`SELECT name FROM type WHERE n>0`, nil, func(s *sqlite.Stmt) error {
		some[s.ColumnText(0)] = true
		return nil
	})
	return slices.DeleteFunc(slices.Clone(froms), func(from expr.From) bool { return !some[from.Type.Name] }), err
}

// compare is the order over several types, in which only _id and _lastUpdated can be sorted by; going back, the other
// way round.
func compare(q *search.Query, a, b hit) int {
	if q.Back {
		a, b = b, a
	}
	for _, s := range q.Sort {
		c := cmp.Compare(a.seq, b.seq)
		if s.Param == spec.ID && len(a.keys) == 1 && len(b.keys) == 1 {
			x, _ := a.keys[0].(string)
			y, _ := b.keys[0].(string)
			c = strings.Compare(x, y)
		}
		if s.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	if q.Sort[0].Desc {
		return cmp.Compare(b.seq, a.seq)
	}
	return cmp.Compare(a.seq, b.seq)
}

// hits is where the matches of one type stand, one more than the page holds if there are as many. whole reads the
// resources in the same statement: the page is found on the index first, and SQLite keeps the order of a subquery with
// a LIMIT.
func (f *finder) hits(
	b *compiler, from expr.From, q *search.Query, whole bool,
) (out []hit, p *plan, err error) {
	if p, err = b.plan(from, q.Sort, q.Limit); err == nil {
		err = f.affordable(p)
	}
	if err != nil {
		return nil, nil, err
	}
	p.order.back = q.Back
	var after *hit
	if q.After != nil {
		h, err := decode(q.After, p.order.kinds())
		if err != nil {
			return nil, nil, err
		}
		after = &h
	}
	out, err = f.filled(b, p, after, q.Limit+1, whole)
	return out, p, err
}

// onwards counts all matches by going on behind the first page, as far as Query.Total. What is sorted when all of it is
// found, is counted anew.
func (f *finder) onwards(from search.From, b *compiler, p *plan, page []hit, q *search.Query) (int64, error) {
	n := int64(len(page))
	switch {
	case len(page) <= q.Limit || n > q.Total:
		return n, nil
	case !p.walked:
		return f.total(from)
	}
	phases := b.phases(p, &page[len(page)-1])
	f.c.testing = b.tests
	for _, ph := range phases {
		more, _, err := f.c.number("SELECT count(*) FROM ("+ph.sql+" LIMIT ?)", append(ph.args, q.Total+1-n)...)
		if n += more; err != nil || n > q.Total {
			return n, err
		}
	}
	return n, nil
}

// filled is a page of a plan from a position on, of as many hits as are asked for.
func (f *finder) filled(b *compiler, p *plan, after *hit, most int, whole bool) ([]hit, error) {
	out := make([]hit, 0, min(most, 100))
	for {
		left := most - len(out)
		more, err := f.rows(b, p, after, left, whole)
		if err != nil {
			return nil, err
		}
		ended := len(more) < left
		// What is found by several of its values comes once for each, one behind the other.
		out = append(out, slices.CompactFunc(more, func(a, b hit) bool { return a.seq == b.seq })...)
		if ended || len(out) == most {
			return out, nil
		}
		after = &out[len(out)-1]
	}
}

// rows are as many of a plan's as are asked for, from a position on.
func (f *finder) rows(b *compiler, p *plan, after *hit, most int, whole bool) (out []hit, err error) {
	phases, width := b.phases(p, after), len(p.order.keys)
	f.c.testing = b.tests
	for _, ph := range phases {
		if len(out) == most {
			break
		}
		sql := ph.sql + " LIMIT ?"
		if whole {
			sql = "SELECT p.*, " + storedColumns + " FROM (" + sql + ") p CROSS JOIN body b ON b.seq=p.seq"
		}
		err := f.c.query(sql, append(ph.args, most-len(out)), func(s *sqlite.Stmt) error {
			h := hit{seq: s.ColumnInt64(0), keys: make([]any, width)}
			for i := range h.keys {
				h.keys[i] = column(s, i+1)
			}
			if whole {
				h.stored = f.d.stored(s, 1+width)
			}
			out = append(out, h)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// counting is the plan of a count.
func (b *compiler) counting(from expr.From) (*plan, error) {
	return b.plan(from, []search.Sort{{Param: spec.LastUpdated, Desc: true}}, 1<<30)
}

// total counts the matches of one type.
func (f *finder) total(from expr.From) (int64, error) {
	b := f.compiler()
	if len(flat(from.Where, nil)) == 0 {
		return b.count(from.Type)
	}
	p, err := b.counting(from)
	if err == nil {
		err = f.affordable(p)
	}
	if err != nil {
		return 0, err
	}
	p.order = order{}
	rows := b.collected(p, p.path != nil && !p.path.once)
	f.c.testing = b.tests
	n, _, err := f.c.number("SELECT count(*) FROM ("+rows.sql+")", rows.args...)
	return n, err
}

// storedColumns are what a Stored is made of, b being its body.
const storedColumns = `b.seq, b.type, b.id, b.version, b.method, b.compartments, b.section, b.recorded,
	b.release, b.hidden, b.suspended, b.json`

// stored reads them, beginning at a column.
func (d *dict) stored(s *sqlite.Stmt, at int) *fhir.Stored {
	out := &fhir.Stored{Updated: micros(s.ColumnInt64(at)), Method: fhir.Method(s.ColumnInt64(at + 4)),
		Key:   fhir.Key{Type: d.names[s.ColumnInt64(at+1)].Name, ID: s.ColumnText(at + 2), Version: s.ColumnInt64(at + 3)},
		Facts: factsAt(s, at+6)}
	if in := s.ColumnText(at + 5); in != "" {
		out.Compartments = strings.Split(in, " ")
	}
	if out.Method != fhir.Delete {
		out.JSON = blob(s, at+11)
	}
	return out
}

// micros is a time as the tables have it.
func micros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// items makes a page's resources of where they stand, and reads those that haven't been read yet.
func (f *finder) items(hits []hit) ([]store.Item, error) {
	items := make([]store.Item, len(hits))
	for i, h := range hits {
		items[i] = store.Item{Stored: h.stored, Mode: "match"}
		if h.stored != nil {
			continue
		}
		err := f.c.query(`SELECT `+storedColumns+` FROM body b WHERE b.seq=?`, []any{h.seq}, func(s *sqlite.Stmt) error {
			items[i].Stored = f.d.stored(s, 0)
			return errStop
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}
