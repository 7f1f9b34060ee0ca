package mongotest_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

type (
	m = bson.M
	d = bson.D
	a = bson.A
)

// things are documents of all shapes that filters treat differently.
var things = []any{
	m{"_id": "missing"},
	m{"_id": "null", "v": nil},
	m{"_id": "int", "v": int32(5)},
	m{"_id": "long", "v": int64(7)},
	m{"_id": "double", "v": 5.5},
	m{"_id": "nan", "v": math.NaN()},
	m{"_id": "text", "v": "abc"},
	m{"_id": "longer", "v": "abcd"},
	m{"_id": "empty", "v": a{}},
	m{"_id": "array", "v": a{int32(1), int32(9)}},
	m{"_id": "nested", "v": a{a{int32(1), int32(9)}, nil}},
	m{"_id": "object", "v": d{{Key: "x", Value: int32(1)}, {Key: "y", Value: int32(2)}}},
	m{"_id": "objects", "v": a{m{"x": int32(1)}, m{"x": int32(3), "z": "t"}}},
	m{"_id": "true", "v": true},
	m{"_id": "date", "v": time.UnixMilli(5)},
}

// filters are what each finds among things (MongoDB manual, Query Documents and its pages on arrays and null).
var filters = []struct {
	filter any
	ids    string
}{
	{m{"v": int32(5)}, "int"},
	{m{"v": 5.0}, "int"},
	{m{"v": int64(5)}, "int"},
	{m{"v": int32(9)}, "array"},
	{m{"v": a{int32(1), int32(9)}}, "array nested"},
	{m{"v": a{int32(9), int32(1)}}, ""},
	{m{"v": nil}, "missing nested null"},
	{m{"v": m{"$ne": nil}}, "array date double empty int long longer nan object objects text true"},
	{m{"v": m{"$exists": true}}, "array date double empty int long longer nan nested null object objects text true"},
	{m{"v": m{"$exists": false}}, "missing"},
	{m{"v": math.NaN()}, "nan"},
	{m{"v": m{"$gt": int32(5)}}, "array double long"},
	{m{"v": m{"$gte": int32(5)}}, "array double int long"},
	{m{"v": m{"$lt": int32(6)}}, "array double int"},
	{m{"v": m{"$lte": 5.5}}, "array double int"},
	{m{"v": d{{Key: "$gt", Value: int32(2)}, {Key: "$lt", Value: int32(4)}}}, "array"},
	{m{"v": m{"$elemMatch": m{"$gt": int32(2), "$lt": int32(4)}}}, ""},
	{m{"v": m{"$elemMatch": m{"$gt": int32(8), "$lt": int32(10)}}}, "array"},
	{m{"v": m{"$gte": nil}}, "missing nested null"},
	{m{"v": m{"$lt": nil}}, ""},
	{m{"v": m{"$gt": "abc"}}, "longer"},
	{m{"v": m{"$gte": "ab", "$lt": "abcd"}}, "text"},
	{m{"v": m{"$gt": false}}, "true"},
	{m{"v": m{"$lte": time.UnixMilli(5)}}, "date"},
	{m{"v": m{"$in": a{int32(5), "abc", int32(1)}}}, "array int text"},
	{m{"v": m{"$in": a{nil, true}}}, "missing nested null true"},
	{m{"v": m{"$in": a{}}}, ""},
	{m{"v": m{"$nin": a{nil, int32(5), int32(1), "abc"}}}, "date double empty long longer nan object objects true"},
	{m{"v": m{"$ne": int32(1)}}, "date double empty int long longer missing nan nested null object objects text true"},
	{m{"v": m{"$not": m{"$gt": int32(5)}}}, "date empty int longer missing nan nested null object objects text true"},
	{m{"v": m{"$size": int32(0)}}, "empty"},
	{m{"v": m{"$size": int32(2)}}, "array nested objects"},
	{m{"v": m{"$all": a{int32(1), int32(9)}}}, "array"},
	{m{"v": m{"$all": a{a{int32(1), int32(9)}}}}, "array nested"},
	{m{"v": m{"$all": a{}}}, ""},
	{m{"v": m{"$type": "null"}}, "nested null"},
	{m{"v": m{"$type": "array"}}, "array empty nested objects"},
	{m{"v": m{"$regex": "^abc"}}, "longer text"},
	{m{"v": m{"$regex": `^\Qabcd\E`}}, "longer"},
	{m{"v": bson.Regex{Pattern: "^ab"}}, "longer text"},
	{m{"v": d{{Key: "x", Value: int32(1)}, {Key: "y", Value: int32(2)}}}, "object"},
	{m{"v": d{{Key: "y", Value: int32(2)}, {Key: "x", Value: int32(1)}}}, ""},
	{m{"v": m{"x": int32(1)}}, "objects"},
	{m{"v.x": int32(1)}, "object objects"},
	{m{"v.x": int32(3)}, "objects"},
	{m{"v.x": int32(1), "v.z": "t"}, "objects"},
	{m{"v": m{"$elemMatch": m{"x": int32(1), "z": "t"}}}, ""},
	{m{"v": m{"$elemMatch": m{"x": int32(3), "z": "t"}}}, "objects"},
	{m{"v": m{"$all": a{m{"$elemMatch": m{"x": int32(3)}}, m{"$elemMatch": m{"x": int32(1)}}}}}, "objects"},
	{m{"v.x": nil}, "date double int long longer missing nan null text true"},
	{m{"v.z": nil}, "date double int long longer missing nan null object objects text true"},
	{m{"v.x": m{"$exists": false}}, "array date double empty int long longer missing nan nested null text true"},
	{m{"$or": a{m{"v": int32(5)}, m{"v": "abc"}}}, "int text"},
	{m{"$and": a{m{"v": m{"$gt": int32(0)}}, m{"v": m{"$lt": int32(2)}}}}, "array"},
	{m{"$nor": a{m{"v": m{"$exists": true}}, m{"_id": "x"}}}, "missing"},
	{m{"v": m{"$gt": d{{Key: "x", Value: int32(1)}}}}, "object objects"},
}

