package codec_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

func TestWithoutLeavesOutReferencesAndWhatCannotBeWithoutThem(t *testing.T) {
	for stored, want := range map[string]string{
		// An element, one of several, the last of several.
		`{"resourceType":"Observation","id":"o","encounter":{"reference":"Encounter/gone","display":"Visit"},"valueQuantity":{"value":1.50}}`://
		`{"resourceType":"Observation","id":"o","valueQuantity":{"value":1.50}}`,
		`{"resourceType":"DiagnosticReport","result":[{"reference":"Observation/kept"},{"reference":"Observation/gone"}]}`: `{"resourceType":"DiagnosticReport","result":[{"reference":"Observation/kept"}]}`,
		`{"resourceType":"DiagnosticReport","result":[{"reference":"Observation/gone"}],"conclusion":"\u00e9 {\"reference\":\"Observation\/gone\"}"}`://
		`{"resourceType":"DiagnosticReport","conclusion":"\u00e9 {\"reference\":\"Observation\/gone\"}"}`,
		// Written with an escape it is the same.
		`{"resourceType":"Observation","encounter":{"reference":"Encounter\/gone"}}`: `{"resourceType":"Observation"}`,
		// What requires it goes with it: an entry of a list needs its item, an extension its value.
		`{"resourceType":"List","entry":[{"flag":{"text":"x"},"item":{"reference":"Condition/gone"}},{"item":{"reference":"Condition/kept"}}]}`://
		`{"resourceType":"List","entry":[{"item":{"reference":"Condition/kept"}}]}`,
		`{"resourceType":"Basic","extension":[{"url":"urn:x","valueReference":{"reference":"Condition/gone"}}],"code":{"text":"x"}}`: `{"resourceType":"Basic","code":{"text":"x"}}`,
		// In contained resources too.
		`{"resourceType":"Condition","contained":[{"id":"l","resourceType":"List","entry":[{"item":{"reference":"Condition/gone"}}]}]}`://
		`{"resourceType":"Condition","contained":[{"id":"l","resourceType":"List"}]}`,
		// An attachment is left out with its content, a url that is no attachment's is kept.
		`{"resourceType":"DocumentReference","content":[{"attachment":{"url":"Binary/gone","title":"Letter"}},{"attachment":{"url":"Binary/kept"}}]}`://
		`{"resourceType":"DocumentReference","content":[{"attachment":{"url":"Binary/kept"}}]}`,
		// Narrative goes: of the resource, of what it contains, of a part that has lost something.
		`{"resourceType":"Composition","text":{"status":"generated","div":"<div>a</div>"},"section":[{"title":"A","text":{"status":"generated","div":"<div>a</div>"},"entry":[{"reference":"Condition/gone"}]},{"title":"B","text":{"status":"generated","div":"<div>b</div>"}}],"contained":[{"resourceType":"List","text":{"status":"generated","div":"<div>l</div>"},"id":"l"}]}`://
		`{"resourceType":"Composition","section":[{"title":"A"},{"title":"B","text":{"status":"generated","div":"<div>b</div>"}}],"contained":[{"resourceType":"List","id":"l"}]}`,
		// A resource keeps being one whatever it requires.
		`{"resourceType":"Provenance","target":[{"reference":"Condition/gone"}],"recorded":"2026-01-01T00:00:00Z"}`: `{"resourceType":"Provenance","recorded":"2026-01-01T00:00:00Z"}`,
	} {
		got, err := codec.Without([]byte(stored), func(pointer string) bool { return strings.HasSuffix(pointer, "/gone") })
		if err != nil || string(got) != want {
			t.Errorf("%s\n became %s (%v)\n want   %s", stored, got, err, want)
		}
	}
}

func TestWithoutKeepsEveryByteElse(t *testing.T) {
	for name, text := range ours(t) {
		r, err := codec.Decode(text, codec.Unlimited())
		if err != nil {
			continue // others test what is valid
		}
		want := string(r.JSON)
		var narrated struct{ Text json.RawMessage }
		if err := json.Unmarshal(r.JSON, &narrated); err != nil {
			t.Fatal(err)
		}
		if narrated.Text != nil {
			want = strings.Replace(want, `,"text":`+string(narrated.Text), "", 1)
		}
		for _, gone := range []func(string) bool{nil, func(string) bool { return false }} {
			got, err := codec.Without(r.JSON, gone)
			if err != nil || string(got) != want {
				t.Fatalf("%s: %v, became\n%s", name, err, got)
			}
		}
	}
}

func TestPointersAreThereOrInStringsOnly(t *testing.T) {
	got := slices.Collect(codec.Pointers([]byte(`{"resourceType":"Basic","code":{"text":"\"reference\":\"Patient/no\""},"subject":{"reference":"Patient\/a"},"author":{"reference":"Practitioner/b"},"extension":[{"url":"urn:x"}]}`)))
	if want := []string{"Patient/a", "Practitioner/b", "urn:x"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
