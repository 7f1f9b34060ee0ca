package mongotest_test

import (
	"fmt"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
	"frontdesk/store/mongo/mongotest/dicetest"
)

// TestARealServerAnswersTheSame asks our own server and a real one the same random queries.
func TestARealServerAnswersTheSame(t *testing.T) {
	notOnJava(t, "it compares arrays and sorts by them otherwise, and refuses a filter that names a field twice")
	if os.Getenv("FRONTDESK_TEST_MONGODB_URI") == "" {
		t.Skip("FRONTDESK_TEST_MONGODB_URI names no server to compare with")
	}
	for seed := range uint64(20) {
		r := dicetest.New(seed)
		_, own := ours(t, mongotest.Options{})
		theirs := anyServer(t)
		var docs []any
		for id := range 60 {
			docs = append(docs, r.Doc(id))
		}
		fill(t, own, docs...)
		fill(t, theirs, docs...)
		for range 200 {
			filter, sort := r.Filter(2), r.Sort(r.Pattern()) // which ends with _id
			if want, got := answer(t, theirs, filter, sort), answer(t, own, filter, sort); want != got {
				t.Errorf("%v sort %v:\n ours %s\ntheirs %s", filter, sort, got, want)
			}
		}
	}
}

// answer is what a find gives in its order, or the code of its error.
func answer(t *testing.T, c *mongo.Collection, filter, sort d) string {
	t.Helper()
	cursor, err := c.Find(t.Context(), filter, options.Find().SetSort(sort).SetProjection(m{"_id": 1}))
	if err != nil {
		return fmt.Sprint("error ", codeOf(err))
	}
	var found []struct {
		ID int `bson:"_id"`
	}
	if err := cursor.All(t.Context(), &found); err != nil {
		return fmt.Sprint("error ", codeOf(err))
	}
	return fmt.Sprint(found)
}
