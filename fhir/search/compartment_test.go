package search

import (
	"testing"

	"frontdesk/fhir/search/expr"
)

// Within agrees with how R4's CompartmentDefinitions read: by each parameter, and by id where they say {def}.
func TestWithin(t *testing.T) {
	r := registry(t)
	observation := doc(t, `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},
		"device":{"reference":"Device/d"},"encounter":{"reference":"Encounter/e"},"performer":[{"reference":"Practitioner/dr"},{"reference":"RelatedPerson/kin"}]}`)
	encounter := doc(t, `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p"}}`)
	patient := doc(t, `{"resourceType":"Patient","id":"p","link":[{"type":"seealso","other":{"reference":"Patient/q"}}]}`)
	device := doc(t, `{"resourceType":"Device","id":"d"}`)
	for _, c := range []struct {
		d       *Doc
		typ, id string
		want    bool
	}{
		{observation, "Patient", "p", true},
		{observation, "Patient", "q", false},
		{observation, "Device", "d", true},
		{observation, "Device", "p", false},
		{observation, "Encounter", "e", true},
		{observation, "Encounter", "o", false},
		{observation, "Practitioner", "dr", true},
		{observation, "Practitioner", "kin", false},
		{observation, "RelatedPerson", "kin", true},
		{encounter, "Encounter", "e", true},
		{encounter, "Encounter", "f", false},
		{encounter, "Patient", "p", true},
		{encounter, "Device", "e", false},
		{patient, "Patient", "p", true},
		{patient, "Patient", "q", true},
		{patient, "Patient", "r", false},
		{device, "Device", "d", false}, // R4 gives no {def} there
		{device, "Patient", "p", false},
		{observation, "Patient", "", true},
		{observation, "Device", "", true},
		{encounter, "Encounter", "", true},
		{encounter, "Practitioner", "", false},
		{patient, "Patient", "", true},
		{device, "Patient", "", false},
	} {
		of, _ := r.Type(c.d.Key.Type)
		e := Within(c.typ, c.id, of)
		if got := Match(e, c.d, now, world{}); got != c.want {
			t.Errorf("%s in %s/%s: %v, want %v (%s)", c.d.Key, c.typ, c.id, got, c.want, expr.Print(e))
		}
	}
}
