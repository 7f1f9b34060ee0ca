package mongo_test

import (
	"os"
	"strconv"
	"testing"

	"frontdesk/conformance"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/opentest"
)

// TestAgreement holds the backend to the oracle over queries as clients send them, once with far ends of chains that
// are looked up first, once with such as are too large for that. FRONTDESK_AGREEMENT_PAIRS sets how many,
// FRONTDESK_AGREEMENT_SEED which ones.
func TestAgreement(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, inner := range map[string]int{"chains first": 0, "candidates first": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.TestAgreement(t, func(t testing.TB) store.Backend {
				return opentest.Open(t, r, mongo.Options{Inner: inner})
			}, setting("FRONTDESK_AGREEMENT_PAIRS", 3000)/2, uint64(setting("FRONTDESK_AGREEMENT_SEED", 1)))
		})
	}
}

// setting is a number that the environment may set.
func setting(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}
