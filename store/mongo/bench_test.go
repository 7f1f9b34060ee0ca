package mongo_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
)

// benchStored are the resources that are there when something is measured, benchPage is a page.
const (
	benchStored = 2400
	benchPage   = 50
)

// bench is a server with results of 20 patients, as a client with all rights uses it, and the bare driver on the same
// database.
type bench struct {
	*kit
	session  *store.Session
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
	x.session = store.Open(k.b, k.r, store.Options{Base: base}).As(access.Everything("bench"), store.Unobserved)
	for from := 0; from < benchStored; from += 200 {
		var ws []store.Write
		for i := range 200 {
			ws = append(ws, x.write(fmt.Sprintf("o%08d", from+i), 1, x.observation(from+i)))
		}
		k.apply(ws...)
	}
	return x
}

// observation is the nth: of one of 20 patients, in one of 2 codes, an hour after the one before.
func (x *bench) observation(n int) string {
	at := time.Date(2015, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Hour).Format(time.RFC3339)
	return fmt.Sprintf(x.template, n/20%2, n%20, at)
}

// inTurns does the same by the server and by the driver alone, one after the other, so that what else goes on hits
// both, and reports how long one takes in the middle.
func inTurns(b *testing.B, server, bare func(i int) error) {
	b.Helper()
	var took [2][]time.Duration
	b.ResetTimer()
	both := [2]func(int) error{server, bare}
	for i := range 2 * b.N {
		who := (i + i/2) % 2 // who comes second finds warm what the first used, and its garbage
		begun := time.Now()
		if err := both[who](i / 2); err != nil {
			b.Fatal(err)
		}
		took[who] = append(took[who], time.Since(begun))
	}
	var middle [2]float64
	for who := range took {
		slices.Sort(took[who])
		middle[who] = float64(took[who][b.N/2].Nanoseconds())
	}
	b.ReportMetric(middle[0], "server-ns")
	b.ReportMetric(middle[1], "driver-ns")
	b.ReportMetric(middle[0]/middle[1], "times")
}

// BenchmarkRead is a read by id, beside the driver's find of the whole document.
func BenchmarkRead(b *testing.B) {
	x := newBench(b)
	resources := x.collection(x.client, "resources")
	inTurns(b, func(i int) error {
		_, err := x.session.Read(b.Context(), fhir.Key{Type: "Observation", ID: fmt.Sprintf("o%08d", i%benchStored)})
		return err
	}, func(i int) error {
		_, err := resources.FindOne(b.Context(), bson.D{{Key: "_id", Value: fmt.Sprintf("Observation/o%08d", i%benchStored)}}).Raw()
		return err
	})
}

// BenchmarkPage is the page most often asked for, a patient's results of a code, newest first, beside the same find by
// hand, of a snapshot too.
func BenchmarkPage(b *testing.B) {
	x := newBench(b)
	query := fmt.Sprintf("patient=p0&code=http://loinc.org|code-0&_count=%d", benchPage)
	filter, sort, err := x.b.(*mongo.Backend).Asked(b.Context(), x.query("Observation", query))
	if err != nil {
		b.Fatal(err)
	}
	fields := bson.D{}
	for _, f := range []string{"t", "id", "v", "u", "m", "j", "c", "f", "w"} {
		fields = append(fields, bson.E{Key: f, Value: 1})
	}
	o := options.Find().SetSort(sort).SetLimit(benchPage + 1).SetBatchSize(benchPage + 1).SetProjection(fields)
	resources := x.collection(x.client, "resources")
	inTurns(b, func(int) error {
		s, err := search.Parse(x.r, []string{"Observation"}, query, search.Options{})
		if err != nil {
			return err
		}
		page, err := x.session.Search(b.Context(), s)
		if err == nil && len(page.Items) != benchPage {
			err = fmt.Errorf("a page of %d", len(page.Items))
		}
		return err
	}, func(int) error {
		session, err := x.client.StartSession(options.Session().SetSnapshot(true))
		if err != nil {
			return err
		}
		defer session.EndSession(b.Context())
		cursor, err := resources.Find(driver.NewSessionContext(b.Context(), session), filter, o)
		if err != nil {
			return err
		}
		defer cursor.Close(b.Context())
		found := 0
		for cursor.Next(b.Context()) {
			found++
		}
		if found != benchPage+1 {
			return fmt.Errorf("%d found, %w", found, cursor.Err())
		}
		return nil
	})
}

// BenchmarkCreate is the creation of one resource, read from its JSON, beside a transaction by hand that finds the
// newest version and inserts the same two documents, made before.
func BenchmarkCreate(b *testing.B) {
	x := newBench(b)
	key := "Observation/o00000000"
	resources, history := x.collection(x.client, "resources"), x.collection(x.client, "history")
	now, then := x.copies(b, resources, key), x.copies(b, history, key+"/_history/1")
	session, err := x.client.StartSession()
	if err != nil {
		b.Fatal(err)
	}
	defer session.EndSession(b.Context())
	newest := options.FindOne().SetSort(bson.D{{Key: "u", Value: -1}, {Key: "_id", Value: 1}}).SetProjection(bson.D{{Key: "u", Value: 1}})
	inTurns(b, func(i int) error {
		res, err := codec.Decode([]byte(x.observation(i)), codec.Limits{})
		if err != nil {
			return err
		}
		_, err = x.session.Write(b.Context(), store.Change{Action: store.Create, Key: fhir.Key{Type: "Observation"}, Resource: res})
		return err
	}, func(i int) error {
		_, err := session.WithTransaction(b.Context(), func(ctx context.Context) (any, error) {
			if err := history.FindOne(ctx, bson.D{}, newest).Err(); err != nil {
				return nil, err
			}
			if _, err := resources.InsertOne(ctx, now[i]); err != nil {
				return nil, err
			}
			return history.InsertOne(ctx, then[i])
		})
		return err
	})
}

// copies are b.N documents like one that is there, each with a key of its own.
func (x *bench) copies(b *testing.B, in *driver.Collection, key string) []bson.Raw {
	b.Helper()
	var d bson.D
	if err := in.FindOne(b.Context(), bson.D{{Key: "_id", Value: key}}).Decode(&d); err != nil {
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
