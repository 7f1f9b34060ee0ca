package sqlite

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// estimates keeps for a while how many rows paths lead to, so that a query asked often is not counted each time.
type estimates struct {
	mu    sync.Mutex
	kept  map[string]int64
	since time.Time
}

// An estimate need not be right, only right enough to compare paths.
const (
	estimatesFor  = 10 * time.Second
	estimatesKept = 20_000
)

func (e *estimates) get(key string) (int64, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.since) > estimatesFor {
		return 0, false
	}
	n, ok := e.kept[key]
	return n, ok
}

func (e *estimates) put(key string, n int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.kept == nil || len(e.kept) >= estimatesKept || time.Since(e.since) > estimatesFor {
		e.kept, e.since = map[string]int64{}, time.Now()
	}
	e.kept[key] = n
}

// count is how many current resources of a type there are.
func (b *compiler) count(t *spec.Type) (int64, error) {
	n, _, err := b.c.number(`SELECT n FROM type WHERE id=?`, b.d.types[t.Name])
	return n, err
}

// estimateMax is how far rows are counted to compare paths, at the most.
const estimateMax = 4000

// farEnough is how far that need be for a page out of so many: with more than the root of their product, it is cheaper
// to walk all of them in order and try each until the page is full.
func farEnough(limit int, total int64) int64 {
	return min(estimateMax, max(100, int64(math.Sqrt(float64(limit+1)*float64(total)))))
}

// window is how many resources of the type lie within the bounds of the main date.
func (b *compiler) window(p *plan, total int64) (int64, error) {
	if p.bounds.sql == "" {
		return total, nil
	}
	from, where := b.every(p, "version_date")
	return b.counted(piece("SELECT 1 FROM ").then("", from).then(" WHERE ", where.and(p.bounds)), total, p.far)
}

// estimate is how many rows are read on a path; within the bounds of the main date, if its rows come by that.
func (b *compiler) estimate(way *path, p *plan, total int64) (int64, error) {
	return b.estimateTo(way, p, total, p.far)
}

func (b *compiler) estimateTo(way *path, p *plan, total, far int64) (n int64, err error) {
	bounds := frag{}
	if way.size != nil {
		if total, err = b.count(way.sizeOf); err != nil {
			return 0, err
		}
		way = way.size
	} else if way.dated {
		bounds = p.bounds
	}
	rows := way.rows(bounds)
	rows.sql = strings.ReplaceAll(rows.sql, " UNION ", " UNION ALL ")
	n, err = b.counted(rows, total, far)
	return min(n, total), err
}

// weighted makes the guess of rows that are read one of all that are looked at. One that would have the query refused
// is made sure of: the path is followed as far as a query may go.
func (b *compiler) weighted(p *plan, total int64) error {
	rows := p.guess
	p.guess = product(rows, 1+p.effort)
	if b.most == 0 || p.guess <= b.most || p.path == nil {
		return nil
	}
	n, err := b.estimateTo(p.path, p, total, b.most+1)
	p.guess = product(min(rows, n), 1+p.effort)
	return err
}

// product is no more than any query may read, and far from what an int64 can't hold.
func product(rows, each int64) int64 {
	const unbearable = 1 << 40
	each = min(each, unbearable)
	return min(rows, unbearable/each) * each
}

// effort is about how many other rows are looked at to try a condition on one row of a type: what its references lead
// to, or what refers to it. Of that there is as much for each as there is of both types on the whole.
func (b *compiler) effort(e expr.Expr, t *spec.Type) (rows int64, err error) {
	for leaf := range expr.Leaves(e) {
		n, err := b.effortOf(leaf, t)
		if err != nil {
			return 0, err
		}
		rows += n
	}
	return rows, nil
}

// effortOf is effort for one of the leaves.
func (b *compiler) effortOf(leaf expr.Expr, t *spec.Type) (rows int64, err error) {
	switch leaf := leaf.(type) {
	case expr.Chain, expr.Only:
		for _, to := range expr.Elsewhere(leaf) { // it is of one of these types
			n, err := b.effort(to.Where, to.Type)
			if rows = max(rows, 1+n); err != nil {
				return 0, err
			}
		}
	case expr.Reverse:
		times, err := b.referring(leaf, t)
		if err != nil {
			return 0, err
		}
		n, err := b.effort(leaf.By.Where, leaf.By.Type)
		return product(times, 1+n), err
	case expr.And, expr.Or, expr.Not, expr.Test, expr.Missing, expr.IDs, expr.Compartment,
		expr.Confined, expr.Visible, expr.Marked:
	}
	return rows, nil
}

// referring is how many resources are tried to find one that refers to a resource of a type: all that do, unless an
// index has the token they must have beside the Patient.
func (b *compiler) referring(e expr.Reverse, t *spec.Type) (int64, error) {
	if t.Name == "Patient" {
		if token, _, err := b.hotToken(flat(e.By.Where, nil)); token.sql != "" || err != nil {
			return 1, err
		}
	}
	by, err := b.count(e.By.Type)
	if err != nil {
		return 0, err
	}
	of, err := b.count(t)
	return 1 + by/max(1, of), err
}

// counted is how many rows a SELECT gives. What goes on beyond far is taken for a third of all.
func (b *compiler) counted(rows frag, total, far int64) (int64, error) {
	key := fmt.Sprintf("%d %s %v", far, rows.sql, rows.args)
	for _, t := range b.tests {
		key += fmt.Sprintf(" %d %v", t.p, t.is)
	}
	if n, ok := b.d.estimates.get(key); ok {
		return n, nil
	}
	b.c.testing = b.tests
	n, _, err := b.c.number("SELECT count(*) FROM (SELECT 1 FROM ("+rows.sql+") LIMIT ?)", append(rows.args[:len(rows.args):len(rows.args)], far)...)
	if err != nil {
		return 0, err
	}
	if n == far {
		n = max(n, total/3)
	}
	b.d.estimates.put(key, n)
	return n, nil
}
