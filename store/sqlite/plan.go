package sqlite

import (
	"fmt"
	"slices"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// plan is how one From is answered: by which path, in which order, with which probes on the way.
type plan struct {
	typ     *spec.Type
	order   order
	conds   []expr.Expr // all must hold
	ways    []*path     // for each of them the path by it, nil if there is none
	who     patientOf
	binding int   // which of them binds the query to a Patient
	path    *path // nil: all resources of the type are walked, in order
	walked  bool  // the rows come in order, so that reading ends with the page; else all are sorted first
	rest    frag  // what the path leaves open
	rests   int   // how many conditions that is
	effort  int64 // how many other rows are looked at to try them on one
	bounds  frag  // limits on k, which any path by date can use
	// bounding tells of each condition whether it is on the main date, and all it asks for lies within the bounds.
	bounding []bool
	written  frag  // limits on seq, for a walk by it
	far      int64 // how far rows are counted to estimate how many there are
	guess    int64 // rows expected to be read
}

// String is the plan for people.
func (p *plan) String() string {
	by := "going through all of them"
	switch {
	case p.path != nil:
		by = "by " + p.path.name
	case p.bounds.sql != "":
		by = "going through those of the dates asked for"
	}
	how := "all found are sorted"
	if p.walked {
		how = "in the order asked for, so that reading ends with the page"
	}
	return fmt.Sprintf("%s: %s, %s; %d conditions are tried on each row, and about %d rows are read.", p.typ.Name, by, how, p.rests, p.guess)
}

// flat puts nested Ands into one list. An Or of one is that one.
func flat(e expr.Expr, out []expr.Expr) []expr.Expr {
	if or, ok := e.(expr.Or); ok && len(or) == 1 {
		return flat(or[0], out)
	}
	if and, ok := e.(expr.And); ok {
		for _, x := range and {
			out = flat(x, out)
		}
		return out
	}
	return append(out, e)
}

// plan chooses. A path in order that leaves nothing open is as good as it gets; else the numbers decide: a path out of
// order reads all it leads to, one in order reads until the page is full, which takes the longer the rarer the rest is.
func (b *compiler) plan(f expr.From, sort []search.Sort, limit int) (*plan, error) {
	p, err := b.ways(f, sort)
	if err != nil {
		return nil, err
	}
	total, err := b.count(p.typ)
	if err != nil {
		return nil, err
	}
	p.far = farEnough(limit, total)
	best, err := b.choose(p, limit, total)
	if err == nil {
		err = b.settle(p, best)
	}
	if err != nil {
		return nil, err
	}
	return p, b.weighted(p, total)
}

// ways is a plan in which nothing has been chosen yet.
func (b *compiler) ways(f expr.From, sort []search.Sort) (p *plan, err error) {
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
	p.written = written(p.conds)
	p.bounds, p.bounding, err = b.bounds(p.conds, f.Type)
	return p, err
}

// settle compiles what the chosen path, -1 for none, leaves open.
func (b *compiler) settle(p *plan, best int) error {
	b.sorts = !p.walked
	for i, e := range p.conds {
		if best >= 0 && (i == best && p.ways[i].exact || i == p.binding && p.who.member && p.ways[best].both) {
			continue
		}
		rest, err := b.cond(e, at{alias: "d", typ: p.typ, version: best < 0})
		if err != nil {
			return err
		}
		if best >= 0 && i == p.binding && p.who.by != 0 && p.ways[best].both && len(p.ways[best].arms) == 0 {
			rest = piece("d.via=?", p.who.by).or(rest) // most rows say it themselves
		}
		p.rest, p.rests = p.rest.and(frag{"(" + rest.sql + ")", rest.args}), p.rests+1
		effort, err := b.effort(e, p.typ)
		if err != nil {
			return err
		}
		p.effort += effort
	}
	return nil
}

// patient looks for the condition that binds the query to one Patient, his compartment rather than a reference to him,
// and tells where it stands.
func (b *compiler) patient(conds []expr.Expr) (who patientOf, where int, err error) {
	for i, e := range conds {
		id, member, by := "", false, int64(0)
		if in, ok := e.(expr.Compartment); ok {
			id, member = in.Patient, true
		} else if test, ok := e.(expr.Test); ok {
			if is, ok := test.Is.(search.RefIs); ok && is.Type == "Patient" {
				id = is.ID
				if is.Version == 0 {
					by = b.d.params[test.Param]
				}
			}
		}
		if id == "" || who.bound && !member {
			continue
		}
		nid, err := b.node(b.d.types["Patient"], id)
		if err != nil || member {
			return patientOf{nid: nid, member: member, bound: true}, i, err
		}
		who, where = patientOf{nid: nid, by: by, bound: true}, i
	}
	return who, where, nil
}

// choose picks the path, -1 for walking all, and fills in how it is read.
func (b *compiler) choose(p *plan, limit int, total int64) (best int, err error) {
	dated := p.order.dated(p.typ, b.d)
	found, open := 0, 0 // the paths, and the conditions that leave some out and don't merely bound the main date
	for i, way := range p.ways {
		switch {
		case way == nil && common(p.conds[i]):
		case way == nil:
			open++
		case way.name == "ids" || way.both && (dated && way.dated):
			p.take(way, dated && way.dated)
			return i, b.guess(p, limit, total)
		case p.bounding[i]:
		default:
			best, found, open = i, found+1, open+1
		}
	}
	if found == 1 && open == 1 && p.order.along(p.ways[best], dated) && p.ways[best].exact {
		p.take(p.ways[best], true)
		return best, b.guess(p, limit, total)
	}
	return b.weigh(p, limit, total, dated)
}

func (p *plan) take(way *path, walked bool) { p.path, p.walked = way, walked }

// guess is for a path that is taken without weighing it: a page of it is read, or if all is wanted as many as there
// are.
func (b *compiler) guess(p *plan, limit int, total int64) (err error) {
	if p.guess = min(int64(limit)+1, total); p.walked && limit < estimateMax || p.path.name == "ids" {
		return nil
	}
	p.guess, err = b.estimate(p.path, p, total)
	return err
}

// weigh compares by how many rows would be read. What bounds the main date bounds a walk by it, and every path in its
// order.
func (b *compiler) weigh(p *plan, limit int, total int64, dated bool) (best int, err error) {
	window, err := b.window(p, total)
	if err != nil {
		return 0, err
	}
	hits := make([]int64, len(p.ways))
	sought, unsure := float64(limit+1), false // how many rows a walk reads for a page
	for i, way := range p.ways {
		switch {
		case p.bounding[i]:
		case way == nil:
			unsure = unsure || !common(p.conds[i])
		default:
			if hits[i], err = b.estimate(way, p, total); err != nil {
				return 0, err
			}
			sought *= max(1, float64(window+1)/float64(min(hits[i], window)+1))
		}
	}
	if unsure { // nobody knows how rare it is: the worst is assumed
		sought = float64(window)
	}
	best, cost := -1, float64(sortCost*window)
	p.take(nil, false)
	switch p.order.shape {
	case computed:
	case byDate:
		p.walked, cost = true, walkCost*min(float64(window), sought)
	default:
		if own := walkCost * min(float64(total), sought*float64(total+1)/float64(window+1)); own <= cost {
			p.walked, cost = true, own
		}
	}
	for i, way := range p.ways {
		if way == nil || p.bounding[i] {
			continue
		}
		own, walked := sortCost*float64(hits[i]), p.order.along(way, dated)
		if walked {
			own = min(float64(hits[i]), sought*float64(hits[i]+1)/float64(window+1))
		}
		if own < cost {
			best, cost = i, own
			p.take(way, walked)
		}
	}
	if p.guess = int64(cost); best < 0 || !p.walked {
		p.guess /= sortCost // the rows themselves; walkCost is the same
	}
	return best, nil
}

// common says that most resources meet a condition: what asks for others than a few, and what a grant adds. Whether
// most have a value at all depends on the parameter.
func common(e expr.Expr) bool {
	switch e := e.(type) {
	case expr.Not:
		_, unknown := e.Expr.(expr.Missing)
		return !unknown
	case expr.Visible, expr.Confined:
		return true
	case expr.And:
		return !slices.ContainsFunc(e, func(x expr.Expr) bool { return !common(x) })
	case expr.Or:
		return slices.ContainsFunc(e, common)
	case expr.Test, expr.Missing, expr.Chain, expr.Only, expr.Reverse, expr.IDs, expr.Compartment, expr.Marked:
	}
	return false
}

// What it costs to read a row, compared with one of an index that is read in order: one that must be sorted, and one of
// a walk over all, where most are probed in vain.
const (
	sortCost = 2
	walkCost = 2
)
