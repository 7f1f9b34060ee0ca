package mongotest_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
)

func TestTheDriverConnectsInsertsAndFinds(t *testing.T) {
	var docs []any
	for i := range 1000 {
		docs = append(docs, bson.M{"_id": i, "even": i%2 == 0})
	}
	s, c := open(t, mongotest.Options{}, docs...)
	found := ids(t, c, bson.M{"even": true}, options.Find().SetSort(bson.M{"_id": -1}).SetBatchSize(100))
	if len(found) != 500 || found[0] != int32(998) || found[499] != int32(0) {
		t.Fatalf("found %d: %v", len(found), found)
	}
	if got := s.Commands(); got["find"] != 1 || got["getMore"] != 5 || got["insert"] != 1 {
		t.Fatalf("commands: %v", got)
	}
	n, err := c.CountDocuments(t.Context(), bson.M{"_id": bson.M{"$gte": 900}})
	if err != nil || n != 100 {
		t.Fatalf("count: %d, %v", n, err)
	}
}
