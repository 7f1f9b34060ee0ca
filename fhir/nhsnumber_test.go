package fhir_test

import (
	"testing"

	"frontdesk/fhir"
)

func TestNHSNumbers(t *testing.T) {
	for text, want := range map[string]bool{"9000000009": true, "9434765919": true, "9990000018": true, "1234567890": false, "9000000000": false,
		"900000000": false, "90000000090": false, "900 000 0009": false, "": false, "900000000a": false, "0000000000": true} {
		if got := fhir.IsNHSNumber(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
