package mongotest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// updates are what becomes of a document, or the code of the error (MongoDB manual, Update Operators).
var updates = []struct {
	before d
	update any
	after  string
	code   int
}{
	{d{{Key: "n", Value: int32(1)}}, m{"$set": d{{Key: "n", Value: "x"}}}, `{"_id":1,"n":"x"}`, 0},
	{d{{Key: "n", Value: int32(1)}}, m{"$set": d{{Key: "b", Value: 2}, {Key: "a", Value: 1}}}, `{"_id":1,"n":1,"a":1,"b":2}`, 0},
	{d{}, m{"$set": d{{Key: "a.b.c", Value: 1}}}, `{"_id":1,"a":{"b":{"c":1}}}`, 0},
	{d{{Key: "a", Value: 1}}, m{"$set": d{{Key: "a.b", Value: 1}}}, "", 28},
	{d{{Key: "a", Value: a{}}}, m{"$set": d{{Key: "a.b", Value: 1}}}, "", 28},
	{d{{Key: "a", Value: m{"b": 1}}}, m{"$unset": d{{Key: "a.b", Value: ""}}}, `{"_id":1,"a":{}}`, 0},
	{d{{Key: "a", Value: 1}}, m{"$unset": d{{Key: "a.b", Value: ""}, {Key: "z.y", Value: ""}}}, `{"_id":1,"a":1}`, 0},
	{d{{Key: "n", Value: int32(1)}}, m{"$inc": d{{Key: "n", Value: int32(2)}, {Key: "m", Value: int32(5)}}}, `{"_id":1,"n":3,"m":5}`, 0},
	{d{{Key: "n", Value: int32(1<<31 - 1)}}, m{"$inc": d{{Key: "n", Value: int32(1)}}}, `{"_id":1,"n":2147483648}`, 0},
	{d{{Key: "n", Value: 1.5}}, m{"$inc": d{{Key: "n", Value: int32(1)}}}, `{"_id":1,"n":2.5}`, 0},
	{d{{Key: "n", Value: int64(1<<63 - 1)}}, m{"$inc": d{{Key: "n", Value: int32(1)}}}, "", 2},
	{d{{Key: "n", Value: "x"}}, m{"$inc": d{{Key: "n", Value: int32(1)}}}, "", 14},
	{d{{Key: "n", Value: int32(3)}}, m{"$max": d{{Key: "n", Value: int32(5)}, {Key: "o", Value: int32(1)}}}, `{"_id":1,"n":5,"o":1}`, 0},
	{d{{Key: "n", Value: int32(3)}}, m{"$max": d{{Key: "n", Value: int32(2)}}}, `{"_id":1,"n":3}`, 0},
	{d{{Key: "n", Value: int32(3)}}, m{"$max": d{{Key: "n", Value: "a"}}}, `{"_id":1,"n":"a"}`, 0},
	{d{{Key: "n", Value: int32(3)}}, m{"$setOnInsert": d{{Key: "n", Value: int32(9)}}}, `{"_id":1,"n":3}`, 0},
	{d{{Key: "l", Value: a{1}}}, m{"$push": d{{Key: "l", Value: 2}, {Key: "k", Value: 1}}}, `{"_id":1,"l":[1,2],"k":[1]}`, 0},
	{d{{Key: "l", Value: a{1}}}, m{"$push": d{{Key: "l", Value: m{"$each": a{2, 3}}}}}, `{"_id":1,"l":[1,2,3]}`, 0},
	{d{{Key: "l", Value: a{1}}}, m{"$push": d{{Key: "l", Value: a{2, 3}}}}, `{"_id":1,"l":[1,[2,3]]}`, 0},
	{d{{Key: "l", Value: 1}}, m{"$push": d{{Key: "l", Value: 2}}}, "", 2},
	{d{{Key: "l", Value: a{1, 2, 1}}}, m{"$pull": d{{Key: "l", Value: 1}, {Key: "k", Value: 1}}}, `{"_id":1,"l":[2]}`, 0},
	{d{{Key: "l", Value: a{1, 2, 3}}}, m{"$pull": d{{Key: "l", Value: m{"$gte": 2}}}}, `{"_id":1,"l":[1]}`, 0},
	{d{{Key: "l", Value: a{m{"x": 1}, m{"x": 2}, 3}}}, m{"$pull": d{{Key: "l", Value: m{"x": 2}}}}, `{"_id":1,"l":[{"x":1},3]}`, 0},
	{d{{Key: "l", Value: a{1, 2, 3}}}, m{"$pull": d{{Key: "l", Value: m{"$in": a{1, 3}}}}}, `{"_id":1,"l":[2]}`, 0},
	{d{{Key: "l", Value: 1}}, m{"$pull": d{{Key: "l", Value: 1}}}, "", 2},
	{d{{Key: "n", Value: 1}}, m{"$set": m{"n": 1}, "$inc": m{"n": 1}}, "", 40},
	{d{{Key: "n", Value: m{}}}, m{"$set": m{"n.a": 1, "n": 1}}, "", 40},
	{d{}, m{"$set": m{"_id": 2}}, "", 66},
}

