package path

// sets are functions of collections as sets (FHIRPath 2.0, 5.1 to 5.4).
func sets() map[string]function {
	return map[string]function{
		"distinct": {0, 0, func(r *run, n *Node, _ *frame, in Collection) Collection { return r.distinct(n, in) }, "same", ""},
		"isDistinct": {0, 0, func(r *run, n *Node, _ *frame, in Collection) Collection {
			return one(len(r.distinct(n, in)) == len(in))
		}, "Boolean", ""},
		"subsetOf": {1, 1, subset(false), "Boolean", ""}, "supersetOf": {1, 1, subset(true), "Boolean", ""},
		"intersect": {1, 1, intersect, "same", ""}, "exclude": {1, 1, exclude, "same", ""},
		"union": {1, 1, func(r *run, n *Node, f *frame, in Collection) Collection {
			return r.distinct(n, append(append(Collection{}, in...), r.arg(n, 0, f)...))
		}, "", ""},
		"combine": {1, 2, func(r *run, n *Node, f *frame, in Collection) Collection {
			return append(append(Collection{}, in...), r.arg(n, 0, f)...)
		}, "", ""},
	}
}

// distinct drops what is there before.
func (r *run) distinct(n *Node, in Collection) (out Collection) {
	if len(in) < 2 {
		return in
	}
	seen := make(map[string]bool, len(in))
	for _, v := range in {
		if k := r.key(n, v); !seen[k] {
			seen[k] = true
			out = append(out, v)
		}
	}
	return out
}

// keys are those of a collection's values.
func (r *run) keys(n *Node, in Collection) map[string]bool {
	all := make(map[string]bool, len(in))
	for _, v := range in {
		all[r.key(n, v)] = true
	}
	return all
}

func subset(super bool) func(*run, *Node, *frame, Collection) Collection {
	return func(r *run, n *Node, f *frame, in Collection) Collection {
		part, whole := in, r.arg(n, 0, f)
		if super {
			part, whole = whole, part
		}
		there := r.keys(n, whole)
		for _, v := range part {
			if !there[r.key(n, v)] {
				return one(false)
			}
		}
		return one(true)
	}
}

func intersect(r *run, n *Node, f *frame, in Collection) (out Collection) {
	there := r.keys(n, r.arg(n, 0, f))
	for _, v := range r.distinct(n, in) {
		if there[r.key(n, v)] {
			out = append(out, v)
		}
	}
	return out
}

func exclude(r *run, n *Node, f *frame, in Collection) (out Collection) {
	there := r.keys(n, r.arg(n, 0, f))
	for _, v := range in {
		if !there[r.key(n, v)] {
			out = append(out, v)
		}
	}
	return out
}
