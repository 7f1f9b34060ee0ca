package index

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// node is a condition while it is compiled: d, or if there are keys, that the document has one of them. exact says that
// it finds nothing but what it should.
type node struct {
	d     bson.D
	keys  []string
	exact bool
	hot   bool // the keys are of a hot parameter's tokens
	none  bool // it finds nothing
}

func everything() node { return node{exact: true} }

func nothing() node { return node{none: true, exact: true} }

func keys(k ...string) node { return node{keys: k, exact: true} }

func filter(field string, v any) node {
	return node{d: bson.D{{Key: field, Value: v}}, exact: true}
}

// between is that an array has an element from the first (inclusive) to the second (exclusive).
func between(field, from, to string, exact bool) node {
	n := filter(field, bson.D{{Key: "$elemMatch", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: to}}}})
	n.exact = exact
	return n
}

// superset says that the node may find more.
func (n node) superset() node { n.exact = n.exact && n.none; return n }

// only says whether what the node finds is all right.
func (n node) only(exact bool) node { n.exact = n.exact && exact; return n }

func (n node) mark(hot bool) node { n.hot = hot; return n }

// all says that it finds everything.
func (n node) all() bool { return !n.none && n.keys == nil && len(n.d) == 0 }

// filter is the node as MongoDB takes it.
func (n node) filter() bson.D {
	switch {
	case n.none:
		return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{}}}}}
	case len(n.keys) == 1:
		return bson.D{{Key: n.field(), Value: n.keys[0]}}
	case n.keys != nil:
		return bson.D{{Key: n.field(), Value: bson.D{{Key: "$in", Value: n.keys}}}}
	case n.d == nil:
		return bson.D{} // nil would be null
	}
	return n.d
}

func (n node) field() string { return "k" }

// and is true when all are.
func and(all []node) node {
	out := node{exact: true}
	var parts bson.A
	for _, n := range all {
		if n.none && n.exact {
			return nothing()
		}
		out.exact = out.exact && n.exact
		if !n.all() {
			parts = append(parts, n.filter())
			out.d = n.filter()
		}
	}
	if len(parts) > 1 {
		out.d = bson.D{{Key: "$and", Value: parts}}
	}
	if len(parts) == 1 && len(all) == 1 {
		return all[0]
	}
	return out
}

// or is true when one is. Keys are put together, for the index finds them all in one scan.
func or(any []node) node {
	any = slices.DeleteFunc(slices.Clone(any), func(n node) bool { return n.none })
	if len(any) == 0 {
		return nothing()
	}
	out := node{exact: true, hot: true}
	var parts bson.A
	for _, n := range any {
		out.exact, out.hot = out.exact && n.exact, out.hot && n.hot
		switch {
		case n.all():
			return node{exact: n.exact}
		case n.keys != nil:
			out.keys = append(out.keys, n.keys...)
		default:
			parts = append(parts, n.filter())
		}
	}
	slices.Sort(out.keys)
	out.keys = slices.Compact(out.keys)
	if parts == nil {
		return out
	}
	if out.keys != nil {
		parts = append(parts, out.filter())
	}
	one := node{exact: out.exact, d: bson.D{{Key: "$or", Value: parts}}}
	if len(parts) == 1 {
		one.d = parts[0].(bson.D)
	}
	return one
}

// not is true when the other isn't. Of one that finds too much nothing can be said.
func not(n node) node {
	switch {
	case n.none:
		return everything()
	case !n.exact:
		return node{}
	case n.all():
		return nothing()
	}
	return node{d: bson.D{{Key: "$nor", Value: bson.A{n.filter()}}}, exact: true}
}
