package path

import "frontdesk/fhir/path/system"

// The functions here take the one value that an argument or an input must be (FHIRPath 2.0, 4.5: singleton
// evaluation). They fail if there are several, or it is of another type; ok is false if there is none.

func (r *run) single(n *Node, c Collection) (v Value, ok bool) {
	if len(c) > 1 {
		r.fail(n, "one value is needed, and here are %d", len(c))
	}
	if len(c) == 0 {
		return v, false
	}
	return c[0], true
}

func (r *run) integer(n *Node, c Collection) (int64, bool) {
	v, ok := r.single(n, c)
	if !ok {
		return 0, false
	}
	i, ok := v.System().(int64)
	if !ok {
		r.fail(n, "an integer is needed, and here is a %s", v.TypeName())
	}
	return i, true
}

func (r *run) string(n *Node, c Collection) (string, bool) {
	v, ok := r.single(n, c)
	if !ok {
		return "", false
	}
	s, ok := v.System().(string)
	if !ok {
		if v.Element != nil && v.Element.value == nil {
			return "", false // a primitive with nothing but extensions
		}
		r.fail(n, "a string is needed, and here is a %s", v.TypeName())
	}
	return s, true
}

// decimal is a number, as a decimal.
func (r *run) decimal(n *Node, c Collection) (system.Decimal, bool) {
	v, ok := r.single(n, c)
	if !ok {
		return system.Decimal{}, false
	}
	d, ok := decimal(v.System()).(system.Decimal)
	if !ok {
		r.fail(n, "a number is needed, and here is a %s", v.TypeName())
	}
	return d, true
}

// truth is the boolean that a collection stands for: any other single value is true.
func (r *run) truth(n *Node, c Collection) truth {
	v, ok := r.single(n, c)
	if !ok {
		return unknown
	}
	b, ok := v.System().(bool)
	if ok {
		return truthOf(b)
	}
	if v.Element != nil && v.Element.value == nil {
		return unknown
	}
	return yes
}

// condition evaluates a criterion on a value.
func (r *run) condition(n *Node, f *frame) truth { return r.truth(n, r.eval(n, f)) }

// arg evaluates an argument where the function stands, in a scope of its own.
func (r *run) arg(n *Node, i int, f *frame) Collection { return r.eval(n.Args[i], f.within()) }
