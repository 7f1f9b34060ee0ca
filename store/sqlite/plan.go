package sqlite

import (
	"fmt"
	"strings"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// plan is how one From is answered: by which path, in which order, with which probes on the way.
type plan struct {
	typ     *spec.Type
	order   order
	conds   []search.Expr // all must hold
	ways    []*path       // for each of them the path by it, nil if there is none
	who     patientOf
	binding int   // which of them binds the query to a Patient
	path    *path // nil: all resources of the type are walked, in order
	walked  bool  // the rows come in order, so that reading ends with the page; else all are sorted first
	rest    frag  // what the path leaves open
	rests   int   // how many conditions that is
	bounds  frag  // limits on k, which any path by date can use
	written frag  // limits on seq, for a walk by it
	guess   int64 // rows expected to be read
}

// String is the plan in a line, for people.
func (p *plan) String() string {
	how, by := "sorted", "walk"
	if p.walked {
		how = "in order"
	}
	if p.path != nil {
		by = p.path.name
	}
	return fmt.Sprintf("%s by %s, %s, %d probes, about %d rows", p.typ.Name, by, how, p.rests, p.guess)
}

// flat puts nested Ands into one list. An Or of one is that one.
func flat(e search.Expr, out []search.Expr) []search.Expr {
	if or, ok := e.(search.Or); ok && len(or) == 1 {
		return flat(or[0], out)
	}
	if and, ok := e.(search.And); ok {
		for _, x := range and {
			out = flat(x, out)
		}
		return out
	}
	return append(out, e)
}

// plan chooses. A path in order that leaves nothing open is as good as it gets; else the numbers decide: a path out of
// order reads all it leads to, one in order reads until the page is full, which takes the longer the rarer the rest is.
func (b *compiler) plan(f search.From, sort []search.Sort, limit int) (*plan, error) {
	p, err := b.ways(f, sort)
	if err != nil {
		return nil, err
	}
	best, err := b.choose(p, limit)
	if err != nil {
		return nil, err
	}
	return p, b.settle(p, best)
}

// ways is a plan in which nothing has been chosen yet.
func (b *compiler) ways(f search.From, sort []search.Sort) (p *plan, err error) {
	p = &plan{typ: f.Type, conds: flat(f.Where, nil)}
	if p.order, err = b.order(f.Type, sort); err != nil {
		return nil, err
	}
	if p.who, p.binding, err = b.patient(p.conds); err != nil {
		return nil, err
	}
	p.ways = make([]*path, len(p.conds))
	for i, e := range p.conds {
		if p.ways[i], err = b.path(e, f.Type, p.who); err != nil {
			return nil, err
		}
	}
	p.bounds, p.written = b.bounds(p.conds, f.Type), written(p.conds)
	return p, nil
}

// settle compiles what the chosen path, -1 for none, leaves open.
func (b *compiler) settle(p *plan, best int) error {
	for i, e := range p.conds {
		if best >= 0 && (i == best && p.ways[i].exact || i == p.binding && p.who.member && p.ways[best].both) {
			continue
		}
		rest, err := b.cond(e, at{alias: "d", typ: p.typ})
		if err != nil {
			return err
		}
		p.rest, p.rests = p.rest.and(frag{"(" + rest.sql + ")", rest.args}), p.rests+1
	}
	return nil
}

// patient looks for the condition that binds the query to one Patient, his compartment rather than a reference to him, and
// tells where it stands.
func (b *compiler) patient(conds []search.Expr) (who patientOf, where int, err error) {
	for i, e := range conds {
		id, member := "", false
		switch e := e.(type) {
		case search.Compartment:
			id, member = e.Patient, true
		case search.Test:
			if is, ok := e.Is.(search.RefIs); ok && is.Type == "Patient" {
				id = is.ID
			}
		}
		if id == "" || who.bound && !member {
			continue
		}
		nid, err := b.node(b.d.types["Patient"], id)
		if err != nil || member {
			return patientOf{nid: nid, member: member, bound: true}, i, err
		}
		who, where = patientOf{nid: nid, bound: true}, i
	}
	return who, where, nil
}

// choose picks the path, -1 for walking all, and fills in how it is read.
func (b *compiler) choose(p *plan, limit int) (best int, err error) {
	dated := p.order.dated(p.typ, b.d)
	best, found := -1, 0
	for i, way := range p.ways {
		switch {
		case way == nil:
		case way.name == "ids" || way.both && (dated && way.dated):
			p.take(way, dated && way.dated)
			return i, nil
		default:
			best, found = i, found+1
		}
	}
	if found == 1 && len(p.ways) == 1 && dated && p.ways[best].dated && p.ways[best].exact {
		p.take(p.ways[best], true)
		return best, nil
	}
	if found == 0 {
		p.walked = p.order.shape != computed
		p.guess, err = b.count(p.typ)
		return -1, err
	}
	return b.weigh(p, limit, dated)
}

func (p *plan) take(way *path, walked bool) { p.path, p.walked = way, walked }

// dense is the condition on the main date, -1 if there is none, that a walk by date need not look for: what meets it lies
// together at the beginning of the walk, within the bounds it sets.
func (p *plan) dense() int {
	for i, e := range p.conds {
		t, ok := e.(search.Test)
		if !ok || t.Param != p.typ.Date || p.order.shape != byDate {
			continue
		}
		is, ok := t.Is.(search.DateIs)
		if ok && is.Op != search.Ne && (p.order.desc || is.Op != search.Gt && is.Op != search.Ge) {
			return i
		}
	}
	return -1
}

// weigh compares by how many rows would be read. A walk by date finds what is dense without looking.
func (b *compiler) weigh(p *plan, limit int, dated bool) (int, error) {
	total, err := b.count(p.typ)
	if err != nil {
		return 0, err
	}
	dense := p.dense()
	hits := make([]int64, len(p.ways))
	sought := float64(limit + 1) // how many rows a walk reads for a page
	reach := float64(max(total, 1))
	for i, way := range p.ways {
		if way == nil {
			continue
		}
		if hits[i], err = b.estimate(way, total); err != nil {
			return 0, err
		}
		if i == dense {
			reach = min(reach, float64(hits[i]))
		} else {
			sought *= float64(total+1) / float64(hits[i]+1)
		}
	}
	best, cost := -1, float64(sortCost*total)
	p.take(nil, false)
	if p.order.shape != computed {
		p.walked = true
		cost = walkCost * min(reach, sought)
	}
	for i, way := range p.ways {
		if way == nil {
			continue
		}
		own, walked := sortCost*float64(hits[i]), dated && way.dated
		if walked {
			own = min(float64(hits[i]), sought*float64(hits[i]+1)/float64(total+1))
		}
		if own < cost {
			best, cost = i, own
			p.take(way, walked)
		}
	}
	p.guess = int64(cost)
	return best, nil
}

// What it costs to read a row, compared with one of an index that is read in order: one that must be sorted, and one of a
// walk over all, where most are probed in vain.
const (
	sortCost = 2
	walkCost = 2
)

// count is how many current resources of a type there are.
func (b *compiler) count(t *spec.Type) (int64, error) {
	n, _, err := b.c.number(`SELECT n FROM type WHERE id=?`, b.d.types[t.Name])
	return n, err
}

// estimateMax is how far rows are counted to compare paths.
const estimateMax = 10_000

// estimate is how many rows a path leads to. Beyond estimateMax it takes them for a third of all.
func (b *compiler) estimate(way *path, total int64) (int64, error) {
	rows := way.rows(frag{})
	rows.sql = strings.ReplaceAll(rows.sql, " UNION ", " UNION ALL ")
	key := fmt.Sprintf("%s %v", rows.sql, rows.args)
	for _, t := range b.tests {
		key += fmt.Sprintf(" %d %v", t.p, t.is)
	}
	if n, ok := b.d.estimates.get(key); ok {
		return n, nil
	}
	b.c.testing = b.tests
	n, _, err := b.c.number("SELECT count(*) FROM (SELECT 1 FROM ("+rows.sql+") LIMIT ?)", append(rows.args, estimateMax)...)
	if err != nil {
		return 0, err
	}
	if n == estimateMax {
		n = max(n, total/3)
	}
	b.d.estimates.put(key, n)
	return n, nil
}

// bounds are the limits that conditions on the main date set to k, the latest low end.
func (b *compiler) bounds(conds []search.Expr, t *spec.Type) frag {
	var out frag
	for _, e := range conds {
		is, ok := e.(search.Test)
		if !ok || t.Date == nil || is.Param != t.Date {
			continue
		}
		when, ok := is.Is.(search.DateIs)
		if !ok {
			continue
		}
		if when.Op == search.Eq || when.Op == search.Sa {
			low := when.Lo
			if when.Op == search.Sa {
				low = when.Hi
			}
			out = out.and(piece("d.k>=?", low))
		}
		switch {
		case b.d.manyDates(t.Name):
		case when.Op == search.Eq || when.Op == search.Le || when.Op == search.Ap:
			out = out.and(piece("d.k<=?", max(when.Lo, when.Hi)))
		case when.Op == search.Lt || when.Op == search.Eb:
			out = out.and(piece("d.k<=?", when.Lo))
		}
	}
	return out
}