func TestFiltersFindWhatTheManualSays(t *testing.T) {
	c := fill(t, anyServer(t), things...)
	for _, indexed := range []bool{false, true} {
		if indexed {
			createIndex(t, c, d{{Key: "v", Value: 1}})
			createIndex(t, c, d{{Key: "v.x", Value: -1}})
		}
		for _, f := range filters {
			t.Run(fmt.Sprint(f.filter), func(t *testing.T) {
				got := ids(t, c, f.filter, options.Find().SetSort(m{"_id": 1}))
				if s := fmt.Sprint(got); s != "["+f.ids+"]" {
					wrong(t, "indexed %v: it finds %v, not [%s]", indexed, s, f.ids)
				}
			})
		}
	}
}

func createIndex(t testing.TB, c *mongo.Collection, keys d, opts ...options.Lister[options.IndexOptions]) {
	t.Helper()
	model := mongo.IndexModel{Keys: keys}
	if len(opts) > 0 {
		model.Options = opts[0].(*options.IndexOptionsBuilder)
	}
	if _, err := c.Indexes().CreateOne(t.Context(), model); err != nil {
		t.Fatalf("index %v: %v", keys, err)
	}
}

func TestSortsGoByTypeAndByTheEndOfAnArray(t *testing.T) {
	c := fill(t, anyServer(t), things...)
	up := []any{"empty", "missing", "nested", "null", "nan", "array", "int", "double", "long", "text", "longer", "objects", "object", "true", "date"}
	down := []any{"date", "true", "nested", "objects", "object", "longer", "text", "array", "long", "double", "int", "nan", "missing", "null", "empty"}
	for _, indexed := range []bool{false, true} {
		if indexed {
			createIndex(t, c, d{{Key: "v", Value: 1}, {Key: "_id", Value: 1}})
		}
		for direction, want := range map[int][]any{1: up, -1: down} {
			t.Run(fmt.Sprint(direction), func(t *testing.T) {
				if got := ids(t, c, m{}, options.Find().SetSort(d{{Key: "v", Value: direction}, {Key: "_id", Value: 1}})); !slices.Equal(got, want) {
					wrong(t, "\n got %v\nwant %v", got, want)
				}
			})
		}
	}
}

func TestProjectionsGiveTheFieldsThatAreNamed(t *testing.T) {
	c := fill(t, anyServer(t), d{{Key: "_id", Value: 1}, {Key: "a", Value: "x"},
		{Key: "b", Value: d{{Key: "c", Value: 1}, {Key: "d", Value: 2}}}, {Key: "e", Value: a{d{{Key: "f", Value: 1}, {Key: "g", Value: 2}}, 3}}})
	for _, test := range []struct {
		fields d
		want   string
	}{
		{d{{Key: "a", Value: 1}}, `{"_id":1,"a":"x"}`},
		{d{{Key: "a", Value: 1}, {Key: "_id", Value: 0}}, `{"a":"x"}`},
		{d{{Key: "_id", Value: 1}}, `{"_id":1}`},
		{d{{Key: "_id", Value: 0}, {Key: "b", Value: 0}, {Key: "e", Value: 0}}, `{"a":"x"}`},
		{d{{Key: "b.c", Value: 1}, {Key: "e.g", Value: true}}, `{"_id":1,"b":{"c":1},"e":[{"g":2}]}`},
		{d{{Key: "b.c", Value: 0}, {Key: "e.g", Value: 0}, {Key: "a", Value: 0}}, `{"_id":1,"b":{"d":2},"e":[{"f":1},3]}`},
		{d{{Key: "a.z", Value: 1}}, `{"_id":1}`},
	} {
		raw, err := c.FindOne(t.Context(), m{}, options.FindOne().SetProjection(test.fields)).Raw()
		if err != nil {
			t.Fatal(err)
		}
		if got := compact(t, raw); got != test.want {
			t.Errorf("%v gives %s, not %s", test.fields, got, test.want)
		}
	}
}

// compact is a document as relaxed extended JSON.
func compact(t testing.TB, doc bson.Raw) string {
	t.Helper()
	text, err := bson.MarshalExtJSON(doc, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestACursorGivesEverythingInBatches(t *testing.T) {
	c := anyServer(t)
	var docs, want []any
	for i := range int32(25) {
		docs, want = append(docs, m{"_id": i, "v": -i}), append([]any{i}, want...)
	}
	fill(t, c, docs...)
	for _, size := range []int32{1, 7, 25, 26} {
		if got := ids(t, c, m{}, options.Find().SetBatchSize(size).SetSort(m{"v": 1})); !slices.Equal(got, want) {
			t.Errorf("by %d: %v", size, got)
		}
		if got := ids(t, c, m{}, options.Find().SetBatchSize(size).SetSort(m{"v": 1}).SetLimit(10)); !slices.Equal(got, want[:10]) {
			t.Errorf("10 by %d: %v", size, got)
		}
	}
}
