package mongo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/mongotest"
)

// TestAnotherPrimaryIsFoundWithoutARestart: while the primary moves from member to member, everything asked for is
// done.
func TestAnotherPrimaryIsFoundWithoutARestart(t *testing.T) {
	const moves = 6
	k := newKit(t, mongotest.Options{Members: 3})
	for i := range moves {
		k.apply(k.patient(fmt.Sprint("p", i), 1, "Ash"))
		k.server.SetPrimary((i + 1) % 3)
		if _, err := k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: fmt.Sprint("p", i)}); err != nil {
			t.Errorf("read after move %d: %v", i, err)
		}
	}
	if n := len(k.find("Patient", "family=ash").Items); n != moves {
		t.Errorf("%d of %d are there", n, moves)
	}
}

// TestNobodyWaitsForeverForAnInstanceThatWasKilled: what it had begun is undone by the server after a while, and others
// go on.
func TestNobodyWaitsForeverForAnInstanceThatWasKilled(t *testing.T) {
	k := newKit(t, mongotest.Options{TransactionLifetime: 200 * time.Millisecond})
	k.apply(k.patient("a", 1, "Ash"))
	k.abandoned("resources", "Patient/a")
	k.apply(k.patient("a", 2, "Beech"))
	st, err := k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"})
	if err != nil || st.Key.Version != 2 {
		t.Errorf("it is %v, %v", st, err)
	}
}

// TestACopyGoesOnAfterOneThatWasKilled: its last transaction is in the way for longer than rivals are.
func TestACopyGoesOnAfterOneThatWasKilled(t *testing.T) {
	k := newKit(t, mongotest.Options{TransactionLifetime: 5 * time.Second})
	w := k.patient("a", 1, "Ash")
	stored := &fhir.Stored{Key: w.Key, Method: w.Method, Updated: time.Now(), JSON: w.Body.Stamp(1, time.Now())}
	k.abandoned("history", w.Key.String())
	restored := []store.Restored{{Stored: stored, Index: w.Index}}
	if err := k.open().Restore(t.Context(), restored, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"}); err != nil {
		t.Error(err)
	}
	if err := k.open().Restore(t.Context(), restored, nil); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("restored a second time: %v", err)
	}
}

// abandoned writes to a document, in a transaction that is never ended: whoever began it was killed.
func (k *kit) abandoned(collection, id string) {
	k.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(k.uri))
	if err != nil {
		k.Fatal(err)
	}
	session, err := client.StartSession()
	if err != nil {
		k.Fatal(err)
	}
	if err := session.StartTransaction(); err != nil {
		k.Fatal(err)
	}
	_, err = k.collection(client, collection).UpdateOne(driver.NewSessionContext(k.Context(), session), bson.D{{Key: "_id", Value: id}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "v", Value: 7}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil {
		k.Fatal(err)
	}
	k.server.CutConnections() // neither commit nor abort ever comes
	k.Cleanup(func() { _ = client.Disconnect(context.Background()) })
}
