package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/dicetest"
	"frontdesk/store/mongo/mongotest/fail"
	"frontdesk/store/mongo/mongotest/order"
	"frontdesk/store/mongo/mongotest/query"
)

type (
	m = bson.M
	d = bson.D
)

func marshal(t testing.TB, v any) bsoncore.Document {
	t.Helper()
	doc, err := bson.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func randomIndex(t testing.TB, r dicetest.Dice, n int, pattern d) Index {
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
		r := dicetest.New(seed)
		plain, indexed := New(false), New(false)
		var patterns []d
		for n := range 4 {
			patterns = append(patterns, r.Pattern())
			if _, _, err := indexed.CreateIndexes("db.c", []Index{randomIndex(t, r, n, patterns[n])}); err != nil {
				t.Log(err) // the same pattern came up twice
			}
		}
		for id := range 60 {
			doc := marshal(t, r.Doc(id))
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

func compare(t *testing.T, r dicetest.Dice, plain, indexed *Engine, pattern d, used map[bool]int) {
	t.Helper()
	filter, sort, limit := r.Filter(2), d{}, 0
	if r.IntN(2) == 0 {
		sort, limit = r.Sort(pattern), r.IntN(4)*3
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
