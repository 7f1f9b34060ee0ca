package search

import (
	"strings"
	"testing"

	"frontdesk/fhir"
)

// TestBind: a cursor is taken by the search it was made in, however that is written and shown, and by no other.
func TestBind(t *testing.T) {
	r := registry(t)
	parse := func(types, query, address string) (*Search, error) {
		o := options
		o.Address = address
		return Parse(r, strings.Split(types, ","), query, o)
	}
	s, err := parse("Observation", "code=a&subject=Patient/1&_count=5", "/Observation")
	if err != nil {
		t.Fatal(err)
	}
	if s.Bind(nil) != nil {
		t.Error("the start has a position")
	}
	at := Position("where a page ended")
	cursor := "&_cursor=" + Cursor(s.Bind(at))
	for _, c := range []struct {
		types, query, address string
		own                   bool
	}{
		{"Observation", "code=a&subject=Patient/1&_count=5", "/Observation", true},
		{"Observation", "subject=Patient%2F1&code=%61&_count=9", "/Observation", true},
		{"Observation", "code=a&subject=Patient/1&_sort=-date&_elements=code&_include=Observation:subject&_total=accurate", "/Observation", true},
		{"Observation", "code=a&subject=Patient/2", "/Observation", false},
		{"Observation", "code=a", "/Observation", false},
		{"Observation", "code=a&subject=Patient/1&_sort=date", "/Observation", false},
		{"Observation", "code=a&subject=Patient/1", "/Patient/1/Observation", false},
		{"Condition", "code=a&subject=Patient/1", "/Observation", false},
	} {
		got, err := parse(c.types, c.query+cursor, c.address)
		switch {
		case c.own && (err != nil || string(got.After) != string(at)):
			t.Errorf("%s %s: %v", c.types, c.query, err)
		case !c.own && (fhir.KindOf(err) != fhir.Invalid || !strings.Contains(err.Error(), "_cursor")):
			t.Errorf("%s %s: got %v, want a refusal of _cursor", c.types, c.query, err)
		}
	}
	if _, err := parse("Observation", "code=a&_cursor="+Cursor(s.binding), "/Observation"); err == nil {
		t.Error("a cursor without a position was taken")
	}
}
