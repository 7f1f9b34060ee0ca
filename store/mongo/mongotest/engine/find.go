package engine

import (
	"bytes"
	"cmp"
	"math/bits"
	"slices"

	"frontdesk/store/mongo/mongotest/order"
)

// Found is what a query has found, and how.
type Found struct {
	Records      []*Record
	KeysExamined int
	DocsExamined int
	plan         *plan
	query        Query
}

// Find answers a query. A nil Collection has nothing.
func (c *Collection) Find(q Query) (*Found, error) {
	if c == nil {
		return &Found{query: q}, nil
	}
	p, err := c.plan(q)
	if err != nil {
		return nil, err
	}
	f := &Found{plan: p, query: q}
	enough := 0
	if p.sorted || len(q.Sort) == 0 {
		enough = q.Limit
	}
	seen := map[uint64]bool{}
	f.run(c, p, func(r *Record) bool {
		if !seen[r.id] {
			seen[r.id] = true
			f.DocsExamined++
			if q.Filter.Match(r.Doc) {
				f.Records = append(f.Records, r)
			}
		}
		return enough == 0 || len(f.Records) < enough
	})
	if !p.sorted && len(q.Sort) > 0 {
		if err := f.sort(q.Sort); err != nil {
			return nil, err
		}
	}
	if q.Limit > 0 && len(f.Records) > q.Limit {
		f.Records = f.Records[:q.Limit]
	}
	return f, nil
}

// run calls yield with the records that a plan comes by, until it says false.
func (f *Found) run(c *Collection, p *plan, yield func(*Record) bool) (more bool) {
	more = true
	for _, branch := range p.branches {
		if more = more && f.run(c, branch, yield); !more {
			return false
		}
	}
	switch {
	case p.branches != nil:
	case p.index == nil:
		c.records.Ascend(func(r *Record) bool { more = yield(r); return more })
	default:
		p.entries(func(e entry) bool {
			f.KeysExamined++
			r, ok := c.records.Get(&Record{id: e.id})
			more = !ok || yield(r)
			return more
		})
	}
	return more
}

// sort orders the records by the smallest of their keys, as an index over the pattern would. Those with the same key
// come in an order that nobody can take for one (MongoDB manual, Sort Consistency).
func (f *Found) sort(pattern order.Pattern) error {
	type keyed struct {
		key []byte
		*Record
	}
	all := make([]keyed, len(f.Records))
	for i, r := range f.Records {
		keys, _, err := pattern.Keys(r.Doc)
		if err != nil {
			return err
		}
		all[i] = keyed{keys[0], r}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		return cmp.Or(bytes.Compare(a.key, b.key), cmp.Compare(bits.Reverse64(a.id), bits.Reverse64(b.id)))
	})
	for i := range all {
		f.Records[i] = all[i].Record
	}
	return nil
}
