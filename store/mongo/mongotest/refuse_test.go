package mongotest_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"frontdesk/store/mongo/mongotest"
)

// TestWhatIsNotImplementedIsRefusedByName keeps the server strict: what it can't do must not look like an answer.
func TestWhatIsNotImplementedIsRefusedByName(t *testing.T) {
	_, c := open(t, mongotest.Options{}, m{"_id": 1, "v": 1})
	for name, command := range map[string]any{
		"distinct":               d{{Key: "distinct", Value: "c"}, {Key: "key", Value: "v"}},
		"find.skip":              d{{Key: "find", Value: "c"}, {Key: "skip", Value: 1}},
		"find.collation":         d{{Key: "find", Value: "c"}, {Key: "collation", Value: d{{Key: "locale", Value: "en"}}}},
		"$where":                 d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"$where": "1"}}},
		"$text":                  d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"$text": m{"$search": "x"}}}},
		"$mod":                   d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"v": m{"$mod": a{2, 0}}}}},
		"regular expression":     d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"v": m{"$regex": "a"}}}},
		`"^a.*"`:                 d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"v": m{"$regex": "^a.*"}}}},
		`the step "0"`:           d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"v.0": 1}}},
		"128-bit decimal":        d{{Key: "find", Value: "c"}, {Key: "filter", Value: m{"v": bson.NewDecimal128(1, 1)}}},
		`projection of "v"`:      d{{Key: "find", Value: "c"}, {Key: "projection", Value: m{"v": "$x"}}},
		"$lookup":                d{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: a{m{"$lookup": m{}}}}, {Key: "cursor", Value: m{}}},
		"operand of $sort":       d{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: a{m{"$limit": 1}, m{"$sort": nil}}}, {Key: "cursor", Value: m{}}},
		"operand of $match":      d{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: a{m{"$match": 1}}}, {Key: "cursor", Value: m{}}},
		"$avg":                   d{{Key: "aggregate", Value: "c"}, {Key: "pipeline", Value: a{m{"$group": m{"_id": 1, "x": m{"$avg": "$v"}}}}}, {Key: "cursor", Value: m{}}},
		"hidden":                 d{{Key: "createIndexes", Value: "c"}, {Key: "indexes", Value: a{d{{Key: "name", Value: "x"}, {Key: "key", Value: m{"x": 1}}, {Key: "hidden", Value: true}}}}},
		"create.capped":          d{{Key: "create", Value: "x"}, {Key: "capped", Value: true}},
		"partial index: $not":    d{{Key: "createIndexes", Value: "c"}, {Key: "indexes", Value: a{d{{Key: "name", Value: "x"}, {Key: "key", Value: m{"x": 1}}, {Key: "partialFilterExpression", Value: m{"v": m{"$ne": 1}}}}}}},
		"order \"text\" for \"x": d{{Key: "createIndexes", Value: "c"}, {Key: "indexes", Value: a{d{{Key: "name", Value: "x"}, {Key: "key", Value: m{"x": "text"}}}}}},
	} {
		err := c.Database().RunCommand(t.Context(), command).Err()
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v; it should name %s", command, err, name)
		}
	}
}

func TestUpdatesThatAreNotImplementedAreRefusedByName(t *testing.T) {
	_, c := open(t, mongotest.Options{}, m{"_id": 1, "v": 1})
	for name, do := range map[string]any{
		"$rename":   m{"$rename": m{"v": "w"}},
		"$slice":    m{"$push": m{"l": m{"$each": a{1}, "$slice": 1}}},
		"array":     mongo.Pipeline{d{{Key: "$set", Value: m{"v": 1}}}},
		`step "$[]`: m{"$set": m{"v.$[].x": 1}},
	} {
		if _, err := c.UpdateOne(t.Context(), m{"_id": 1}, do); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v; it should name %s", do, err, name)
		}
	}
	filters := options.UpdateOne().SetArrayFilters([]any{m{"x": 1}})
	if _, err := c.UpdateOne(t.Context(), m{"_id": 1}, m{"$set": m{"v": 1}}, filters); err == nil || !strings.Contains(err.Error(), "arrayFilters") {
		t.Errorf("arrayFilters: %v", err)
	}
}

func TestWeakerGuaranteesThanTheBackendMayRestOnAreRefused(t *testing.T) {
	_, c := open(t, mongotest.Options{}, m{"_id": 1})
	one := c.Database().Collection("c", options.Collection().SetWriteConcern(writeconcern.W1()))
	if _, err := one.InsertOne(t.Context(), m{}); err == nil || !strings.Contains(err.Error(), "write concern") {
		t.Errorf("w: 1: %v", err)
	}
	stale := c.Database().Collection("c", options.Collection().SetReadConcern(readconcern.Available()))
	if err := stale.FindOne(t.Context(), m{}).Err(); err == nil || !strings.Contains(err.Error(), "read concern") {
		t.Errorf("available: %v", err)
	}
	sure := c.Database().Collection("c", options.Collection().SetWriteConcern(writeconcern.Majority()).SetReadConcern(readconcern.Majority()))
	if _, err := sure.InsertOne(t.Context(), m{"_id": 2}); err != nil || len(ids(t, sure, m{})) != 2 {
		t.Errorf("majority: %v", err)
	}
}

func TestDocumentsThatMongoDBDoesNotTakeAreErrors(t *testing.T) {
	c := anyServer(t)
	if _, err := c.InsertOne(t.Context(), m{"_id": a{1}}); codeOf(err) != 53 && codeOf(err) != 2 {
		t.Errorf("an array for _id: %v", err)
	}
	if _, err := c.InsertOne(t.Context(), m{"_id": 1, "half": strings.Repeat("x", 9<<20)}); err != nil {
		t.Fatal(err)
	}
	notOnJava(t, "an update may make a document of any size")
	if _, err := c.UpdateOne(t.Context(), m{"_id": 1}, m{"$set": m{"more": strings.Repeat("x", 9<<20)}}); codeOf(err) != 10334 && codeOf(err) != 17419 {
		t.Errorf("more than 16 MB: %v", err)
	}
}
