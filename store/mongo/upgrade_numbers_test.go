package mongo_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/store/mongo/index"
	"frontdesk/store/mongo/mongotest"
)

// TestB2_AnOlderStoreIsIndexedAnew: documents whose numbers were indexed as floating-point numbers, under another name,
// are indexed anew, and found as the decimals they are.
func TestB2_AnOlderStoreIsIndexedAnew(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	for id, value := range map[string]string{"a": "9007199254740992", "b": "9007199254740993"} {
		k.apply(k.write(id, 1, `{"resourceType":"Observation","status":"final","code":{"text":"x"},
			"valueQuantity":{"value":`+value+`}}`))
	}
	const shared, older = 9007199254740992.0, "of an older release"
	client := k.direct()
	document, state := bson.M{
		"g": older, "n": bson.A{"quantity"}, "r": bson.A{bson.M{"p": "quantity", "lo": shared, "hi": shared}},
		"s": bson.M{"quantity": bson.M{"h": int32(1), "a": shared, "d": shared}},
		"e": bson.A{bson.M{"p": "quantity",
			"v": bson.M{"k": int32(7), "f": bson.A{shared, shared}, "s": bson.A{"", "", ""}}}},
	}, bson.M{"goal": older, "rank": 2, "names": bson.A{"quantity"}}
	resources, indexes := k.collection(client, "resources"), k.collection(client, "indexes")
	_, err := resources.UpdateMany(t.Context(), bson.M{"t": "Observation"}, bson.M{"$set": document})
	if err == nil {
		_, err = indexes.UpdateOne(t.Context(), bson.M{"_id": "Observation"}, bson.M{"$set": state})
	}
	if err != nil {
		t.Fatal(err)
	}
	b := k.eager(k.r, quiet)
	observation, _ := k.r.Type("Observation")
	quantity := observation.Params["value-quantity"]
	eventually(t, "the index is complete", func() bool { return b.Index(quantity).Ready })
	finds := map[string]string{"9007199254740992": "a", "ne9007199254740992": "b", "gt9007199254740992": "b"}
	for value, want := range finds {
		query := "value-quantity=" + value
		page, err := b.Find(t.Context(), k.query("Observation", query))
		if err != nil || len(page.Items) != 1 || page.Items[0].Key.ID != want {
			t.Errorf("%s finds %+v (%v), want %s", query, page, err, want)
		}
	}
	key := "s." + index.Name(quantity) + ".a"
	n, err := resources.CountDocuments(t.Context(), bson.M{key: bson.M{"$type": "string"}})
	if err != nil || n != 2 {
		t.Errorf("%d documents are sorted by texts (%v), want 2", n, err)
	}
}
