package memory_test

import (
	"testing"

	"frontdesk/conformance"
	"frontdesk/conformance/memory"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// TestAgreement keeps the suite itself honest: the memory backend answers by the oracle, so only pages and queries are
// tested.
func TestAgreement(t *testing.T) {
	conformance.TestAgreement(t, func(t testing.TB) store.Backend {
		r, err := spec.Load()
		if err != nil {
			t.Fatal(err)
		}
		return memory.Open(r)
	}, 2000, 1)
}
