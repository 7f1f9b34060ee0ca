package path

import (
	"slices"
)

// filters are existence, filtering, subsetting and going through collections (FHIRPath 2.0, 5.1 to 5.3, 5.9, 7).
func filters() map[string]function {
	return map[string]function{
		"empty":    {0, 0, func(_ *run, _ *Node, _ *frame, in Collection) Collection { return one(len(in) == 0) }, "Boolean", ""},
		"exists":   {0, 1, exists, "Boolean", ""},
		"all":      {1, 1, all, "Boolean", ""},
		"allTrue":  {0, 0, every(yes, true), "Boolean", ""},
		"allFalse": {0, 0, every(no, true), "Boolean", ""},
		"anyTrue":  {0, 0, every(yes, false), "Boolean", ""},
		"anyFalse": {0, 0, every(no, false), "Boolean", ""},
		"not":      {0, 0, func(r *run, n *Node, _ *frame, in Collection) Collection { return r.truth(n, in).not().collection() }, "Boolean", ""},
		"count":    {0, 0, func(_ *run, _ *Node, _ *frame, in Collection) Collection { return one(int64(len(in))) }, "Integer", ""},
		"where":    {1, 1, where, "same", ""},
		"select":   {1, 1, selects, "arg", ""},
		"repeat":   {1, 1, repeat(true), "arg", ""}, "repeatAll": {1, 1, repeat(false), "arg", ""},
		"single": {0, 0, func(r *run, n *Node, _ *frame, in Collection) Collection { r.single(n, in); return in }, "same", ""},
		"first":  {0, 0, func(_ *run, _ *Node, _ *frame, in Collection) Collection { return in[:min(1, len(in))] }, "same", ""},
		"last":   {0, 0, func(_ *run, _ *Node, _ *frame, in Collection) Collection { return in[max(0, len(in)-1):] }, "same", ""},
		"tail":   {0, 0, func(_ *run, _ *Node, _ *frame, in Collection) Collection { return in[min(1, len(in)):] }, "same", ""},
		"skip":   {1, 1, skip, "same", ""}, "take": {1, 1, take, "same", ""},
		"iif": {2, 3, iif, "", ""}, "aggregate": {1, 2, aggregate, "", ""}, "sort": {0, 20, sorted, "same", ""},
		"trace": {1, 2, trace, "same", ""}, "defineVariable": {1, 2, defineVariable, "same", ""},
	}
}

func exists(r *run, n *Node, f *frame, in Collection) Collection {
	if len(n.Args) == 0 {
		return one(len(in) > 0)
	}
	for i, v := range in {
		if r.condition(n.Args[0], f.on(v, i)) == yes {
			return one(true)
		}
	}
	return one(false)
}

func all(r *run, n *Node, f *frame, in Collection) Collection {
	for i, v := range in {
		if r.condition(n.Args[0], f.on(v, i)) != yes {
			return one(false)
		}
	}
	return one(true)
}

// every is allTrue and the like: whether all values are the one, or any is.
func every(want truth, all bool) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, _ *frame, in Collection) Collection {
		out := all
		for _, v := range in {
			b, ok := v.System().(bool)
			if !ok {
				r.fail(n, "%s() is for booleans, and here is a %s", n.Text, v.TypeName())
			}
			if (truthOf(b) == want) != all {
				out = !all
			}
		}
		return one(out)
	}
}

func where(r *run, n *Node, f *frame, in Collection) (out Collection) {
	for i, v := range in {
		if r.condition(n.Args[0], f.on(v, i)) == yes {
			out = append(out, v)
		}
	}
	return out
}

func selects(r *run, n *Node, f *frame, in Collection) (out Collection) {
	for i, v := range in {
		if out = append(out, r.eval(n.Args[0], f.on(v, i))...); len(out) > maxResult {
			r.fail(n, "the expression gives too many values")
		}
	}
	return out
}

// repeat gives what the argument leads to, and from there again, until there is nothing new; or, of repeatAll, nothing.
func repeat(distinct bool) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, f *frame, in Collection) (out Collection) {
		seen := map[string]bool{}
		for at := in; len(at) > 0; {
			var next Collection
			for i, v := range at {
				for _, w := range r.eval(n.Args[0], f.on(v, i)) {
					if distinct {
						if k := r.key(n, w); seen[k] {
							continue
						} else {
							seen[k] = true
						}
					}
					next = append(next, w)
				}
			}
			if out = append(out, next...); len(out) > maxResult {
				r.fail(n, "the expression gives too many values")
			}
			at = next
		}
		return out
	}
}

