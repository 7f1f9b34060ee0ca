package order_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"frontdesk/store/mongo/mongotest/order"
)

// ascending are values in MongoDB's order (manual, Comparison/Sort Order); those in one list are equal.
var ascending = [][]any{
	{bson.MinKey{}},
	{nil},
	{math.NaN()},
	{math.Inf(-1)},
	{int64(math.MinInt64), -0x1p63},
	{int64(math.MinInt64 + 1)},
	{-1e10},
	{int32(-1), int64(-1), -1.0},
	{-0.5},
	{int32(0), int64(0), 0.0, math.Copysign(0, -1)},
	{5e-324},
	{int32(1), 1.0},
	{1.5},
	{int32(2)},
	{int64(1 << 53), 0x1p53},
	{int64(1<<53 + 1)},
	{int64(1<<53 + 2), 0x1p53 + 2},
	{int64(math.MaxInt64 - 1)},
	{int64(math.MaxInt64)},
	{0x1p63},
	{math.Inf(1)},
	{""},
	{"\x00"},
	{"\x00a"},
	{"A"},
	{"a"},
	{"a\x00"},
	{"a\x00b"},
	{"ab"},
	{"b"},
	{"é"},
	{bson.D{}},
	{bson.D{{Key: "a", Value: 1}}},
	{bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 0}}},
	{bson.D{{Key: "a", Value: 2}}},
	{bson.D{{Key: "b", Value: 0}}},
	{bson.D{{Key: "a", Value: ""}}},
	{bson.A{}},
	{bson.A{1}},
	{bson.A{1, 0}},
	{bson.A{2}},
	{bson.A{""}},
	{bson.Binary{Data: []byte{9}}},
	{bson.Binary{Subtype: 4, Data: []byte{0}}},
	{bson.Binary{Data: []byte{0, 0}}},
	{bson.ObjectID{1}},
	{bson.ObjectID{2}},
	{false},
	{true},
	{bson.DateTime(-1)},
	{bson.DateTime(0)},
	{bson.DateTime(1)},
	{bson.Timestamp{T: 1, I: 2}},
	{bson.Timestamp{T: 2, I: 1}},
	{bson.Regex{Pattern: "a"}},
	{bson.Regex{Pattern: "b"}},
	{bson.MaxKey{}},
}

func key(t *testing.T, v any) []byte {
	t.Helper()
	value, _ := order.Field(document(t, bson.D{{Key: "v", Value: v}}), "v")
	if err := order.CheckValue(value); err != nil {
		t.Fatal(err)
	}
	return order.Key(value)
}

func TestKeysCompareAsValuesDo(t *testing.T) {
	for i, equal := range ascending {
		for _, x := range equal {
			for j, others := range ascending {
				for _, y := range others {
					a, b := key(t, x), key(t, y)
					if got, want := bytes.Compare(a, b), sign(i-j); got != want {
						t.Errorf("%#v and %#v compare as %d, not %d", x, y, got, want)
					}
					if got := bytes.Compare(order.Inverted(a), order.Inverted(b)); got != -sign(i-j) {
						t.Errorf("%#v and %#v compare inverted as %d", x, y, got)
					}
					if i != j && bytes.HasPrefix(a, b) {
						t.Errorf("the key of %#v begins with that of %#v", x, y)
					}
				}
			}
		}
	}
}

func sign(n int) int { return min(1, max(-1, n)) }

func TestKeysOfADocumentAreThoseOfEveryElement(t *testing.T) {
	one, two, null := key(t, 1), key(t, 2), key(t, nil)
	for _, test := range []struct {
		pattern bson.D
		doc     bson.D
		want    [][]byte
		arrays  order.Arrays
	}{
		{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "a", Value: bson.A{2, 1, 2}}}, [][]byte{one, two}, order.Arrays{1}},
		{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "a", Value: bson.A{}}}, [][]byte{order.UndefinedKey}, order.Arrays{1}},
		{bson.D{{Key: "a", Value: 1}}, bson.D{}, [][]byte{null}, order.Arrays{0}},
		{bson.D{{Key: "a", Value: 1}}, bson.D{{Key: "a", Value: bson.A{bson.A{1}}}}, [][]byte{key(t, bson.A{1})}, order.Arrays{1}},
		{bson.D{{Key: "a.b", Value: 1}}, bson.D{{Key: "a", Value: bson.A{bson.D{{Key: "b", Value: 1}}, 7}}}, [][]byte{null, one}, order.Arrays{1}},
		{bson.D{{Key: "a.b", Value: 1}}, bson.D{{Key: "a", Value: bson.D{{Key: "b", Value: bson.A{1}}}}}, [][]byte{one}, order.Arrays{2}},
		{bson.D{{Key: "a.b", Value: 1}}, bson.D{{Key: "a", Value: bson.A{}}}, [][]byte{null}, order.Arrays{1}},
		{bson.D{{Key: "a.b", Value: 1}, {Key: "a.c", Value: 1}},
			bson.D{{Key: "a", Value: bson.A{bson.D{{Key: "b", Value: 1}, {Key: "c", Value: 2}}, bson.D{{Key: "c", Value: 1}}}}},
			[][]byte{slices.Concat(null, one), slices.Concat(one, two)}, order.Arrays{1, 1}},
		{bson.D{{Key: "a", Value: 1}, {Key: "t", Value: -1}}, bson.D{{Key: "a", Value: bson.A{1, 2}}, {Key: "t", Value: 1}},
			[][]byte{slices.Concat(one, order.Inverted(one)), slices.Concat(two, order.Inverted(one))}, order.Arrays{1, 0}},
	} {
		pattern, err := order.ParsePattern(document(t, test.pattern))
		if err != nil {
			t.Fatal(err)
		}
		got, arrays, err := pattern.Keys(document(t, test.doc))
		if err != nil || !slices.EqualFunc(got, test.want, bytes.Equal) || !slices.Equal(arrays, test.arrays) {
			t.Errorf("%v of %v: %x, %v, %v; not %x, %v", test.pattern, test.doc, got, arrays, err, test.want, test.arrays)
		}
	}
}

func document(t *testing.T, v any) bsoncore.Document {
	t.Helper()
	doc, err := bson.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
