package spec_test

import (
	"slices"
	"strings"
	"testing"
)

// TestB2_OnlyNumbersAreIndexedAnew: what a release indexes otherwise than the one before has another fingerprint, so
// that stores index it anew, and the rest has the one it had. Those before are of the release whose IndexVersion was 2.
func TestB2_OnlyNumbersAreIndexedAnew(t *testing.T) {
	before := map[string]string{"Observation.code": "03ba71fc85f089c5", "Observation.date": "82299e6c3c3e345d",
		"Observation.subject": "57000b874c58c76b", "Observation.code-value-concept": "4c18de4fe8ecf51e",
		"Observation.value-quantity": "d6951478adfb8cd1", "Observation.code-value-quantity": "b261946a610c54ba",
		"RiskAssessment.probability": "a8da33f010282ded"}
	var changed []string
	for name, fingerprint := range before {
		typ, code, _ := strings.Cut(name, ".")
		of, _ := load(t).Type(typ)
		if of.Params[code].Fingerprint != fingerprint {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	want := "Observation.code-value-quantity Observation.value-quantity RiskAssessment.probability"
	if got := strings.Join(changed, " "); got != want {
		t.Errorf("indexed anew are %s, want %s", got, want)
	}
}