// key is that of a value, for which it counts as many steps as it is long.
func (r *run) key(n *Node, v Value) string {
	k := key(v)
	r.step(n, len(k)/16)
	return k
}

func skip(r *run, n *Node, f *frame, in Collection) Collection {
	i, _ := r.integer(n, r.arg(n, 0, f))
	return in[min(max(0, int(i)), len(in)):]
}

func take(r *run, n *Node, f *frame, in Collection) Collection {
	i, _ := r.integer(n, r.arg(n, 0, f))
	return in[:min(max(0, int(i)), len(in))]
}

// iif evaluates only the side that the criterion takes.
func iif(r *run, n *Node, f *frame, in Collection) Collection {
	if len(in) > 1 {
		r.fail(n, "iif() is for one value, and here are %d", len(in))
	}
	inner := f.within()
	if n.On != nil {
		inner.focus = in
	}
	c := r.eval(n.Args[0], inner)
	if v, ok := r.single(n.Args[0], c); ok {
		if _, is := v.System().(bool); !is {
			r.fail(n.Args[0], "the criterion of iif() must be a boolean, and here is a %s", v.TypeName())
		}
	}
	switch {
	case r.truth(n.Args[0], c) == yes:
		return r.eval(n.Args[1], inner.within())
	case len(n.Args) > 2:
		return r.eval(n.Args[2], inner.within())
	}
	return nil
}

func aggregate(r *run, n *Node, f *frame, in Collection) Collection {
	var total Collection
	if len(n.Args) > 1 {
		total = r.arg(n, 1, f)
	}
	for i, v := range in {
		inner := f.on(v, i)
		before := total
		inner.total = &before
		total = r.eval(n.Args[0], inner)
	}
	return total
}

// sorted orders by the keys that are its arguments: backwards by one with a minus in front. What has no key comes
// first.
func sorted(r *run, n *Node, f *frame, in Collection) Collection {
	type row struct {
		v    Value
		keys []Collection
	}
	args := n.Args
	if len(args) == 0 {
		args = []*Node{{Op: This, Pos: n.Pos}}
	}
	rows := make([]row, len(in))
	for i, v := range in {
		rows[i].v = v
		for _, a := range args {
			if a.Op == Polarity {
				a = a.Args[0]
			}
			k := r.eval(a, f.on(v, i))
			r.single(a, k)
			rows[i].keys = append(rows[i].keys, k)
		}
	}
	slices.SortStableFunc(rows, func(x, y row) int {
		r.step(n, 1)
		for i, a := range args {
			order := r.orderOf(n, x.keys[i], y.keys[i])
			if a.Op == Polarity && a.Text == "-" && len(x.keys[i]) == len(y.keys[i]) {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	out := make(Collection, len(in))
	for i := range rows {
		out[i] = rows[i].v
	}
	return out
}

func (r *run) orderOf(n *Node, a, b Collection) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) - len(b)
	}
	order, _, ok := compare(a[0], b[0])
	if !ok {
		r.fail(n, "a %s and a %s can't be sorted", a[0].TypeName(), b[0].TypeName())
	}
	return order
}

func trace(r *run, n *Node, f *frame, in Collection) Collection {
	name, _ := r.string(n, r.arg(n, 0, f))
	what := in
	if len(n.Args) > 1 {
		projection := *n
		projection.Args = n.Args[1:]
		what = selects(r, &projection, f, in)
	}
	if r.env.Trace != nil {
		r.env.Trace(name, what)
	}
	return in
}

func defineVariable(r *run, n *Node, f *frame, in Collection) Collection {
	name, ok := r.string(n, r.arg(n, 0, f))
	what := in
	if len(n.Args) > 1 {
		inner := f.within()
		inner.focus = in
		what = r.eval(n.Args[1], inner)
	}
	if _, given := r.env.Variables[name]; !ok || given || builtin[name] || !f.define(name, what) {
		r.fail(n, "the variable %%%s is defined already, or has no name", name)
	}
	return in
}

// builtin are variables that can't be defined anew.
var builtin = map[string]bool{"context": true, "resource": true, "rootResource": true, "ucum": true, "sct": true, "loinc": true}
