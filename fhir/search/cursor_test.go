package search

import (
	"encoding/base64"
	"reflect"
	"slices"
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
	if c := s.Cursor(Place{}); c != "" {
		t.Errorf("the first page has the cursor %q", c)
	}
	at := Position("where a page ended")
	cursor := "&_cursor=" + s.Cursor(Place{After: at})
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
	for what, raw := range map[string]string{"nothing": "", "no position": "n", "another way": "xabc",
		"what it was before": "abc"} {
		cursor := base64.RawURLEncoding.EncodeToString(append(slices.Clone(s.binding), raw...))
		if _, err := parse("Observation", "code=a&subject=Patient/1&_cursor="+cursor, "/Observation"); err == nil {
			t.Errorf("a cursor with %s was taken", what)
		}
	}
}

// TestB13_ACursorLeadsBothWays: it says again which page it was made of.
func TestB13_ACursorLeadsBothWays(t *testing.T) {
	r := registry(t)
	s, err := Parse(r, []string{"Observation"}, "code=a", options)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Place{{After: Position("x")}, {After: Position("x"), Back: true}, {Back: true}} {
		again, err := Parse(r, []string{"Observation"}, "code=a&_cursor="+s.Cursor(want), options)
		if err != nil || !reflect.DeepEqual(again.Place, want) {
			t.Errorf("%+v: %+v, %v", want, again, err)
		}
		if got, err := PlaceOf(want.Cursor()); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: %+v, %v", want, got, err)
		}
	}
}
