package dicetest

import (
	"math/rand/v2"

	"go.mongodb.org/mongo-driver/v2/bson"
)

type (
	m = bson.M
	d = bson.D
	a = bson.A
)

// Dice makes documents and filters over few fields and few values, so that they meet.
type Dice struct{ *rand.Rand }

// New is Dice that fall the same way for the same seed.
func New(seed uint64) Dice { return Dice{rand.New(rand.NewPCG(seed, 1))} }

func (r Dice) scalar() any {
	return []any{nil, int32(r.IntN(4)), float64(r.IntN(8)) / 2, string(rune('a' + r.IntN(3))), "ab", true, d{{Key: "b", Value: r.IntN(3)}}}[r.IntN(7)]
}

func (r Dice) value() any {
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

// Doc is a document with arrays, documents in arrays, and fields that are missing.
func (r Dice) Doc(id int) d {
	doc := d{{Key: "_id", Value: id}, {Key: "s", Value: r.IntN(6)}}
	for _, field := range []string{"a", "t"} {
		if r.IntN(5) > 0 {
			doc = append(doc, bson.E{Key: field, Value: r.value()})
		}
	}
	return doc
}

// paths are the fields of Doc, and fields within them.
var paths = []string{"a", "a.b", "a.c", "t", "s", "t.b"}

func (r Dice) test() any {
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

// Filter is a filter with disjunctions up to a depth.
func (r Dice) Filter(depth int) d {
	var out d
	if r.IntN(4) == 0 {
		out = d{{Key: "a.b", Value: m{"$in": a{r.scalar(), r.scalar()}}}, {Key: "a.c", Value: m{"$eq": r.scalar()}}}
	}
	for range 1 + r.IntN(3) {
		if depth > 0 && r.IntN(6) == 0 {
			out = append(out, bson.E{Key: []string{"$or", "$and", "$nor"}[r.IntN(3)], Value: a{r.Filter(depth - 1), r.Filter(depth - 1)}})
			continue
		}
		out = append(out, bson.E{Key: paths[r.IntN(len(paths))], Value: r.test()})
	}
	return out
}

// Pattern is the key pattern of an index.
func (r Dice) Pattern() d {
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

// Sort is what an index may give: the end of its pattern, or the opposite of it.
func (r Dice) Sort(pattern d) d {
	var out d
	turn := 1 - 2*r.IntN(2)
	for _, part := range pattern[r.IntN(len(pattern)):] {
		out = append(out, bson.E{Key: part.Key, Value: part.Value.(int) * turn})
	}
	return out
}
