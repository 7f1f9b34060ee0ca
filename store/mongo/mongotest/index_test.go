package mongotest_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
)

func TestUniqueIndexesHoldForEveryElementOfAnArray(t *testing.T) {
	c := fill(t, anyServer(t), m{"_id": 1, "k": a{"a", "b", "a"}}, m{"_id": 2})
	createIndex(t, c, d{{Key: "k", Value: 1}}, options.Index().SetUnique(true))
	for _, doc := range []m{{"k": "b"}, {"k": a{"c", "a"}}, {"k": nil}, {}} {
		if _, err := c.InsertOne(t.Context(), doc); !mongo.IsDuplicateKeyError(err) || !strings.Contains(err.Error(), "k_1") {
			t.Errorf("%v: %v", doc, err)
		}
	}
	if _, err := c.UpdateOne(t.Context(), m{"_id": 1}, m{"$pull": m{"k": "a"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.InsertOne(t.Context(), m{"k": "a"}); err != nil {
		t.Error("a key that has become free:", err)
	}
	if _, err := c.UpdateOne(t.Context(), m{"_id": 2}, m{"$set": m{"k": "b"}}); !mongo.IsDuplicateKeyError(err) {
		t.Error("by an update:", err)
	}
}

func TestPartialAndSparseIndexesLeaveDocumentsOut(t *testing.T) {
	notOnJava(t, "its indexes are never partial")
	c := fill(t, anyServer(t), m{"_id": 1, "k": 1, "on": true}, m{"_id": 2, "k": 1}, m{"_id": 3}, m{"_id": 4})
	createIndex(t, c, d{{Key: "k", Value: 1}}, options.Index().SetUnique(true).SetPartialFilterExpression(m{"on": true}))
	createIndex(t, c, d{{Key: "s", Value: 1}}, options.Index().SetUnique(true).SetSparse(true))
	if _, err := c.InsertOne(t.Context(), m{"k": 1, "on": false}); err != nil {
		t.Error("outside of the partial index:", err)
	}
	if _, err := c.UpdateOne(t.Context(), m{"_id": 2}, m{"$set": m{"on": true}}); !mongo.IsDuplicateKeyError(err) {
		t.Error("into the partial index:", err)
	}
	for want, v := range []any{nil, nil} {
		_, err := c.InsertOne(t.Context(), m{"s": v})
		if mongo.IsDuplicateKeyError(err) != (want == 1) {
			t.Errorf("null number %d in a sparse index: %v", want, err)
		}
	}
	if got := ids(t, c, m{"s": nil}); len(got) != 6 {
		t.Errorf("a sparse index must not serve null: %v", got)
	}
}

func TestIndexesThatCannotBeAreErrors(t *testing.T) {
	notOnJava(t, "it takes any index, and checks only what is unique")
	c := fill(t, anyServer(t), m{"_id": 1, "a": a{1, 2}, "b": a{1}}, m{"_id": 2, "k": 1}, m{"_id": 3, "k": 1})
	create := func(keys d, o *options.IndexOptionsBuilder) int {
		_, err := c.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: keys, Options: o})
		return codeOf(err)
	}
	if code := create(d{{Key: "a", Value: 1}, {Key: "b", Value: 1}}, nil); code != 171 {
		t.Errorf("two arrays in one index: %d", code)
	}
	if code := create(d{{Key: "k", Value: 1}}, options.Index().SetUnique(true)); code != 11000 {
		t.Errorf("unique over what is not: %d", code)
	}
	if code := create(d{{Key: "a", Value: 1}}, options.Index().SetName("x")); code != 0 {
		t.Errorf("a plain one: %d", code)
	}
	if code := create(d{{Key: "a", Value: 1}}, options.Index().SetName("x")); code != 0 {
		t.Errorf("the same again: %d", code)
	}
	if code := create(d{{Key: "a", Value: 1}}, options.Index().SetName("x").SetSparse(true)); code != 85 {
		t.Errorf("the same with other options: %d", code)
	}
	if code := create(d{{Key: "b", Value: 1}}, options.Index().SetName("x")); code != 86 {
		t.Errorf("another of the same name: %d", code)
	}
	if code := create(d{{Key: "a", Value: 1}}, options.Index().SetName("y")); code != 85 {
		t.Errorf("another name for the same: %d", code)
	}
	if _, err := c.InsertOne(t.Context(), m{"k": a{1}, "x": 1}); err != nil {
		t.Fatal(err)
	}
	createIndex(t, c, d{{Key: "p", Value: 1}, {Key: "q", Value: 1}})
	if _, err := c.InsertOne(t.Context(), m{"p": a{1}, "q": a{1}}); codeOf(err) != 171 {
		t.Errorf("a document with two arrays: %v", err)
	}
	names, err := c.Indexes().ListSpecifications(t.Context())
	if err != nil || len(names) != 3 || names[1].Name != "x" {
		t.Errorf("indexes: %v, %v", names, err)
	}
	if err := c.Indexes().DropOne(t.Context(), "x"); err != nil {
		t.Error(err)
	}
	if err := c.Indexes().DropOne(t.Context(), "x"); codeOf(err) != 27 {
		t.Errorf("dropped again: %v", err)
	}
}

// stats are what explain says of a find: the stages from the top, and how much it looked at.
func stats(t testing.TB, c *mongo.Collection, command d) (stages string, keys, docs int) {
	t.Helper()
	var out struct {
		QueryPlanner struct {
			WinningPlan bson.Raw `bson:"winningPlan"`
		} `bson:"queryPlanner"`
		ExecutionStats struct {
			Keys int `bson:"totalKeysExamined"`
			Docs int `bson:"totalDocsExamined"`
		} `bson:"executionStats"`
	}
	full := d{{Key: "explain", Value: append(d{{Key: "find", Value: c.Name()}}, command...)}, {Key: "verbosity", Value: "executionStats"}}
	if err := c.Database().RunCommand(t.Context(), full).Decode(&out); err != nil {
		t.Fatal(err)
	}
	for plan := out.QueryPlanner.WinningPlan; plan != nil; {
		stages += plan.Lookup("stage").StringValue() + " "
		if name, ok := plan.Lookup("indexName").StringValueOK(); ok {
			stages += name + " "
		}
		plan, _ = plan.Lookup("inputStage").DocumentOK()
	}
	return strings.TrimSpace(stages), out.ExecutionStats.Keys, out.ExecutionStats.Docs
}

// TestExplainTellsWhichIndexIsUsed has what MongoDB's planner is sure to do with these indexes, but for the numbers.
func TestExplainTellsWhichIndexIsUsed(t *testing.T) {
	var docs []any
	for i := range 200 {
		docs = append(docs, m{"_id": i, "k": a{i % 10, "x"}, "t": i, "u": i % 2})
	}
	_, c := open(t, mongotest.Options{}, docs...)
	createIndex(t, c, d{{Key: "k", Value: 1}, {Key: "t", Value: -1}})
	createIndex(t, c, d{{Key: "t", Value: 1}}, options.Index().SetPartialFilterExpression(m{"u": 1}).SetName("odd"))
	newest := d{{Key: "t", Value: -1}}
	for _, test := range []struct {
		command    d
		stages     string
		keys, docs int
	}{
		{d{{Key: "filter", Value: m{"_id": 7}}}, "FETCH IXSCAN _id_", 1, 1},
		{d{{Key: "filter", Value: m{"k": 3}}}, "FETCH IXSCAN k_1_t_-1", 20, 20},
		{d{{Key: "filter", Value: m{"k": 3}}, {Key: "sort", Value: newest}, {Key: "limit", Value: 5}}, "LIMIT FETCH IXSCAN k_1_t_-1", 5, 5},
		{d{{Key: "filter", Value: m{"k": 3, "t": m{"$lt": 100}}}, {Key: "sort", Value: newest}}, "FETCH IXSCAN k_1_t_-1", 10, 10},
		{d{{Key: "filter", Value: m{"k": m{"$in": a{3, 4}}}}, {Key: "sort", Value: newest}, {Key: "limit", Value: 5}}, "LIMIT FETCH SORT_MERGE", 5, 5},
		{d{{Key: "filter", Value: m{"k": 3}}, {Key: "sort", Value: m{"u": 1}}}, "SORT FETCH IXSCAN k_1_t_-1", 20, 20},
		{d{{Key: "filter", Value: m{"k": m{"$all": a{3, "x"}}}}}, "FETCH IXSCAN k_1_t_-1", 20, 20},
		{d{{Key: "filter", Value: m{"t": m{"$gte": 190}, "u": 1}}}, "FETCH IXSCAN odd", 5, 5},
		{d{{Key: "filter", Value: m{"t": m{"$gte": 190}}}}, "COLLSCAN", 0, 200},
		{d{{Key: "filter", Value: m{"$or": a{m{"k": 3}, m{"_id": 1}}}}}, "OR", 21, 21},
		{d{{Key: "filter", Value: m{"u": 1}}, {Key: "hint", Value: "k_1_t_-1"}}, "FETCH IXSCAN k_1_t_-1", 400, 200},
	} {
		stages, keys, docs := stats(t, c, test.command)
		if stages != test.stages || keys != test.keys || docs != test.docs {
			t.Errorf("%v: %s, %d keys, %d documents; not %s, %d, %d", test.command, stages, keys, docs, test.stages, test.keys, test.docs)
		}
	}
}

// TestBoundsAreThoseOfOneElement: of one $elemMatch all count together, unless its element has an array of its own,
// whose elements may meet one bound each (MongoDB manual, Multikey Index Bounds).
func TestBoundsAreThoseOfOneElement(t *testing.T) {
	var docs []any
	for i := range 100 {
		docs = append(docs, m{"_id": i, "r": a{m{"p": "x", "lo": i}, m{"p": "y", "lo": 100 - i}}})
	}
	_, c := open(t, mongotest.Options{}, docs...)
	createIndex(t, c, d{{Key: "r.p", Value: 1}, {Key: "r.lo", Value: 1}})
	between := d{{Key: "$gte", Value: 10}, {Key: "$lt", Value: 20}}
	together := m{"r": m{"$elemMatch": d{{Key: "p", Value: "x"}, {Key: "lo", Value: between}}}}
	expect := func(filter m, keys, found int) {
		t.Helper()
		stages, examined, _ := stats(t, c, d{{Key: "filter", Value: filter}})
		if got := len(ids(t, c, filter)); stages != "FETCH IXSCAN r.p_1_r.lo_1" || examined != keys || got != found {
			t.Errorf("%v: %s, %d keys, %d found; not %d and %d", filter, stages, examined, got, keys, found)
		}
	}
	expect(together, 10, 10)
	expect(m{"r.p": "x", "r.lo": between}, 100, 39) // each bound by either element
	fill(t, c, m{"_id": 100, "r": a{m{"p": "x", "lo": a{5, 50}}}})
	expect(together, 91, 11) // from 10 on, and 50 is among them
}

func TestScansAreRefusedOnRequest(t *testing.T) {
	_, c := open(t, mongotest.Options{RefuseScans: true}, m{"_id": 1, "k": 1, "t": 1}, m{"_id": 2, "k": 2, "t": 1})
	createIndex(t, c, d{{Key: "k", Value: 1}, {Key: "t", Value: 1}})
	scan := func(err error) bool { return err != nil && strings.Contains(err.Error(), "scanned") }
	for _, filter := range []any{m{"t": 1}, m{}, m{"k": m{"$ne": 1}}, m{"$or": a{m{"k": 1}, m{"t": 1}}}} {
		_, err := c.Find(t.Context(), filter)
		_, countErr := c.CountDocuments(t.Context(), filter)
		_, updateErr := c.UpdateMany(t.Context(), filter, m{"$set": m{"x": 1}})
		_, deleteErr := c.DeleteMany(t.Context(), filter)
		if !scan(err) || !scan(countErr) || !scan(updateErr) || !scan(deleteErr) {
			t.Errorf("%v: %v, %v, %v, %v", filter, err, countErr, updateErr, deleteErr)
		}
	}
	for _, filter := range []any{m{"k": 1}, m{"k": m{"$gt": 0}, "t": 1}, m{"_id": m{"$in": a{1, 2}}}, m{"$or": a{m{"k": 1}, m{"_id": 1}}}} {
		if got := ids(t, c, filter); len(got) == 0 {
			t.Errorf("%v finds nothing", filter)
		}
	}
	if got := ids(t, c, m{}, options.Find().SetSort(d{{Key: "k", Value: -1}})); len(got) != 2 {
		t.Errorf("in the order of an index: %v", got)
	}
	if got := ids(t, c, m{}, options.Find().SetHint(m{"$natural": 1})); len(got) != 2 {
		t.Errorf("by a hint: %v", got)
	}
}
