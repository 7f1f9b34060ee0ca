package fhir_test

import (
	"testing"

	"frontdesk/fhir"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"name", "name", 0}, {"birthdate", "birthdat", 1}, {"gender", "gendre", 2}, {"kitten", "sitting", 3}} {
		if got := fhir.Distance(c.a, c.b); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := fhir.Distance(c.b, c.a); got != c.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
