package engine

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/query"
)

// bounds are the keys of field i of an index that terms ask for. Where documents have arrays, two terms may hold by
// different elements: then one alone counts, or those of one $elemMatch (MongoDB manual, Multikey Index Bounds). used
// is the $elemMatch that the bounds of the fields before come from; none if nothing can be said.
func (x *index) bounds(i int, all []term, used *usedArray) []span {
	var usable []term
	for _, t := range all {
		if t.path == x.pattern[i].Path && spans(t.Node, x.pattern[i].Desc) != nil {
			usable = append(usable, t)
		}
	}
	if len(usable) == 0 {
		return nil
	}
	if x.arrays[i] != 0 {
		if usable = x.ofOneElement(i, usable, used); len(usable) == 0 {
			return nil
		}
	}
	out := spans(usable[0].Node, x.pattern[i].Desc)
	for _, t := range usable[1:] {
		out = both(out, spans(t.Node, x.pattern[i].Desc))
	}
	return out
}

// usedArray is which array the bounds so far are about.
type usedArray struct {
	any bool
	one *query.Node
}

// ofOneElement are the terms that hold by the same element of the array that field i leads through.
func (x *index) ofOneElement(i int, usable []term, used *usedArray) []term {
	// Equality first, for it is the narrowest.
	slices.SortStableFunc(usable, func(a, b term) int { return rank(a.Op) - rank(b.Op) })
	first := usable[0]
	if used.any {
		at := slices.IndexFunc(usable, func(t term) bool { return t.one != nil && t.one == used.one })
		if at < 0 {
			return nil
		}
		first = usable[at]
	}
	used.any = true
	if first.one == nil || !x.within(i, first) {
		return []term{first}
	}
	used.one = first.one
	return slices.DeleteFunc(usable, func(t term) bool { return t.one != first.one })
}

// within says whether the array of a term's $elemMatch is the only one on the way of field i.
func (x *index) within(i int, t term) bool { return x.arrays[i]&^(1<<(t.depth-1)) == 0 }

func rank(op query.Op) int {
	switch op {
	case query.Eq:
		return 0
	case query.In:
		return 1
	}
	return 2
}

// serves says whether every document that passes the terms has a key in the index.
func (x *index) serves(all []term) bool {
	if x.covers != nil && !implied(x.covers.Root, all) {
		return false
	}
	return x.partial == nil || implied(x.partial.Root, all)
}

// implied says whether what passes the terms passes a part of a partial index's filter.
func implied(n *query.Node, all []term) bool {
	switch n.Op {
	case query.And:
		return !slices.ContainsFunc(n.Nodes, func(kid *query.Node) bool { return !implied(kid, all) })
	case query.Or:
		return slices.ContainsFunc(n.Nodes, func(kid *query.Node) bool { return implied(kid, all) })
	}
	return slices.ContainsFunc(all, func(t term) bool { return t.path == n.Path && t.one == nil && implies(t.Node, n) })
}

// implies says whether what passes t passes n, both about one path.
func implies(t, n *query.Node) bool {
	if n.Op == query.Exists {
		return !t.Test(bsoncore.Value{}, false)
	}
	if above := t.Op == query.Gt || t.Op == query.Gte; above && n.Op == query.Gt && len(t.Keys) == 1 && len(n.Keys) == 1 {
		far := bytes.Compare(t.Keys[0], n.Keys[0])
		return far > 0 || far == 0 && t.Op == query.Gt
	}
	if n.Op == query.Type || t.Op != query.Eq && t.Op != query.In {
		return t.Op == n.Op && slices.EqualFunc(t.Keys, n.Keys, slices.Equal) && n.Op != query.Type
	}
	return !slices.ContainsFunc(t.Keys, func(key []byte) bool { return !n.Holds(key) })
}