func TestUpdatesDoWhatTheManualSays(t *testing.T) {
	c := anyServer(t)
	for _, u := range updates {
		t.Run(fmt.Sprint(u.update, " of ", u.before), func(t *testing.T) {
			if _, err := c.ReplaceOne(t.Context(), m{"_id": 1}, u.before, options.Replace().SetUpsert(true)); err != nil {
				t.Fatal(err)
			}
			_, err := c.UpdateOne(t.Context(), m{"_id": 1}, u.update)
			if code := codeOf(err); code != u.code {
				wrong(t, "code %d (%v), not %d", code, err, u.code)
				return
			}
			if u.code != 0 {
				return
			}
			if got := one(t, c, m{"_id": 1}); got != u.after {
				wrong(t, "it makes %s, not %s", got, u.after)
			}
		})
	}
}

// codeOf is the first code in an error, 0 if there is none.
func codeOf(err error) int {
	var e mongo.ServerError
	if errors.As(err, &e) && len(e.ErrorCodes()) > 0 {
		return e.ErrorCodes()[0]
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestAReplacementKeepsTheIDAndAnUpsertTakesItFromTheFilter(t *testing.T) {
	c := anyServer(t)
	upsert := options.Replace().SetUpsert(true)
	result, err := c.ReplaceOne(t.Context(), m{"_id": "a", "x": 1}, m{"v": 1}, upsert)
	if err != nil || result.UpsertedID != "a" || result.MatchedCount != 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	if got := one(t, c, m{"_id": "a"}); got != `{"_id":"a","v":1}` {
		t.Errorf("the upsert made %s", got)
	}
	if result, err = c.ReplaceOne(t.Context(), m{"v": 1}, m{"w": 2}); err != nil || result.MatchedCount != 1 || result.ModifiedCount != 1 {
		t.Fatalf("%+v, %v", result, err)
	}
	if result, err = c.ReplaceOne(t.Context(), m{"_id": "a"}, m{"w": 2}); err != nil || result.MatchedCount != 1 || result.ModifiedCount != 0 {
		t.Fatalf("the same again: %+v, %v", result, err)
	}
	if _, err = c.ReplaceOne(t.Context(), m{"_id": "a"}, m{"_id": "b"}); codeOf(err) != 66 {
		t.Errorf("another _id: %v", err)
	}
	many, err := c.UpdateMany(t.Context(), m{"_id": "z", "k": m{"$gt": 1}, "e": m{"$eq": 4}},
		d{{Key: "$setOnInsert", Value: m{"n": 1}}, {Key: "$set", Value: m{"o": 2}}}, options.UpdateMany().SetUpsert(true))
	if err != nil || many.UpsertedID != "z" {
		t.Fatalf("%+v, %v", many, err)
	}
	if got := one(t, c, m{"_id": "z"}); got != `{"_id":"z","e":4,"n":1,"o":2}` {
		t.Errorf("the upsert made %s", got)
	}
}

// one is a document as relaxed extended JSON.
func one(t testing.TB, c *mongo.Collection, filter any) string {
	t.Helper()
	return oneIn(t, t.Context(), c, filter)
}

// oneIn is one, as the transaction of a context sees it.
func oneIn(t testing.TB, ctx context.Context, c *mongo.Collection, filter any) string {
	t.Helper()
	raw, err := c.FindOne(ctx, filter).Raw()
	if err != nil {
		t.Fatalf("%v: %v", filter, err)
	}
	return compact(t, raw)
}

func TestFindAndModifyGivesTheDocumentBeforeOrAfter(t *testing.T) {
	c := fill(t, anyServer(t), m{"_id": 1, "n": 1}, m{"_id": 2, "n": 2})
	given := func(r *mongo.SingleResult) string {
		raw, err := r.Raw()
		if errors.Is(err, mongo.ErrNoDocuments) {
			return "none"
		}
		if err != nil {
			t.Fatal(err)
		}
		return compact(t, raw)
	}
	inc := m{"$inc": m{"n": 10}}
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	for _, test := range []struct {
		result *mongo.SingleResult
		want   string
	}{
		{c.FindOneAndUpdate(t.Context(), m{"_id": 1}, inc), `{"_id":1,"n":1}`},
		{c.FindOneAndUpdate(t.Context(), m{"_id": 1}, inc, after), `{"_id":1,"n":21}`},
		{c.FindOneAndUpdate(t.Context(), m{}, inc, options.FindOneAndUpdate().SetSort(m{"n": 1})), `{"_id":2,"n":2}`},
		{c.FindOneAndUpdate(t.Context(), m{"_id": 3}, inc), "none"},
		{c.FindOneAndUpdate(t.Context(), m{"_id": 3}, inc, options.FindOneAndUpdate().SetReturnDocument(options.After).SetUpsert(true)), `{"_id":3,"n":10}`},
		{c.FindOneAndReplace(t.Context(), m{"_id": 3}, m{"x": 1}), `{"_id":3,"n":10}`},
		{c.FindOneAndDelete(t.Context(), m{"_id": 3}), `{"_id":3,"x":1}`},
		{c.FindOneAndDelete(t.Context(), m{"_id": 3}), "none"},
	} {
		if got := given(test.result); got != test.want {
			t.Errorf("gave %s, not %s", got, test.want)
		}
	}
}

func TestADeleteTakesOneOrAllThatMatch(t *testing.T) {
	c := fill(t, anyServer(t), m{"_id": 1, "n": 1}, m{"_id": 2, "n": 1}, m{"_id": 3, "n": 1})
	if r, err := c.DeleteOne(t.Context(), m{"n": 1}); err != nil || r.DeletedCount != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := c.DeleteMany(t.Context(), m{"n": 1}); err != nil || r.DeletedCount != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := c.DeleteMany(t.Context(), m{}); err != nil || r.DeletedCount != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestAnOrderedInsertStopsAtTheFirstErrorAnUnorderedOneDoesTheRest(t *testing.T) {
	for ordered, want := range map[bool]int64{true: 1, false: 2} {
		c := anyServer(t)
		_, err := c.InsertMany(t.Context(), []any{m{"_id": 1}, m{"_id": 1}, m{"_id": 2}}, options.InsertMany().SetOrdered(ordered))
		if !mongo.IsDuplicateKeyError(err) {
			t.Errorf("ordered %v: %v", ordered, err)
		}
		if n, err := c.CountDocuments(t.Context(), m{}); err != nil || n != want {
			t.Errorf("ordered %v: %d documents, %v", ordered, n, err)
		}
	}
}

func TestAggregatesGroupCountAndLimit(t *testing.T) {
	c := fill(t, anyServer(t), m{"_id": 1, "k": "a", "n": 1}, m{"_id": 2, "k": "b", "n": 5}, m{"_id": 3, "k": "a", "n": 2.5}, m{"_id": 4, "k": "a"})
	for _, test := range []struct {
		pipeline a
		want     string
	}{
		{a{m{"$match": m{"k": "a"}}, m{"$count": "n"}}, `{"n":3}`},
		{a{m{"$match": m{"k": "z"}}, m{"$count": "n"}}, ``},
		{a{m{"$match": m{"k": "a"}}, m{"$sort": m{"_id": -1}}, m{"$limit": 2}, m{"$project": m{"n": 1}}}, `{"_id":4}{"_id":3,"n":2.5}`},
		{a{m{"$limit": 3}, m{"$sort": m{"_id": -1}}, m{"$limit": 1}, m{"$project": m{"_id": 1}}}, `{"_id":3}`},
		{a{m{"$group": d{{Key: "_id", Value: "$k"}, {Key: "sum", Value: m{"$sum": "$n"}}, {Key: "min", Value: m{"$min": "$n"}},
			{Key: "max", Value: m{"$max": "$n"}}, {Key: "of", Value: m{"$sum": 1}}}}, m{"$sort": m{"_id": 1}}},
			`{"_id":"a","sum":3.5,"min":1,"max":2.5,"of":3}{"_id":"b","sum":5,"min":5,"max":5,"of":1}`},
		{a{m{"$match": m{"_id": 4}}, m{"$group": d{{Key: "_id", Value: nil}, {Key: "max", Value: m{"$max": "$n"}}}}}, `{"_id":null,"max":null}`},
	} {
		cursor, err := c.Aggregate(t.Context(), test.pipeline)
		if err != nil {
			t.Fatalf("%v: %v", test.pipeline, err)
		}
		var docs []bson.Raw
		if err := cursor.All(t.Context(), &docs); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, doc := range docs {
			got += compact(t, doc)
		}
		if got != test.want {
			t.Errorf("%v gives %s, not %s", test.pipeline, got, test.want)
		}
	}
}
