package engine

import (
	"bytes"
	"slices"

	"github.com/google/btree"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"
)

// Record is a document at its place in a collection. It is never changed: an update puts another Record in its place.
type Record struct {
	id  uint64
	Doc bsoncore.Document
}

// Collection is one state of a collection. A nil one is a collection that doesn't exist.
type Collection struct {
	name    string
	records *btree.BTreeG[*Record]
	indexes []*index
	shared  bool // a snapshot has it: it must not be changed any more
	strict  bool // see Engine.RefuseScans
}

const degree = 32 // of the trees

func newCollection(name string, strict bool) *Collection {
	c := &Collection{name: name, strict: strict,
		records: btree.NewG(degree, func(a, b *Record) bool { return a.id < b.id })}
	id, err := newIndex(Index{Name: "_id_", Key: bsoncore.BuildDocument(nil, bsoncore.AppendInt32Element(nil, "_id", 1)), Unique: true})
	if err != nil {
		panic(err) // the key pattern is a constant
	}
	c.indexes = []*index{id}
	return c
}

// clone is a Collection that can be changed while c stays as it is.
func (c *Collection) clone() *Collection {
	out := &Collection{name: c.name, strict: c.strict, records: c.records.Clone(), indexes: make([]*index, len(c.indexes))}
	for i, x := range c.indexes {
		out.indexes[i] = &index{Index: x.Index, pattern: x.pattern, partial: x.partial, covers: x.covers,
			arrays: slices.Clone(x.arrays), tree: x.tree.Clone()}
	}
	return out
}

// Len is the number of documents.
func (c *Collection) Len() int {
	if c == nil {
		return 0
	}
	return c.records.Len()
}

// Reload is what is now at the place of a record, nil if nothing is.
func (c *Collection) Reload(r *Record) *Record {
	if c == nil {
		return nil
	}
	now, _ := c.records.Get(r)
	return now
}

// put replaces one record by another of the same id; nil stands for none. Their keys are known to be possible.
func (c *Collection) put(old, now *Record) {
	for _, x := range c.indexes {
		before, after := x.mustKeys(old), x.mustKeys(now)
		for _, key := range missing(before, after) {
			x.tree.Delete(entry{key, old.id})
		}
		for _, key := range missing(after, before) {
			x.tree.ReplaceOrInsert(entry{key, now.id})
		}
	}
	if now == nil {
		c.records.Delete(old)
	} else {
		c.records.ReplaceOrInsert(now)
	}
}

// missing are the keys of a that aren't in b. Both are sorted.
func missing(a, b [][]byte) [][]byte {
	return slices.DeleteFunc(slices.Clone(a), func(key []byte) bool {
		_, found := slices.BinarySearchFunc(b, key, bytes.Compare)
		return found
	})
}
