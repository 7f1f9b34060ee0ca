package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestSizes measures what store/mongo/README.md says of sizes: what a resource takes in each store, as a multiple of
// its JSON. It fails if that has become more than half as much again as is said there.
func TestSizes(t *testing.T) {
	const saidSQLite, saidMongo = 2.3, 5.6 // of the whole corpus
	corpus := filepath.Join("..", "..", "..", "shared", "corpus", "synthea")
	records, _ := filepath.Glob(filepath.Join(corpus, "C*.json"))
	staff, _ := filepath.Glob(filepath.Join(corpus, "*nformation*.json"))
	if len(records) == 0 {
		t.Skip("the records to measure by aren't here: ", corpus)
	}
	folder, uri := t.TempDir(), mongoStore(t)
	if _, out, log := frontdesk(t, "", append([]string{"import", "--store", "sqlite:" + folder}, append(staff, records...)...)...); !strings.Contains(out, "resources in") {
		t.Fatal(log)
	}
	saved := filepath.Join(t.TempDir(), "saved.db")
	if status, _, log := frontdesk(t, "", "backup", "--store", "sqlite:"+folder, saved); status != 0 {
		t.Fatal(log)
	}
	if status, _, log := frontdesk(t, "", "copy", "--from", "sqlite:"+folder, "--to", uri); status != 0 {
		t.Fatal(log)
	}
	info, err := os.Stat(saved)
	if err != nil {
		t.Fatal(err)
	}
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(t.Context())
	name := databaseOf(uri)
	var n, json, documents, keys int64
	for _, collection := range []string{"resources", "history"} {
		cursor, err := client.Database(name).Collection(collection).Find(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		for cursor.Next(t.Context()) {
			documents += int64(len(cursor.Current))
			if collection == "resources" {
				n++
				_, body := cursor.Current.Lookup("j").Binary()
				json += int64(len(body))
				for _, array := range []string{"k", "ck", "x", "r", "c"} {
					if list, ok := cursor.Current.Lookup(array).ArrayOK(); ok {
						values, _ := list.Values()
						keys += int64(len(values))
					}
				}
			}
		}
		if err := cursor.Err(); err != nil {
			t.Fatal(err)
		}
	}
	sqlite, mongo := float64(info.Size())/float64(json), float64(documents)/float64(json)
	t.Logf("%d resources of %d bytes of JSON on average: SQLite %d bytes each, with its indexes (%.1f times the JSON); MongoDB %d bytes of documents each, "+
		"history included (%.1f times), and %d index keys", n, json/n, info.Size()/n, sqlite, documents/n, mongo, keys/n)
	if sqlite > 1.5*saidSQLite || mongo > 1.5*saidMongo {
		t.Errorf("store/mongo/README.md says %.1f and %.1f times", saidSQLite, saidMongo)
	}
}
