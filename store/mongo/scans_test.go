package mongo_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"frontdesk/conformance"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
	"frontdesk/store/mongo/opentest"
)

// TestNothingScansACollection: on a server that refuses to read a collection from end to end, everything works,
// whatever is asked.
func TestNothingScansACollection(t *testing.T) {
	uri := mongotest.Start(t, mongotest.Options{RefuseScans: true}).URI()
	open := opentest.Opener(t, uri, mongo.Options{Base: base})
	t.Run("the store", func(t *testing.T) { conformance.TestBackend(t, open) })
	t.Run("searches", func(t *testing.T) {
		r, err := spec.Load()
		if err != nil {
			t.Fatal(err)
		}
		conformance.TestAgreement(t, func(t testing.TB) store.Backend {
			b, err := open(t.TempDir(), r)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}, 500, 3)
	})
}

// TestHotSearchesComeInTheOrderOfTheirIndex: what is asked most often reads no more than it shows, and sorts nothing.
// Of a real server only that it scans no collection is sure: it tries its plans, and may like another index better for
// so few resources.
func TestHotSearchesComeInTheOrderOfTheirIndex(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := opentest.Open(t, r, mongo.Options{Base: base}).(*mongo.Backend)
	defer b.Close()
	k := &kit{TB: t, r: r, b: b}
	for i := range 5 {
		var ws []store.Write
		for j := range 60 {
			patient := fmt.Sprintf("p%d-%d", i, j)
			ws = append(ws, k.patient(patient, 1, "Ash"), k.result("o"+patient, fmt.Sprintf("p%d-1", i)))
		}
		k.apply(ws...)
	}
	for query, want := range map[string]string{
		"Observation?patient=p1-1&code=urn:c|hb":    "own",
		"Observation?patient=p1-1":                  "key",
		"Observation?code=urn:c|hb":                 "key",
		"Observation?code=hb":                       "key",
		"Observation":                               "when",
		"Observation?_sort=-_lastUpdated":           "updated",
		"Observation?date=2024-05-01":               "",
		"Patient?identifier=urn:n|p1-1":             "key",
		"Patient?_id=p1-1":                          "_id_",
		"Patient?family=as&_sort=family":            "",
		"Patient?family:contains=s&identifier=p1-1": "key",
	} {
		typ, rest, _ := strings.Cut(query, "?")
		plan, err := b.Winning(t.Context(), k.query(typ, rest))
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		text := fmt.Sprint(plan)
		switch {
		case strings.Contains(text, "COLLSCAN"):
			t.Errorf("%s scans the collection: %s", query, text)
		case os.Getenv(opentest.Variable) != "":
		case want != "" && !strings.Contains(text, `"indexName":"`+want+`"`):
			t.Errorf("%s isn't answered by index %s: %s", query, want, text)
		case want != "" && !strings.Contains(query, "_id=") && strings.Contains(text, `"stage":"SORT"`):
			t.Errorf("%s is sorted: %s", query, text)
		}
	}
}
