package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

type (
	m = bson.M
	d = bson.D
	a = bson.A
)

func marshal(t testing.TB, v any) bsoncore.Document {
	t.Helper()
	doc, err := bson.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// dice makes documents and filters over few fields and few values, so that they meet.
type dice struct{ *rand.Rand }

func (r dice) scalar() any {
	return []any{nil, int32(r.IntN(4)), float64(r.IntN(8)) / 2, string(rune('a' + r.IntN(3))), "ab", true, d{{Key: "b", Value: r.IntN(3)}}}[r.IntN(7)]
}

func (r dice) value() any {
	switch r.IntN(4) {
	case 0:
		list := a{}
		for range r.IntN(4) {
			list = append(list, r.scalar())
		}
		return list
	case 1:
		list := a{}
		for range r.IntN(3) {
			element := d{{Key: "b", Value: r.scalar()}, {Key: "c", Value: r.scalar()}}
			if r.IntN(3) == 0 {
				element[0].Value = a{r.scalar(), r.scalar(), r.scalar()}
			}
			list = append(list, element)
		}
		return list
	}
	return r.scalar()
}

func (r dice) doc(id int) d {
	doc := d{{Key: "_id", Value: id}, {Key: "s", Value: r.IntN(6)}}
	for _, field := range []string{"a", "t"} {
		if r.IntN(5) > 0 {
			doc = append(doc, bson.E{Key: field, Value: r.value()})
		}
	}
	return doc
}

var paths = []string{"a", "a.b", "a.c", "t", "s", "t.b"}

func (r dice) test() any {
	op := []string{"$eq", "$gt", "$gte", "$lt", "$lte", "$ne"}[r.IntN(6)]
	switch r.IntN(8) {
	case 0:
		return m{"$in": a{r.scalar(), r.scalar(), r.value()}}
	case 1:
		return d{{Key: "$gte", Value: r.scalar()}, {Key: "$lte", Value: r.scalar()}}
	case 2:
		return m{"$elemMatch": d{{Key: "$gte", Value: r.scalar()}, {Key: "$lt", Value: r.scalar()}}}
	case 3:
		return m{"$elemMatch": d{{Key: "b", Value: d{{Key: "$gte", Value: r.scalar()}, {Key: "$lte", Value: r.scalar()}}}, {Key: "c", Value: m{op: r.scalar()}}}}
	case 4:
		return []any{m{"$exists": r.IntN(2) == 0}, m{"$regex": "^a"}, m{"$size": 1}, m{"$all": a{r.scalar(), r.scalar()}}, m{"$not": m{op: r.scalar()}}}[r.IntN(5)]
	}
	return m{op: r.value()}
}

func (r dice) filter(depth int) d {
	var out d
	if r.IntN(4) == 0 {
		out = d{{Key: "a.b", Value: m{"$in": a{r.scalar(), r.scalar()}}}, {Key: "a.c", Value: m{"$eq": r.scalar()}}}
	}
	for range 1 + r.IntN(3) {
		if depth > 0 && r.IntN(6) == 0 {
			out = append(out, bson.E{Key: []string{"$or", "$and", "$nor"}[r.IntN(3)], Value: a{r.filter(depth - 1), r.filter(depth - 1)}})
			continue
		}
		out = append(out, bson.E{Key: paths[r.IntN(len(paths))], Value: r.test()})
	}
	return out
}

func (r dice) pattern() d {
	var out d
	fields := r.Perm(len(paths))[:1+r.IntN(3)]
	if r.IntN(3) == 0 {
		fields = []int{1, 2} // two fields of the elements of one array
	}
	for _, i := range fields {
		out = append(out, bson.E{Key: paths[i], Value: 1 - 2*r.IntN(2)})
	}
	return append(out, bson.E{Key: "_id", Value: 1 - 2*r.IntN(2)})
}

// sort is what an index may give: the end of its pattern, or the opposite of it.
func (r dice) sort(pattern d) d {
	var out d
	turn := 1 - 2*r.IntN(2)
	for _, part := range pattern[r.IntN(len(pattern)):] {
		out = append(out, bson.E{Key: part.Key, Value: part.Value.(int) * turn})
	}
	return out
}

func (r dice) index(n int, pattern d, t testing.TB) Index {
	x := Index{Name: fmt.Sprint("x", n), Key: marshal(t, pattern)}
	switch r.IntN(5) {
	case 0:
		x.Sparse, x.Key = true, marshal(t, pattern[:len(pattern)-1]) // _id is never missing
	case 1:
		x.Partial = marshal(t, []any{m{"s": m{"$gte": 3}}, m{"a": m{"$exists": true}}, m{"t": 1}}[r.IntN(3)])
	}
	return x
}

// found are the _id that a query finds, in its order.
func found(t testing.TB, e *Engine, filter, sort d, limit int) ([]int32, *Found) {
	t.Helper()
	q := Query{Limit: limit}
	var err error
	if q.Filter, err = query.Parse(marshal(t, filter)); err != nil {
		t.Fatal(filter, err)
	}
	if q.Sort, err = order.ParsePattern(marshal(t, sort)); err != nil {
		t.Fatal(err)
	}
	var f *Found
	if err := e.Read(nil, "db.c", func(c *Collection) (err error) { f, err = c.Find(q); return err }); err != nil {
		if fe, ok := err.(*fail.Error); ok && fe.Code == fail.CannotIndexParallelArrays {
			return nil, nil // such a sort is an error by any plan that has to sort
		}
		t.Fatal(err)
	}
	var out []int32
	for _, r := range f.Records {
		id, _ := order.Field(r.Doc, "_id")
		out = append(out, id.Int32())
	}
	return out, f
}

// TestAnIndexNeverChangesTheAnswer compares collections that differ only in their indexes, by random queries.
func TestAnIndexNeverChangesTheAnswer(t *testing.T) {
	used := map[bool]int{}
	for seed := range uint64(40) {
		r := dice{rand.New(rand.NewPCG(seed, 1))}
		plain, indexed := New(false), New(false)
		var patterns []d
		for n := range 4 {
			patterns = append(patterns, r.pattern())
			if _, _, err := indexed.CreateIndexes("db.c", []Index{r.index(n, patterns[n], t)}); err != nil {
				t.Log(err) // the same pattern came up twice
			}
		}
		for id := range 60 {
			doc := marshal(t, r.doc(id))
			insert := func(*Collection) ([]Change, error) { return []Change{{New: doc}}, nil }
			if err := indexed.Write(context.Background(), nil, "db.c", insert); err != nil {
				continue // arrays in two fields of an index
			}
			if err := plain.Write(context.Background(), nil, "db.c", insert); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			compare(t, r, plain, indexed, patterns[r.IntN(4)], used)
		}
	}
	if used[true] < 1000 || used[false] < 1000 {
		t.Errorf("queries by an index: %d, without: %d", used[true], used[false])
	}
}

func compare(t *testing.T, r dice, plain, indexed *Engine, pattern d, used map[bool]int) {
	t.Helper()
	filter, sort, limit := r.filter(2), d{}, 0
	if r.IntN(2) == 0 {
		sort, limit = r.sort(pattern), r.IntN(4)*3
	}
	want, _ := found(t, plain, filter, sort, limit)
	got, f := found(t, indexed, filter, sort, limit)
	if f == nil || want == nil && len(got) > 0 && len(sort) > 0 {
		return
	}
	if len(sort) == 0 {
		slices.Sort(want)
		slices.Sort(got)
	}
	used[f.plan != nil && (f.plan.index != nil || f.plan.branches != nil)]++
	if !slices.Equal(want, got) {
		t.Errorf("%v sort %v limit %d: %v by %v, not %v", filter, sort, limit, got, f.Explain(), want)
	}
}
