package engine

import (
	"bytes"
	"slices"

	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// span is the keys of one field of an index from one on, up to another that is not among them. A point is one key.
type span struct {
	from, to []byte
	point    []byte // nil: not a point
}

// beyond is above everything that begins with a key: what follows one is a class, inverted or not, or the rest of a
// text.
func beyond(key []byte) []byte { return append(slices.Clip(key), 0xff, 0xff) }

// values are the keys between two, in the direction of a field of an index.
func values(low []byte, above bool, high []byte, upTo, desc bool) span {
	if desc {
		low, above, high, upTo = order.Inverted(high), !upTo, order.Inverted(low), !above
	}
	if above {
		low = beyond(low)
	}
	if upTo {
		high = beyond(high)
	}
	return span{from: low, to: high}
}

func point(key []byte, desc bool) span {
	s := values(key, false, key, true, desc)
	s.point = s.from
	return s
}

// spans are the keys of what passes a test, in a field with a direction; nil if an index can't tell.
func spans(n *query.Node, desc bool) []span {
	switch n.Op {
	case query.Eq, query.In:
		out := []span{}
		for _, key := range n.Keys {
			if order.Class(key[0]) == order.Array { // an index has the elements
				return nil
			}
			out = append(out, point(key, desc))
		}
		if desc {
			slices.Reverse(out)
		}
		return out
	case query.Prefix:
		text := append([]byte{byte(order.String)}, n.Text...)
		return []span{values(text, false, text, true, desc)}
	case query.Gt, query.Gte, query.Lt, query.Lte:
		return comparison(n, desc)
	}
	return nil
}

func comparison(n *query.Node, desc bool) []span {
	key := n.Keys[0]
	class := order.Class(key[0])
	if class == order.Array || class == order.MinKey || class == order.MaxKey {
		return nil
	}
	orEqual := n.Op == query.Gte || n.Op == query.Lte
	if n.Op == query.Gt || n.Op == query.Gte {
		return []span{values(key, !orEqual, []byte{byte(class) + 1}, false, desc)}
	}
	return []span{values([]byte{byte(class)}, false, key, orEqual, desc)}
}

// both are the keys in a span of each of two lists.
func both(a, b []span) []span {
	out := []span{}
	for _, x := range a {
		for _, y := range b {
			s := span{from: x.from, to: x.to, point: x.point}
			if bytes.Compare(y.from, s.from) > 0 {
				s.from = y.from
			}
			if bytes.Compare(y.to, s.to) < 0 {
				s.to = y.to
			}
			if s.point == nil {
				s.point = y.point
			}
			if bytes.Compare(s.from, s.to) < 0 {
				out = append(out, s)
			}
		}
	}
	return out
}

// term is a test that must hold of every match, with the path it is about.
type term struct {
	*query.Node
	path  string
	one   *query.Node // the $elemMatch it is in, nil: none
	depth int         // the number of steps to the array of which the $elemMatch takes one element
}

// terms are the tests that a filter is a conjunction of, and the disjunctions among them.
func terms(n *query.Node, within term) (tests []term, ors []*query.Node) {
	path := n.Path
	if within.path != "" {
		path = within.path
		if n.Path != "" {
			path += "." + n.Path
		}
	}
	switch n.Op {
	case query.And:
		for _, kid := range n.Nodes {
			more, moreOrs := terms(kid, within)
			tests, ors = append(tests, more...), append(ors, moreOrs...)
		}
	case query.ElemMatch, query.ElemValue:
		steps := len(bytes.Split([]byte(path), []byte(".")))
		tests, _ = terms(n.Nodes[0], term{path: path, one: n, depth: steps})
	case query.Or:
		ors = append(ors, n)
	case query.NotOne, query.Nor:
	default:
		tests = append(tests, term{n, path, within.one, within.depth})
	}
	return tests, ors
}
