package mongotest_test

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
)

// connect is a client of a server, which ends with the test.
func connect(t testing.TB, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(5 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) })
	return client
}

// open is a collection with documents in it, on a server of its own.
func open(t testing.TB, o mongotest.Options, docs ...any) (*mongotest.Server, *mongo.Collection) {
	t.Helper()
	if javaURI != "" {
		t.Skip("this is about our own server")
	}
	return ours(t, o, docs...)
}

func ours(t testing.TB, o mongotest.Options, docs ...any) (*mongotest.Server, *mongo.Collection) {
	t.Helper()
	s := mongotest.Start(t, o)
	return s, fill(t, connect(t, s.URI()).Database("test").Collection("c"), docs...)
}

func fill(t testing.TB, c *mongo.Collection, docs ...any) *mongo.Collection {
	t.Helper()
	if len(docs) == 0 {
		return c
	}
	inOrder := make([]any, len(docs))
	for i, doc := range docs {
		inOrder[i] = idFirst(doc)
	}
	if _, err := c.InsertMany(t.Context(), inOrder); err != nil {
		t.Fatal(err)
	}
	return c
}

// idFirst is a document of which a map leaves the order open, with the _id first: so MongoDB keeps it, and
// mongo-java-server as it comes.
func idFirst(doc any) any {
	fields, ok := doc.(bson.M)
	id, has := fields["_id"]
	if !ok || !has {
		return doc
	}
	out := bson.D{{Key: "_id", Value: id}}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "_id" {
			out = append(out, bson.E{Key: name, Value: fields[name]})
		}
	}
	return out
}

// anyReplicaSet is anyServer for what needs transactions or snapshots.
func anyReplicaSet(t testing.TB) *mongo.Collection {
	t.Helper()
	notOnJava(t, "it has no transactions and no snapshots")
	return anyServer(t)
}

// anyServer is a collection on the server that FRONTDESK_TEST_MONGODB_URI or FRONTDESK_TEST_MONGO_JAVA_URI names, or on
// one of our own: what is tested with it holds of MongoDB itself.
func anyServer(t testing.TB) *mongo.Collection {
	t.Helper()
	uri := cmp.Or(os.Getenv("FRONTDESK_TEST_MONGODB_URI"), javaURI)
	if uri == "" {
		_, c := ours(t, mongotest.Options{})
		return c
	}
	db := connect(t, uri).Database("mongotest_" + bson.NewObjectID().Hex())
	t.Cleanup(func() { _ = db.Drop(context.WithoutCancel(t.Context())) })
	return db.Collection("c")
}

// ids are the _id of what a find gives, in its order.
func ids(t testing.TB, c *mongo.Collection, filter any, opts ...options.Lister[options.FindOptions]) []any {
	t.Helper()
	cursor, err := c.Find(t.Context(), filter, opts...)
	if err != nil {
		t.Fatalf("find %v: %v", filter, err)
	}
	var docs []bson.M
	if err := cursor.All(t.Context(), &docs); err != nil {
		t.Fatalf("find %v: %v", filter, err)
	}
	out := []any{}
	for _, doc := range docs {
		out = append(out, doc["_id"])
	}
	return out
}
