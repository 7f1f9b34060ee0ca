package mongo_test

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/conformance"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
)

// TestMongoJavaServerFindsTheSame asks two servers that nobody wrote together the same: each filter and order that the
// backend makes of the queries of the search generator, pages' positions and all.
func TestMongoJavaServerFindsTheSame(t *testing.T) {
	uri := os.Getenv("FRONTDESK_TEST_MONGO_JAVA_URI")
	if uri == "" {
		t.Skip("FRONTDESK_TEST_MONGO_JAVA_URI names no mongo-java-server to compare with")
	}
	finds := 0
	conformance.TestAgreement(t, func(t testing.TB) store.Backend {
		k := newKit(t, mongotest.Options{})
		return &mirrored{Backend: k.open(), kit: k, theirs: client(t, uri).Database("frontdesk_" + bson.NewObjectID().Hex()).Collection("copy"), finds: &finds}
	}, setting("FRONTDESK_AGREEMENT_PAIRS", 2000), uint64(setting("FRONTDESK_AGREEMENT_SEED", 1)))
	t.Logf("mongo-java-server gave the same for %d finds", finds)
}

// mirrored is a Backend whose finds are made on copies of its documents, too: one on our own server, one on the other.
type mirrored struct {
	*mongo.Backend
	*kit
	ours, theirs *driver.Collection
	copy         sync.Once
	finds        *int
}

// Find compares before it finds. What another writes since the copies were made isn't in them.
func (m *mirrored) Find(ctx context.Context, q *search.Query) (*store.Page, error) {
	m.copy.Do(m.fill)
	if filter, sort, err := m.Asked(ctx, q); err == nil && filter != nil && q.Limit > 0 {
		*m.finds++
		if ours, theirs := m.keys(m.ours, filter, sort), m.keys(m.theirs, filter, sort); !slices.Equal(ours, theirs) {
			m.Errorf("%v in the order of %v:\n  ours %v\ntheirs %v", filter, sort, ours, theirs)
		}
	}
	return m.Backend.Find(ctx, q)
}

// fill makes the copies of all that can be found.
func (m *mirrored) fill() {
	m.Helper()
	own := client(m, m.uri)
	m.ours = m.collection(own, "copy")
	cursor, err := m.collection(own, "resources").Find(m.Context(), bson.D{{Key: "t", Value: bson.D{{Key: "$gt", Value: ""}}}})
	if err != nil {
		m.Fatal(err)
	}
	var docs []bson.Raw
	if err := cursor.All(m.Context(), &docs); err != nil {
		m.Fatal(err)
	}
	for _, c := range []*driver.Collection{m.ours, m.theirs} {
		if _, err := c.InsertMany(m.Context(), docs); err != nil {
			m.Fatal(err)
		}
	}
}

// keys are the _id of what a find gives, in its order.
func (m *mirrored) keys(c *driver.Collection, filter, sort bson.D) (keys []string) {
	m.Helper()
	cursor, err := c.Find(m.Context(), filter, options.Find().SetSort(sort).SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		m.Fatalf("%v in the order of %v: %v", filter, sort, err)
	}
	var found []struct {
		Key string `bson:"_id"`
	}
	if err := cursor.All(m.Context(), &found); err != nil {
		m.Fatal(err)
	}
	for _, f := range found {
		keys = append(keys, f.Key)
	}
	return keys
}

// client is a driver's own, which ends with the test.
func client(t testing.TB, uri string) *driver.Client {
	t.Helper()
	c, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(context.Background()) }) // only reads and copies were made
	return c
}
