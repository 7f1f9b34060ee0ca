package engine

import (
	"bytes"
	"container/heap"

	"github.com/google/btree"
)

// cursor goes through a range of an index, one key at a time.
type cursor struct {
	tree     *btree.BTreeG[entry]
	keys     keyRange
	backward bool
	now      entry
	ok       bool
}

// next goes to the next key; at first to the first.
func (c *cursor) next(first bool) {
	last := c.now
	c.ok = false
	take := func(e entry) bool {
		if !first && e.id == last.id && bytes.Equal(e.key, last.key) {
			return true
		}
		c.now, c.ok = e, bytes.Compare(e.key, c.keys.from) >= 0 && bytes.Compare(e.key, c.keys.to) < 0
		return false
	}
	switch {
	case c.backward && first:
		c.tree.DescendLessOrEqual(entry{key: c.keys.to}, take)
	case c.backward:
		c.tree.DescendLessOrEqual(last, take)
	case first:
		c.tree.AscendGreaterOrEqual(entry{key: c.keys.from}, take)
	default:
		c.tree.AscendGreaterOrEqual(last, take)
	}
}

// merge is a heap of cursors by what comes after what the keys of each begin with.
type merge []*cursor

func (m merge) Len() int      { return len(m) }
func (m merge) Swap(i, j int) { m[i], m[j] = m[j], m[i] }
func (m merge) Less(i, j int) bool {
	c := bytes.Compare(m[i].now.key[m[i].keys.prefix:], m[j].now.key[m[j].keys.prefix:])
	if c == 0 {
		return m[i].now.id < m[j].now.id
	}
	return (c < 0) != m[i].backward
}
func (m *merge) Push(x any) { *m = append(*m, x.(*cursor)) }
func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

// entries calls yield with the keys of a plan's ranges in its order, until it says false.
func (p *plan) entries(yield func(entry) bool) {
	if p.merged {
		p.sideBySide(yield)
		return
	}
	for i := range p.ranges {
		if p.backward {
			i = len(p.ranges) - 1 - i
		}
		c := &cursor{tree: p.index.tree, keys: p.ranges[i], backward: p.backward}
		for c.next(true); c.ok; c.next(false) {
			if !yield(c.now) {
				return
			}
		}
	}
}

func (p *plan) sideBySide(yield func(entry) bool) {
	var all merge
	for _, r := range p.ranges {
		c := &cursor{tree: p.index.tree, keys: r, backward: p.backward}
		if c.next(true); c.ok {
			all = append(all, c)
		}
	}
	heap.Init(&all)
	for len(all) > 0 {
		if !yield(all[0].now) {
			return
		}
		if all[0].next(false); all[0].ok {
			heap.Fix(&all, 0)
		} else {
			heap.Pop(&all)
		}
	}
}
