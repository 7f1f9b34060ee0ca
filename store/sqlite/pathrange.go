package sqlite

import "frontdesk/fhir/search"

// ranges is a path through rng: its own conditions, and for those that reach far another through wide.
func ranges(name string, p int64, near, far frag, exact bool) *path {
	arm := func(table string, cond frag) path {
		return path{name: name, from: keyed(table, frag{"x.p=? AND " + cond.sql, append([]any{p}, cond.args...)}), exact: exact}
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
	cond := dates(is, "x.lo", "x.hi")
	with := func(sql string, args ...any) frag {
		return frag{sql + " AND (" + cond.sql + ")", append(args, cond.args...)}
	}
	var far frag
	near := with("1")
	switch is.Op {
	case search.Eq:
		near = with("x.lo>=? AND x.lo<=?", is.Lo, is.Hi)
	case search.Sa:
		near = with("x.lo>=?", is.Hi)
	case search.Lt, search.Eb:
		near = with("x.lo<=?", is.Lo)
	case search.Le:
		near = with("x.lo<=?", max(is.Lo, is.Hi))
	case search.Gt:
		near, far = with("x.lo>=?", is.Hi-narrow), with("x.hi>?", is.Hi)
	case search.Ge:
		near, far = with("x.lo>=?", min(is.Lo, is.Hi-narrow)), with("x.hi>?", is.Hi)
	case search.Ap:
		near, far = with("x.lo>=? AND x.lo<?", is.Lo-narrow, is.Hi), with("x.hi>? AND x.lo<?", is.Lo, is.Hi)
	}
	return ranges("date", p, near, far, true)
}

// numberPath gives a little more than asked, for package search to judge: a row stands in wide if its ends differ.
func numberPath(p int64, is search.NumberIs) *path {
	var near, far frag
	switch is.Op {
	case search.Eq:
		near = piece("x.lo>=? AND x.lo<=?", is.Lo, is.Hi)
	case search.Ap:
		near, far = piece("x.lo>=? AND x.lo<=?", is.Lo, is.Hi), piece("x.hi>=?", is.Lo)
	case search.Gt, search.Ge:
		near, far = piece("x.lo>=?", min(is.Lo, is.Hi)), piece("x.hi>=?", min(is.Lo, is.Hi))
	case search.Sa:
		near = piece("x.lo>=?", is.Hi)
	case search.Lt, search.Le, search.Eb:
		near = piece("x.lo<=?", max(is.Lo, is.Hi))
	default:
		return nil
	}
	return ranges("number", p, near, far, false)
}
