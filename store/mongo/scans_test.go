package mongo_test

import (
	"testing"

	"frontdesk/conformance"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
	"frontdesk/store/mongo/opentest"
)

// TestNothingScansACollection: on a server that refuses to read a collection from end to end, everything works, whatever is asked.
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
