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

// numberPath bounds the low end where the operator does; where it bounds only the high end, that is the low end's too,
// or the row stands in wide. exact says that the number is all that is asked for.
func numberPath(p int64, is search.NumberIs, exact bool) *path {
	lo, hi := string(is.Lo), string(is.Hi)
	cond := numbers(is, "x.lo", "x.hi")
	with := func(sql string, args ...any) frag {
		return frag{sql + " AND (" + cond.sql + ")", append(args, cond.args...)}
	}
	var near, far frag
	switch is.Op {
	case search.Eq:
		near = with("x.lo>=? AND x.lo<?", lo, hi)
	case search.Ap:
		near, far = with("x.lo>=? AND x.lo<?", lo, hi), with("x.hi>=?", lo)
	case search.Gt, search.Ge:
		near, far = with("x.lo>=?", hi), with("x.hi>=?", hi)
	case search.Sa:
		near = with("x.lo>?", hi)
	case search.Lt, search.Le, search.Eb:
		near = with("x.lo<=?", lo)
	default:
		return nil
	}
	return ranges("number", p, near, far, exact)
}

// numbers compares the range [lo, hi] of a row with the query's (search.NumberIs).
func numbers(is search.NumberIs, low, high string) frag {
	lo, hi := string(is.Lo), string(is.Hi)
	same := low + "=? AND " + high + "=?"
	switch is.Op {
	case search.Eq:
		return piece(low+">=? AND "+high+"<?", lo, hi)
	case search.Gt:
		return piece(high+">?", hi)
	case search.Lt:
		return piece(low+"<?", lo)
	case search.Ge:
		return piece(high+">? OR "+same, hi, lo, hi)
	case search.Le:
		return piece(low+"<? OR "+same, lo, lo, hi)
	case search.Sa:
		return piece(low+">?", hi)
	case search.Eb:
		return piece(high+"<?", lo)
	}
	return piece(low+"<? AND "+high+">=?", hi, lo) // Ap; by Ne no path leads
}
