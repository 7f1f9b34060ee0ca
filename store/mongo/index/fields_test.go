package index

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// values are one of each kind, and of a reference and a composite more.
func values() []search.Value {
	token := search.Token{System: "urn:s", Code: "c", Text: "text", Type: "urn:t|mr"}
	return []search.Value{token, search.Token{}, search.Text{Folded: "ash", Raw: "Ash"}, search.URL{Value: "http://u", Version: "2"},
		search.Ref{Type: "Patient", ID: "p", Version: 3, Text: "mary"}, search.Ref{URL: "http://elsewhere/Patient/1", Identifier: &token},
		search.DateRange{Lo: search.MinTime, Hi: search.MaxTime}, search.Numbers(search.Below, number("5.4")),
		search.Amount{NumberRange: search.Numbers(number("1"), number("1")), System: "urn:u", Code: "mg", Unit: "gram"},
		search.Prose{Words: "sore throat"}, search.Tuple{token, search.NumberRange{Lo: number("1"), Hi: number("2")}}}
}

func number(text string) search.Number {
	n, _ := search.NumberOf(text)
	return n
}

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	p := &spec.Param{Type: "Observation", Code: "x", Fingerprint: "f"}
	var in []search.Entry
	for _, v := range values() {
		in = append(in, search.Entry{Param: p, Value: v})
	}
	raw, err := bson.Marshal(Fields{Entries: entries(in)})
	if err != nil {
		t.Fatal(err)
	}
	var f Fields
	if err := bson.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	if out := Entries(f.Entries, map[string]*spec.Param{Name(p): p}); !reflect.DeepEqual(out, in) {
		t.Errorf("got\n%+v\nwant\n%+v", out, in)
	}
	if out := Entries(f.Entries, nil); len(out) != 0 {
		t.Errorf("of parameters nobody asked for there are %+v", out)
	}
}

func TestADamagedEntryFindsNothing(t *testing.T) {
	for _, v := range []value{{}, {Kind: 99}, {Kind: -1}, {Kind: kindToken, Texts: []string{"a"}},
		{Kind: kindDate, Times: []int64{1}}, {Kind: kindAmount, Texts: []string{"=", "="}}} {
		if got := v.read(); got != nil {
			t.Errorf("%+v is %+v", v, got)
		}
	}
}

// TestWhatADocumentMayBeWithoutIsListed: who replaces the Fields of a document must know which to take away.
func TestWhatADocumentMayBeWithoutIsListed(t *testing.T) {
	var tags []string
	fields := reflect.TypeFor[Fields]()
	for i := range fields.NumField() {
		if name, optional := strings.CutSuffix(fields.Field(i).Tag.Get("bson"), ",omitempty"); optional {
			tags = append(tags, name)
		}
	}
	if !slices.Equal(tags, Optional) {
		t.Errorf("the optional fields are %v, and those listed %v", tags, Optional)
	}
}

func TestADifferentFingerprintIsADifferentName(t *testing.T) {
	a := &spec.Param{Type: "Patient", Code: "x", Fingerprint: "1"}
	same, other := *a, *a
	other.Fingerprint = "2"
	if Name(a) != Name(&same) || Name(a) == Name(&other) {
		t.Errorf("the names are %q, %q and %q", Name(a), Name(&same), Name(&other))
	}
}
