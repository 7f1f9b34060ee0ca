package sqlite

import "frontdesk/fhir/search"

// ranges is a path through rng: its own conditions, and for those that reach far another through wide.
func ranges(name string, p int64, near, far frag, exact bool) *path {
	arm := func(table string, cond frag) path {
		return path{name: name, from: piece(table + " r CROSS JOIN version d ON d.seq=r.seq"), exact: exact,
			where: frag{"r.p=? AND " + cond.sql, append([]any{p}, cond.args...)}}
	}
	if far.sql == "" {
		way := arm("rng", near)
		return &way
	}
	return &path{name: name, exact: exact, once: true, arms: []path{arm("rng", near), arm("wide", far)}}
}

// datePath bounds the low end where the operator does; where it bounds only the high end, the low end is at most narrow
// below it, or the row stands in wide.
func datePath(p int64, is search.DateIs) *path {
	cond := dates(is, "r.lo", "r.hi")
	with := func(sql string, args ...any) frag {
		return frag{sql + " AND (" + cond.sql + ")", append(args, cond.args...)}
	}
	var far frag
	near := with("1")
	switch is.Op {
	case search.Eq:
		near = with("r.lo>=? AND r.lo<=?", is.Lo, is.Hi)
	case search.Sa:
		near = with("r.lo>=?", is.Hi)
	case search.Lt, search.Eb:
		near = with("r.lo<=?", is.Lo)
	case search.Le:
		near = with("r.lo<=?", max(is.Lo, is.Hi))
	case search.Gt:
		near, far = with("r.lo>=?", is.Hi-narrow), with("r.hi>?", is.Hi)
	case search.Ge:
		near, far = with("r.lo>=?", min(is.Lo, is.Hi-narrow)), with("r.hi>?", is.Hi)
	case search.Ap:
		near, far = with("r.lo>=? AND r.lo<?", is.Lo-narrow, is.Hi), with("r.hi>? AND r.lo<?", is.Lo, is.Hi)
	}
	return ranges("date", p, near, far, true)
}

// numberPath gives a little more than asked, for package search to judge: a row stands in wide if its ends differ.
func numberPath(p int64, is search.NumberIs) *path {
	var near, far frag
	switch is.Op {
	case search.Eq:
		near = piece("r.lo>=? AND r.lo<=?", is.Lo, is.Hi)
	case search.Ap:
		near, far = piece("r.lo>=? AND r.lo<=?", is.Lo, is.Hi), piece("r.hi>=?", is.Lo)
	case search.Gt, search.Ge:
		near, far = piece("r.lo>=?", min(is.Lo, is.Hi)), piece("r.hi>=?", min(is.Lo, is.Hi))
	case search.Sa:
		near = piece("r.lo>=?", is.Hi)
	case search.Lt, search.Le, search.Eb:
		near = piece("r.lo<=?", max(is.Lo, is.Hi))
	default:
		return nil
	}
	return ranges("number", p, near, far, false)
}
