package sqlite

import (
	"strconv"

	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// phases compiles a plan to SELECTs of seq and the sort keys s1, s2 …, in order; a page is filled from one after the
// other. after is where the last page ended, nil at the start.
func (b *compiler) phases(p *plan, after *hit) []frag {
	switch {
	case !p.walked:
		return []frag{p.order.sorted(b.collected(p, false), after)}
	case p.path != nil && p.path.inSeq:
		return []frag{b.inSeq(p, after)}
	case p.path != nil || p.order.dated(p.typ, b.d):
		return b.byDate(p, after)
	case p.order.shape == bySeq:
		return []frag{b.bySeq(p, piece("d.seq AS seq"), frag{}, after)}
	case p.order.shape == byID:
		return []frag{b.byID(p, after)}
	}
	return b.byValue(p, after)
}

// every is all current resources of the plan's type, by an index.
func (b *compiler) every(p *plan, index string) (from, where frag) {
	return piece("version d INDEXED BY " + index), piece("d.type=? AND d.current=1", b.d.types[p.typ.Name])
}

// collected is everything a path leads to, with its sort keys. Unless it is made distinct, a resource may come several
// times.
func (b *compiler) collected(p *plan, distinct bool) frag {
	columns := piece("d.seq AS seq")
	for i, k := range p.order.keys {
		columns = columns.then(", ", frag{k.expr.sql + " AS s" + strconv.Itoa(i+1), k.expr.args})
	}
	from, where := b.every(p, "version_type")
	word := "SELECT "
	switch {
	case p.path == nil && p.bounds.sql != "":
		from, where = b.every(p, "version_date")
	case p.path == nil:
	case len(p.path.arms) > 0:
		rows := p.path.rows(frag{})
		from, where = frag{"(" + rows.sql + ") d", rows.args}, frag{}
	default:
		from, where = p.path.from, p.path.where
	}
	if distinct {
		word = "SELECT DISTINCT "
	}
	return piece(word).then("", columns).then(" FROM ", from).then(" WHERE ", where.and(p.bounds).and(p.rest))
}

// byDate walks by k. Newest first, what has no date is at the end of the range; else it is a range of its own.
func (b *compiler) byDate(p *plan, after *hit) []frag {
	if p.order.desc {
		return []frag{b.dated(p, frag{}, after)}
	}
	without := func(after *hit) frag { return b.dated(p, piece("d.k=?", int64(noDate)), after) }
	if len(p.order.keys) == 0 {
		return []frag{without(after)}
	}
	return p.order.parts(after, func(after *hit) frag { return b.dated(p, piece("d.k>?", int64(noDate)), after) },
		without)
}

// parts are what has a value of what is sorted by, and then what has none, from a position on.
func (o order) parts(after *hit, valued, without func(after *hit) frag) []frag {
	first, second := valued, without
	if o.back {
		first, second = without, valued
	}
	if after != nil && (after.keys[0] == nil) != o.back { // the position lies in the second
		return []frag{second(after)}
	}
	return []frag{first(after), second(nil)}
}

// dated is one range of an index in which k and seq come last.
func (b *compiler) dated(p *plan, part frag, after *hit) frag {
	dir, op := p.order.direction(p.order.desc)
	by := piece("d.k" + dir + ", d.seq" + dir)
	limits := part.and(p.bounds)
	if p.order.shape == bySeq { // k is the same for all
		limits = limits.and(p.written)
	}
	if after != nil {
		k := any(int64(noDate))
		if len(after.keys) > 0 && after.keys[0] != nil {
			k = after.keys[0]
		}
		limits = limits.and(piece("(d.k,d.seq)"+op+"(?,?)", k, after.seq))
	}
	columns := piece("d.seq AS seq")
	if len(p.order.keys) > 0 {
		columns = piece("d.seq AS seq, nullif(d.k, ?) AS s1", int64(noDate))
	}
	switch {
	case p.path == nil:
		from, where := b.every(p, "version_date")
		return piece("SELECT ").then("", columns).then(" FROM ", from).then(" WHERE ", where.and(limits).and(p.rest)).then(" ORDER BY ", by)
	case len(p.path.arms) > 0:
		// SQLite merges the arms as they come, each by its index; the LIMIT keeps it from dropping their order.
		rows := p.path.rows(limits).then(" ORDER BY ", piece("k"+dir+", seq"+dir+" LIMIT -1"))
		return piece("SELECT ").then("", columns).then(" FROM ", frag{"(" + rows.sql + ") d", rows.args}).then(" WHERE ", p.rest)
	}
	word := "SELECT "
	if !p.path.once {
		word = "SELECT DISTINCT "
	}
	return piece(word).then("", columns).then(" FROM ", p.path.from).then(" WHERE ", p.path.where.and(limits).and(p.rest)).then(" ORDER BY ", by)
}

// bySeq walks the resources of a type as they were written, those that meet a further condition.
func (b *compiler) bySeq(p *plan, columns, cond frag, after *hit) frag {
	dir, op := p.order.direction(p.order.desc)
	from, where := b.every(p, "version_type")
	where = where.and(p.written).and(cond)
	if after != nil {
		where = where.and(piece("d.seq"+op+"?", after.seq))
	}
	return piece("SELECT ").then("", columns).then(" FROM ", from).then(" WHERE ", where.and(p.rest)).then(" ORDER BY ", piece("d.seq"+dir))
}

// inSeq follows a path whose rows come as they were written. What is tried on them needs their k, which is looked up
// row by row, for what comes with k is not in the order of seq alone to SQLite.
func (b *compiler) inSeq(p *plan, after *hit) frag {
	dir, op := p.order.direction(p.order.desc)
	limits := p.written
	if after != nil {
		limits = limits.and(piece("d.seq"+op+"?", after.seq))
	}
	arms := p.path.arms
	if len(arms) == 0 {
		arms = []path{*p.path}
	}
	var rows frag
	for _, arm := range arms {
		rows = rows.then(" UNION ", piece("SELECT d.seq AS seq FROM ").then("", arm.from).then(" WHERE ", arm.where.and(limits)))
	}
	rows.sql += " ORDER BY seq" + dir + " LIMIT -1"
	return piece("SELECT d.seq AS seq FROM ").then("", frag{"(" + rows.sql + ") w CROSS JOIN version d ON d.seq=w.seq", rows.args}).
		then(" WHERE ", p.bounds.and(p.rest))
}

// byID walks the ids of a type. Over several types an id can come again behind the position.
func (b *compiler) byID(p *plan, after *hit) frag {
	dir, op := p.order.direction(p.order.keys[0].desc)
	where := piece("n.type=? AND d.current=1", b.d.types[p.typ.Name])
	if after != nil {
		_, tie := p.order.direction(p.order.desc)
		where = where.and(piece("n.id"+op+"=? AND (n.id"+op+"? OR d.seq"+tie+"?)", after.keys[0], after.keys[0], after.seq))
	}
	return piece("SELECT d.seq AS seq, n.id AS s1 FROM node n CROSS JOIN version d ON d.seq=n.seq").then(" WHERE ", where.and(p.rest)).then(" ORDER BY ", piece("n.id"+dir))
}

// byValue walks the values of the parameter that is sorted by, then the resources that have none.
func (b *compiler) byValue(p *plan, after *hit) []frag {
	table, column := "str", "text"
	if p.order.shape == byRange {
		table, column = "rng", "lo"
	}
	first := least
	if p.order.desc {
		first = greatest
	}
	dir, op := p.order.direction(p.order.desc)
	b.tests = append(b.tests, test{p: p.order.p, param: p.order.keys[0].sort.Param})
	none := piece("NOT holds("+at{alias: "d"}.entries()+", ?)", len(b.tests)-1)
	return p.order.parts(after, func(after *hit) frag {
		where := piece("s.p=? AND s.first&?", p.order.p, first)
		if after != nil {
			where = where.and(piece("(s."+column+",s.seq)"+op+"(?,?)", after.keys[0], after.seq))
		}
		return piece("SELECT d.seq AS seq, s."+column+" AS s1 FROM "+table+" s CROSS JOIN version d ON d.seq=s.seq").
			then(" WHERE ", where.and(p.rest)).then(" ORDER BY ", piece("s."+column+dir+", s.seq"+dir))
	}, func(after *hit) frag {
		return b.bySeq(p, piece("d.seq AS seq, NULL AS s1"), none, after)
	})
}

// written are the limits that conditions on _lastUpdated set to seq.
func written(conds []expr.Expr) frag {
	var out frag
	for _, e := range conds {
		t, ok := e.(expr.Test)
		if !ok || t.Param != spec.LastUpdated {
			continue
		}
		if is, ok := t.Is.(search.DateIs); ok {
			low, high := limits(is)
			out = out.and(piece("d.seq>=? AND d.seq<=?", low, high))
		}
	}
	return out
}
