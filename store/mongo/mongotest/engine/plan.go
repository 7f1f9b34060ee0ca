package engine

import (
	"bytes"
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// Query is what is looked for in a collection.
type Query struct {
	Filter *query.Filter
	Sort   order.Pattern
	Limit  int            // 0: none
	Hint   bsoncore.Value // the name of an index, or its key pattern, or {$natural: 1}; none leaves the choice to the engine
}

// keyRange are keys of an index that are gone through together.
type keyRange struct {
	span
	prefix int // the length of what all its keys begin with
}

// plan is how a query is answered.
type plan struct {
	index    *index // nil: all records, or what the branches find
	ranges   []keyRange
	points   int // the number of leading fields that are points in every range
	bounded  bool
	sorted   bool // the index gives the order
	merged   bool // the ranges are gone through side by side to give it
	backward bool
	branches []*plan
}

const (
	maxRanges = 1000 // beyond it, further fields of an index are not used
	maxCount  = 2000 // keys that are counted to choose between indexes
)

// plan chooses how to answer a query. It is an error if that takes going through everything and the engine refuses to.
func (c *Collection) plan(q Query) (*plan, error) {
	tests, ors := terms(q.Filter.Root, term{})
	if q.Hint.Type != 0 {
		return c.hinted(q, tests)
	}
	if best := c.best(q, tests); best != nil {
		return best, nil
	}
	for _, or := range ors {
		if p := c.union(q, or, tests); p != nil {
			return p, nil
		}
	}
	everything := q.Filter.Root.Op == query.And && len(q.Filter.Root.Nodes) == 0
	for _, x := range c.indexes {
		if p := x.plan(q, tests); p.sorted && x.serves(tests) && len(q.Sort) > 0 && (everything || !c.strict) {
			return p, nil
		}
	}
	if c.strict {
		return nil, fail.New(fail.CollectionScan, "no index of %s serves this filter: the whole collection would be scanned", c.name)
	}
	return &plan{}, nil
}

// best is the plan with the fewest keys among those with bounds on the first field of an index; nil if there is none.
func (c *Collection) best(q Query, tests []term) *plan {
	var found []*plan
	for _, x := range c.indexes {
		if p := x.plan(q, tests); p.bounded && x.serves(tests) {
			found = append(found, p)
		}
	}
	if len(found) < 2 {
		return slices.MinFunc(append(found, nil), func(a, b *plan) int { return b.weight() - a.weight() })
	}
	return slices.MinFunc(found, func(a, b *plan) int {
		return cmp.Or(a.cost(q)-b.cost(q), b.weight()-a.weight())
	})
}

func (p *plan) weight() int {
	if p == nil {
		return -1
	}
	return p.points
}

// cost is about how many keys there are to go through.
func (p *plan) cost(q Query) int {
	n := 0
	for _, r := range p.ranges {
		p.index.tree.AscendRange(entry{key: r.from}, entry{key: r.to}, func(entry) bool {
			n++
			return n < maxCount
		})
	}
	if p.sorted && q.Limit > 0 {
		n = min(n, 4*q.Limit)
	}
	return n
}

func (c *Collection) hinted(q Query, tests []term) (*plan, error) {
	name, _ := q.Hint.StringValueOK()
	if q.Hint.Type == bsoncore.TypeEmbeddedDocument {
		if _, natural := order.Field(q.Hint.Data, "$natural"); natural {
			return &plan{}, nil
		}
	}
	for _, x := range c.indexes {
		key := bsoncore.Value{Type: bsoncore.TypeEmbeddedDocument, Data: x.Key}
		if x.Name != name && !bytes.Equal(order.Key(key), order.Key(q.Hint)) {
			continue
		}
		if !x.serves(tests) {
			return nil, fail.New(fail.BadValue, "the hinted index %s leaves out documents that the filter may match", x.Name)
		}
		return x.plan(q, tests), nil
	}
	return nil, fail.New(fail.BadValue, "hint provided does not correspond to an existing index: %s", q.Hint)
}

// union plans each branch of a disjunction by an index of its own; nil if one has none.
func (c *Collection) union(q Query, or *query.Node, tests []term) *plan {
	out := &plan{bounded: true}
	for _, branch := range or.Nodes {
		more, _ := terms(branch, term{})
		p := c.best(Query{}, append(more, tests...))
		if p == nil {
			return nil
		}
		out.branches = append(out.branches, p)
	}
	return out
}

// plan is how an index answers a query.
func (x *index) plan(q Query, tests []term) *plan {
	p := &plan{index: x}
	used := &usedArray{}
	prefixes := [][]byte{nil}
	for i := range x.pattern {
		found := x.bounds(i, tests, used)
		if found == nil {
			break
		}
		p.bounded = true
		if len(prefixes)*len(found) > maxRanges && i > 0 {
			break
		}
		if slices.ContainsFunc(found, func(s span) bool { return s.point == nil }) {
			p.extend(prefixes, found)
			p.order(q.Sort, prefixes)
			return p
		}
		prefixes = product(prefixes, found)
		p.points++
	}
	p.extend(prefixes, []span{{from: nil, to: []byte{0xff, 0xff}}})
	p.order(q.Sort, prefixes)
	return p
}

func product(prefixes [][]byte, points []span) [][]byte {
	var out [][]byte
	for _, prefix := range prefixes {
		for _, s := range points {
			out = append(out, slices.Concat(prefix, s.point))
		}
	}
	return out
}

// extend makes the ranges of what keys begin with and the spans of the field after.
func (p *plan) extend(prefixes [][]byte, spans []span) {
	for _, prefix := range prefixes {
		for _, s := range spans {
			p.ranges = append(p.ranges, keyRange{prefix: len(prefix),
				span: span{from: slices.Concat(prefix, s.from), to: slices.Concat(prefix, s.to)}})
		}
	}
}

// order finds out whether the index gives an order. What is one point doesn't matter to it; where there are several,
// their ranges are merged.
func (p *plan) order(sort order.Pattern, prefixes [][]byte) {
	pattern := p.index.pattern
	if p.gives(sort, 0) {
		p.sorted = true
		return
	}
	if len(prefixes) == 1 {
		sort = slices.DeleteFunc(slices.Clone(sort), func(part order.Part) bool {
			i := slices.IndexFunc(pattern[:p.points], func(own order.Part) bool { return own.Path == part.Path })
			return i >= 0 && p.index.arrays[i] == 0
		})
	}
	p.sorted = len(prefixes) <= mostMerged && p.gives(sort, p.points)
	p.merged = p.sorted && len(prefixes) > 1
}

// mostMerged is how many ranges are merged at the most to give an order (MongoDB's internalQueryMaxScansToExplode).
// With more everything is sorted.
const mostMerged = 200

// gives says whether the fields of the index from one on are those of an order, forward or backward.
func (p *plan) gives(sort order.Pattern, from int) bool {
	pattern := p.index.pattern[from:]
	if len(sort) > len(pattern) {
		return false
	}
	for i, part := range sort {
		opposite := part.Desc != pattern[i].Desc
		if part.Path != pattern[i].Path || p.index.arrays[from+i] != 0 || i > 0 && opposite != p.backward {
			return false
		}
		p.backward = opposite
	}
	return true
}
