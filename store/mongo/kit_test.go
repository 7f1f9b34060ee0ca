package mongo_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
	"frontdesk/store/mongo/opentest"
)

// kit is one instance on a server in this process, on which faults can be made.
type kit struct {
	testing.TB
	server *mongotest.Server
	r      *spec.Registry
	uri    string
	b      store.Backend
}

func newKit(t testing.TB, o mongotest.Options) *kit {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{TB: t, server: mongotest.Start(t, o), r: r}
	k.uri = opentest.Database(t, k.server.URI(), t.Name())
	k.b = k.instance()
	return k
}

// instance is one more on the same database.
func (k *kit) instance() store.Backend { return k.open() }

func (k *kit) open() *mongo.Backend {
	k.Helper()
	// It looks for what others did to indexes so rarely that it doesn't disturb a count of commands.
	b, err := mongo.Open(context.Background(), k.uri, k.r, mongo.Options{Logger: slog.New(slog.DiscardHandler), Base: base, Watch: time.Hour})
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() {
		if err := b.Close(); err != nil {
			k.Error("close:", err)
		}
	})
	return b
}

// write is a resource as a Session would hand it over.
func (k *kit) write(id string, version int64, json string) store.Write {
	k.Helper()
	res, err := codec.Decode([]byte(json), codec.Limits{})
	if err != nil {
		k.Fatal(err)
	}
	t, _ := k.r.Type(res.Type)
	w := store.Write{Key: fhir.Key{Type: res.Type, ID: id, Version: version}, Method: fhir.Put, Body: res.Body(id), Index: search.Index(t, res.Message, base)}
	w.Compartments = search.Compartments(t, id, w.Index)
	return w
}

func (k *kit) patient(id string, version int64, family string) store.Write {
	k.Helper()
	return k.write(id, version, fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"urn:n","value":%q}],"name":[{"family":%q}]}`, id, family))
}

func (k *kit) result(id, patient string) store.Write {
	k.Helper()
	return k.write(id, 1, fmt.Sprintf(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:c","code":"hb"}]},
		"subject":{"reference":"Patient/%s"},"effectiveDateTime":"2024-05-01"}`, patient))
}

// apply commits writes, which must succeed.
func (k *kit) apply(ws ...store.Write) {
	k.Helper()
	if _, err := k.b.Apply(k.Context(), store.Batch{Writes: ws}); err != nil {
		k.Fatal(err)
	}
}

// query compiles "Patient", "name=x&_sort=name".
func (k *kit) query(typ, query string) *search.Query {
	k.Helper()
	s, err := search.Parse(k.r, []string{typ}, query, search.Options{})
	if err != nil {
		k.Fatal(err)
	}
	return &s.Query
}

// find is a page that must be answered.
func (k *kit) find(typ, query string) *store.Page {
	k.Helper()
	page, err := k.b.Find(k.Context(), k.query(typ, query))
	if err != nil {
		k.Fatalf("%s?%s: %v", typ, query, err)
	}
	return page
}

// raise makes the store look as if a newer version of the program had written it.
func (k *kit) raise() {
	k.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(k.uri))
	if err != nil {
		k.Fatal(err)
	}
	defer client.Disconnect(context.Background())
	_, err = k.collection(client, "meta").UpdateOne(k.Context(), bson.D{{Key: "_id", Value: "schema"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "version", Value: 99}}}})
	if err != nil {
		k.Fatal(err)
	}
}

// collection is one of the backend's, by another client.
func (k *kit) collection(client *driver.Client, name string) *driver.Collection {
	k.Helper()
	u, err := url.Parse(k.uri)
	if err != nil {
		k.Fatal(err)
	}
	return client.Database(u.Path[1:]).Collection(name)
}
