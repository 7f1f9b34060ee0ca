package path

import "frontdesk/fhir/path/system"

// boundaries are the least and the greatest that a value may stand for, by its precision.
func boundaries() map[string]function {
	return map[string]function{
		"lowBoundary": {0, 1, boundary(false), "same", ""}, "highBoundary": {0, 1, boundary(true), "same", ""},
		"precision": {0, 0, precision, "Integer", ""},
	}
}

func boundary(high bool) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, f *frame, in Collection) Collection {
		v, ok := r.single(n, in)
		if !ok {
			return nil
		}
		digits := -1
		if len(n.Args) > 0 {
			given, ok := r.integer(n, r.arg(n, 0, f))
			if digits = int(given); !ok || digits < 0 {
				return nil
			}
		}
		switch s := decimal(v.System()).(type) {
		case system.Decimal:
			if d, ok := s.Boundary(digits, high); ok {
				return one(d)
			}
		case system.Quantity:
			if d, ok := s.Value.Boundary(digits, high); ok {
				return one(s.With(d))
			}
		case system.Moment:
			if m, ok := s.Boundary(digits, high); ok {
				return one(m)
			}
		default:
			r.fail(n, "%s() isn't for a %s", n.Text, v.TypeName())
		}
		return nil
	}
}

// precision is how many digits are given: of a decimal behind the point, of a date or time all.
func precision(r *run, n *Node, _ *frame, in Collection) Collection {
	v, ok := r.single(n, in)
	if !ok {
		return nil
	}
	switch s := decimal(v.System()).(type) {
	case system.Decimal:
		return one(int64(s.Digits()))
	case system.Quantity:
		return one(int64(s.Value.Digits()))
	case system.Moment:
		return one(int64(s.Digits()))
	}
	r.fail(n, "%s() isn't for a %s", n.Text, v.TypeName())
	return nil
}
