package mongo_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
	"frontdesk/store/mongo/mongotest"
)

// benchStored are the resources that are there when something is measured, benchPage is a page.
const (
	benchStored = 2400
	benchPage   = 50
)

// bench is an instance with results of 20 patients, and the bare driver on the same database.
type bench struct {
	*kit
	client   *driver.Client
	template string
}

func newBench(b *testing.B) *bench {
	b.Helper()
	k := newKit(b, mongotest.Options{})
	template, err := os.ReadFile("../sqlite/testdata/observation.json")
	if err != nil {
		b.Fatal(err)
	}
	client, err := driver.Connect(options.Client().ApplyURI(k.uri).SetReadConcern(readconcern.Majority()).SetWriteConcern(writeconcern.Majority()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Disconnect(context.Background()) }) // the server ends anyway
	x := &bench{kit: k, client: client, template: string(template)}
	for from := 0; from < benchStored; from += 200 {
		var ws []store.Write
		for i := range 200 {
			ws = append(ws, x.observation(from+i))
		}
		k.apply(ws...)
	}
	return x
}

// observation is the nth: of one of 20 patients, in one of 2 codes, a while after the one before.
func (x *bench) observation(n int) store.Write {
	at := time.Date(2015, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour).Format(time.RFC3339)
	return x.write(fmt.Sprintf("o%08d", n), 1, fmt.Sprintf(x.template, n/20%2, n%20, at))
}

// BenchmarkRead is a read by id, beside the driver's find of the whole document.
func BenchmarkRead(b *testing.B) {
	x := newBench(b)
	b.Run("frontdesk", func(b *testing.B) {
		for i := range b.N {
			if _, err := x.b.Get(b.Context(), fhir.Key{Type: "Observation", ID: fmt.Sprintf("o%08d", i%benchStored)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("driver", func(b *testing.B) {
		for i := range b.N {
			if _, err := x.collection(x.client, "resources").FindOne(b.Context(), bson.D{{Key: "_id", Value: fmt.Sprintf("Observation/o%08d", i%benchStored)}}).Raw(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkPage is the page most often asked for, a patient's results of a code, newest first, beside the same find by hand.
func BenchmarkPage(b *testing.B) {
	x := newBench(b)
	q := x.query("Observation", fmt.Sprintf("patient=p0&code=http://loinc.org|code-0&_count=%d", benchPage))
	page, err := x.b.Find(b.Context(), q)
	if err != nil || len(page.Items) != benchPage {
		b.Fatalf("the page is %+v, %v", page, err)
	}
	b.Run("frontdesk", func(b *testing.B) {
		for range b.N {
			if _, err := x.b.Find(b.Context(), q); err != nil {
				b.Fatal(err)
			}
		}
	})
	typ, order := q.From[0].Type, index.OrderOf(q.Sort, q.From[0].Type)
	fields := bson.D{}
	for _, f := range []string{"t", "id", "v", "u", "m", "j", "c", "f", "w"} {
		fields = append(fields, bson.E{Key: f, Value: 1})
	}
	filter := bson.D{{Key: "$and", Value: bson.A{bson.D{{Key: "t", Value: typ.Name}}, index.Compile(typ, q.From[0].Where).D}}}
	o := options.Find().SetSort(order.Sort()).SetLimit(benchPage + 1).SetBatchSize(benchPage + 1).SetProjection(fields)
	in := x.collection(x.client, "resources")
	b.Run("driver", func(b *testing.B) {
		for range b.N {
			cursor, err := in.Find(b.Context(), filter, o)
			if err != nil {
				b.Fatal(err)
			}
			var found []bson.Raw
			if err := cursor.All(b.Context(), &found); err != nil || len(found) != benchPage+1 {
				b.Fatalf("%d found, %v", len(found), err)
			}
		}
	})
}

// BenchmarkCreate is the creation of one resource, beside a transaction by hand that inserts the same two documents, made before.
func BenchmarkCreate(b *testing.B) {
	x := newBench(b)
	b.Run("frontdesk", func(b *testing.B) {
		ws := make([]store.Write, b.N)
		for i := range ws {
			ws[i] = x.observation(i)
			ws[i].Key.ID = bson.NewObjectID().Hex()
		}
		b.ResetTimer()
		for i := range ws {
			x.apply(ws[i])
		}
	})
	b.Run("driver", func(b *testing.B) {
		key := "Observation/o00000000"
		resources, history := x.copies(b, "resources", key), x.copies(b, "history", key+"/_history/1")
		session, err := x.client.StartSession()
		if err != nil {
			b.Fatal(err)
		}
		defer session.EndSession(b.Context())
		b.ResetTimer()
		for i := range b.N {
			_, err := session.WithTransaction(b.Context(), func(ctx context.Context) (any, error) {
				if _, err := x.collection(x.client, "resources").InsertOne(ctx, resources[i]); err != nil {
					return nil, err
				}
				return x.collection(x.client, "history").InsertOne(ctx, history[i])
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// copies are b.N documents like one that is there, each with a key of its own.
func (x *bench) copies(b *testing.B, collection, key string) []bson.Raw {
	b.Helper()
	var d bson.D
	if err := x.collection(x.client, collection).FindOne(b.Context(), bson.D{{Key: "_id", Value: key}}).Decode(&d); err != nil {
		b.Fatal(err)
	}
	out := make([]bson.Raw, b.N)
	for i := range out {
		d[0].Value = key + bson.NewObjectID().Hex() // _id comes first
		var err error
		if out[i], err = bson.Marshal(d); err != nil {
			b.Fatal(err)
		}
	}
	return out
}
