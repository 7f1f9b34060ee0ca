package mongo_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store/mongo/mongotest"
)

// TestAnotherPrimaryIsFoundWithoutARestart: while the primary moves from member to member, everything asked for is done.
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

// TestNobodyWaitsForeverForAnInstanceThatWasKilled: what it had begun is undone by the server after a while, and others go on.
func TestNobodyWaitsForeverForAnInstanceThatWasKilled(t *testing.T) {
	k := newKit(t, mongotest.Options{TransactionLifetime: 200 * time.Millisecond})
	k.apply(k.patient("a", 1, "Ash"))
	client, err := driver.Connect(options.Client().ApplyURI(k.uri))
	if err != nil {
		t.Fatal(err)
	}
	session, err := client.StartSession()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.StartTransaction(); err != nil {
		t.Fatal(err)
	}
	_, err = k.collection(client, "resources").UpdateOne(driver.NewSessionContext(t.Context(), session), bson.D{{Key: "_id", Value: "Patient/a"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "v", Value: 7}}}})
	if err != nil {
		t.Fatal(err)
	}
	k.server.CutConnections() // neither commit nor abort ever comes
	k.apply(k.patient("a", 2, "Beech"))
	st, err := k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"})
	if err != nil || st.Key.Version != 2 {
		t.Errorf("it is %v, %v", st, err)
	}
	_ = client.Disconnect(context.Background()) // it was killed
}
