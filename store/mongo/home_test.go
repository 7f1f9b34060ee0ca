package mongo_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/mongotest"
)

// TestAResourceMovesWithItsPatient: what is filed under another Patient lives with that one's record, and is updated
// with others at once.
func TestAResourceMovesWithItsPatient(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.apply(k.patient("p1", 1, "Ash"), k.patient("p2", 1, "Birch"), k.result("stays", "p1"), k.result("moves", "p1"))
	client, err := driver.Connect(options.Client().ApplyURI(k.uri))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context())
	homes := func(want map[string]string) {
		t.Helper()
		for key, home := range want {
			n, err := k.collection(client, "resources").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: key}, {Key: "p", Value: home}})
			if all, e := k.collection(client, "resources").CountDocuments(t.Context(), bson.D{{Key: "_id", Value: key}}); err != nil || e != nil || n != 1 || all != 1 {
				t.Errorf("%s: %d of %d documents are at %s (%v, %v)", key, n, all, home, err, e)
			}
		}
	}
	homes(map[string]string{"Patient/p1": "p1", "Observation/stays": "p1", "Observation/moves": "p1"})
	stays, moves := k.result("stays", "p1"), k.result("moves", "p2")
	stays.Key.Version, moves.Key.Version = 2, 2
	k.apply(stays, moves)
	homes(map[string]string{"Observation/stays": "p1", "Observation/moves": "p2"})
	for query, want := range map[string]int{"patient=p1": 1, "patient=p2": 1, "": 2} {
		if n := len(k.find("Observation", query).Items); n != want {
			t.Errorf("%s finds %d, want %d", query, n, want)
		}
	}
	gone := store.Write{Key: fhir.Key{Type: "Observation", ID: "moves", Version: 3}, Method: fhir.Delete} // it doesn't say of whom it was
	k.apply(gone)
	homes(map[string]string{"Observation/moves": "Observation/moves"})
	if st, err := k.b.Get(t.Context(), fhir.Key{Type: "Observation", ID: "moves"}); err != nil || !st.Deleted() {
		t.Errorf("it is %v, %v", st, err)
	}
}
