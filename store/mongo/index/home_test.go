package index_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo/index"
)

func TestHome(t *testing.T) {
	for _, c := range []struct {
		compartments []string
		want         string
	}{{nil, "Appointment/a"}, {[]string{"p1"}, "p1"}, {[]string{"p1", "p2"}, "*"}} {
		if got := index.Home("Appointment", "a", c.compartments); got != c.want {
			t.Errorf("in the compartments %v: %s, want %s", c.compartments, got, c.want)
		}
	}
}

// TestSearchesNameTheHomesOfWhatTheyCanFind: then a sharded cluster asks only the shards that have them.
func TestSearchesNameTheHomesOfWhatTheyCanFind(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string][]string{
		"Observation?patient=p1":                 {"p1", "*"},
		"Observation?subject=Patient/p1&code=x":  {"p1", "*"},
		"Observation?code=x":                     nil,
		"Observation?patient=p1,p2":              nil,
		"Observation?_id=o1":                     nil, // it is in some Patient's compartment
		"Patient?_id=p1":                         {"*", "Patient/p1", "p1"},
		"Organization?_id=o1":                    {"Organization/o1"},
		"Organization?_id=o1,o2":                 {"Organization/o1", "Organization/o2"},
		"Observation?focus=Patient/p1":           nil, // R4 doesn't count it as in the compartment
		"Observation?subject=Group/g":            nil,
		"Observation?subject:Patient.family=ash": nil,
	} {
		typ, query, _ := strings.Cut(url, "?")
		s, err := search.Parse(r, []string{typ}, query, search.Options{})
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		var got []string
		for _, e := range index.Compile(s.From[0].Type, s.From[0].Where, time.Time{}).D {
			switch v := e.Value.(type) {
			case string:
				if e.Key == index.HomeField {
					got = []string{v}
				}
			case bson.D:
				if e.Key == index.HomeField {
					got = v[0].Value.([]string)
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	if d := index.Compile(nil, search.And{search.Compartment{Patient: "p1"}}, time.Time{}).D; len(d) != 2 || d[1].Key != index.HomeField {
		t.Errorf("who may see one Patient's compartment asks %v", d)
	}
}
