package store

import (
	"errors"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// FuzzPatch: whatever is sent as a patch, the answer is an error of ours, or the same resource still.
func FuzzPatch(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[null]`, `[{}]`, `{}`, `null`, `[{"op":"add","path":"","value":null}]`,
		`[{"op":"replace","path":"/status","value":"amended"}]`,
		`[{"op":"test","path":"/note/0/text","value":"x"},{"op":"copy","from":"/note/0","path":"/note/-"}]`,
		`[{"op":"move","from":"/note","path":"/note/0"}]`, `[{"op":"remove","path":"/note/00"}]`,
		`[{"op":"add","path":"/a~1b~0/c","value":{"d":[1,2]}}]`, `[{"op":"test","path":null,"value":1e999}]`,
		`[{"op":"replace","path":"","value":{"resourceType":"Patient","id":"o"}}]`,
		`[{"op":"copy","from":"","path":"/note/0/x"}]`, `[{"op":"remove","path":""}]`,
		`[{"op":"test","path":""}]`, `[{"op":"add","path":"/status"}]`,
	} {
		f.Add([]byte(seed))
	}
	before := &fhir.Stored{Key: fhir.Key{Type: "Observation", ID: "o", Version: 1}, JSON: []byte(
		`{"resourceType":"Observation","id":"o","meta":{"versionId":"1"},"status":"final","code":{"text":"x"},"note":[{"text":"x"},{"text":"y"}]}`)}
	f.Fuzz(func(t *testing.T, document []byte) {
		r, err := patched(before, document, codec.Limits{})
		var ours *fhir.Error
		switch {
		case err != nil && (!errors.As(err, &ours) || ours.Kind == fhir.Internal):
			t.Errorf("%q: got %v, want an error that tells the client what is wrong", document, err)
		case err == nil && (r.Type != "Observation" || r.ID != "o"):
			t.Errorf("%q made %s/%s of it", document, r.Type, r.ID)
		}
	})
}
