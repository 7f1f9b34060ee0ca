package sqlite

import (
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"zombiezen.com/go/sqlite"
)

// farMost is how many of the resources that reach far are looked at to bound a walk.
const farMost = 100

// bounds are the limits that conditions on the main date set to k, the latest low end, and which conditions have set
// one.
func (b *compiler) bounds(conds []expr.Expr, t *spec.Type) (out frag, bounding []bool, err error) {
	bounding = make([]bool, len(conds))
	for i, e := range conds {
		is, ok := e.(expr.Test)
		if !ok || t.Date == nil || is.Param != t.Date {
			continue
		}
		when, ok := is.Is.(search.DateIs)
		if !ok {
			continue
		}
		low, has, err := b.lowest(t.Date, when)
		if err != nil {
			return frag{}, nil, err
		}
		if has {
			out, bounding[i] = out.and(piece("d.k>=?", low)), true
		}
		if high, has := highest(when); has && !b.d.manyDates(t.Name) {
			out, bounding[i] = out.and(piece("d.k<=?", high)), true
		}
	}
	return out, bounding, nil
}

// highest is the latest low end that a condition allows.
func highest(is search.DateIs) (int64, bool) {
	switch is.Op {
	case search.Eq, search.Le, search.Ap:
		return max(is.Lo, is.Hi), true
	case search.Lt, search.Eb:
		return is.Lo, true
	}
	return 0, false
}

// lowest is the earliest low end that a condition allows. What must reach beyond a time begins at most narrow before
// it, but for the few that are wide.
func (b *compiler) lowest(p *spec.Param, is search.DateIs) (low int64, ok bool, err error) {
	beyond := is.Hi
	switch is.Op {
	case search.Eq:
		return is.Lo, true, nil
	case search.Sa:
		return is.Hi, true, nil
	case search.Gt:
		low = is.Hi - narrow
	case search.Ge:
		low = min(is.Lo, is.Hi-narrow)
	case search.Ap:
		low, beyond = is.Lo-narrow, is.Lo
	default:
		return 0, false, nil
	}
	far, n := int64(search.MaxTime), int64(0)
	err = b.c.query(`SELECT min(lo), count(*) FROM (SELECT lo FROM wide WHERE p=? AND hi>? LIMIT ?)`, []any{b.d.params[p], beyond, farMost},
		func(s *sqlite.Stmt) error {
			if n = s.ColumnInt64(1); n > 0 {
				far = s.ColumnInt64(0)
			}
			return nil
		})
	return min(low, far), n < farMost, err
}
