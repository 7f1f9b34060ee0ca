package mongo

import (
	"os"
	"strconv"
	"testing"

	"frontdesk/conformance"
	"frontdesk/store"
)

// TestAgreement holds the backend to the oracle over queries as clients send them, once with far ends of chains that are looked up
// first, once with such as are too large for that. FRONTDESK_AGREEMENT_PAIRS sets how many, FRONTDESK_AGREEMENT_SEED which ones.
func TestAgreement(t *testing.T) {
	setting := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	r := registry(t)
	for name, inner := range map[string]int{"chains first": 0, "candidates first": 1} {
		t.Run(name, func(t *testing.T) {
			open := openerAt(t, server(t), Options{Inner: inner})
			conformance.TestAgreement(t, func(t testing.TB) store.Backend {
				b, err := open(t.TempDir(), r)
				if err != nil {
					t.Fatal(err)
				}
				return b
			}, setting("FRONTDESK_AGREEMENT_PAIRS", 3000)/2, uint64(setting("FRONTDESK_AGREEMENT_SEED", 1)))
		})
	}
}
