package engine

import (
	"bytes"
	"strings"

	"github.com/google/btree"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

// Index is what an index is made with.
type Index struct {
	Name    string
	Key     bsoncore.Document // the key pattern
	Unique  bool
	Sparse  bool
	Partial bsoncore.Document // partialFilterExpression; nil: none
	// Expires is expireAfterSeconds plus one, 0 if there is none. Nothing is ever removed: nobody may rely on when
	// MongoDB does that.
	Expires int64
}

// entry is one key of one record.
type entry struct {
	key []byte
	id  uint64
}

func before(a, b entry) bool {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c < 0
	}
	return a.id < b.id
}

type index struct {
	Index
	pattern order.Pattern
	partial *query.Filter // what Partial says; nil: everything
	covers  *query.Filter // which documents have a key if the index is sparse; nil: all
	arrays  order.Arrays  // where an array has ever been; the index is multikey there
	tree    *btree.BTreeG[entry]
}

// partialOperators are those a partialFilterExpression may have (MongoDB manual, Partial Indexes).
var partialOperators = map[query.Op]bool{query.And: true, query.Eq: true, query.Exists: true, query.Gt: true, query.Gte: true,
	query.Lt: true, query.Lte: true, query.Type: true, query.In: true, query.Or: true}

func newIndex(spec Index) (*index, error) {
	pattern, err := order.ParsePattern(spec.Key)
	if err != nil {
		return nil, err
	}
	if len(pattern) == 0 {
		return nil, fail.New(fail.CannotCreateIndex, "Index keys cannot be an empty object")
	}
	x := &index{Index: spec, pattern: pattern, arrays: make(order.Arrays, len(pattern)), tree: btree.NewG(degree, before)}
	if spec.Partial != nil {
		if x.partial, err = query.Parse(spec.Partial); err != nil {
			return nil, err
		}
		if op := unfit(x.partial.Root); op != "" {
			return nil, fail.New(fail.CannotCreateIndex, "unsupported expression in partial index: %s", op)
		}
	}
	if spec.Sparse {
		x.covers, err = anyExists(pattern)
	}
	return x, err
}

// unfit is an operator of a filter that no partial index may have.
func unfit(n *query.Node) query.Op {
	if !partialOperators[n.Op] {
		return n.Op
	}
	for _, kid := range n.Nodes {
		if op := unfit(kid); op != "" {
			return op
		}
	}
	return ""
}

// anyExists is the filter for documents that have at least one of the fields of a pattern.
func anyExists(pattern order.Pattern) (*query.Filter, error) {
	var each bson.A
	for _, part := range pattern {
		each = append(each, bson.M{part.Path: bson.M{"$exists": true}})
	}
	doc, err := bson.Marshal(bson.M{"$or": each})
	if err != nil {
		return nil, fail.New(fail.BadValue, "%v", err)
	}
	return query.Parse(doc)
}

// keys are the keys of a record, none if it is nil or the index leaves it out.
func (x *index) keys(r *Record) ([][]byte, order.Arrays, error) {
	if r == nil || x.partial != nil && !x.partial.Match(r.Doc) || x.covers != nil && !x.covers.Match(r.Doc) {
		return nil, nil, nil
	}
	return x.pattern.Keys(r.Doc)
}

// mustKeys are the keys of a record for which there was no error before, and notes where arrays are.
func (x *index) mustKeys(r *Record) [][]byte {
	keys, arrays, err := x.keys(r)
	if err != nil {
		panic(err) // admit lets no such record in
	}
	for i := range arrays {
		x.arrays[i] |= arrays[i]
	}
	return keys
}

// holder is the id of a record other than id that has a key.
func (x *index) holder(key []byte, id uint64) (other uint64, found bool) {
	x.tree.AscendGreaterOrEqual(entry{key: key}, func(e entry) bool {
		if !bytes.Equal(e.key, key) {
			return false
		}
		other, found = e.id, e.id != id
		return !found
	})
	return other, found
}

// duplicate is the error for a key that another document has.
func (x *index) duplicate(namespace string, doc bsoncore.Document) error {
	var key bson.D
	for _, part := range x.pattern {
		v, err := bson.Raw(doc).LookupErr(strings.Split(part.Path, ".")...)
		if err != nil {
			v = bson.RawValue{Type: bson.TypeNull}
		}
		key = append(key, bson.E{Key: part.Path, Value: v})
	}
	err := fail.New(fail.DuplicateKey, "E11000 duplicate key error collection: %s index: %s dup key: { %s }", namespace, x.Name, x.Key)
	err.Extra = bson.D{{Key: "keyPattern", Value: bson.Raw(x.Key)}, {Key: "keyValue", Value: key}}
	return err
}
