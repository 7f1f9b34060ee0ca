package spec_test

import (
	"testing"

	"frontdesk/fhir/spec"
)

// What a successor has in common with the one before is the very same, whatever came and went.
func TestNext(t *testing.T) {
	r := load(t)
	texts := spec.Definition{URL: "urn:a", Code: "a-text", Kind: spec.String, Bases: []string{"Patient"}, Expression: "Patient.name.text"}
	same := spec.Definition{URL: "urn:b", Code: "b-text", Kind: spec.String, Bases: []string{"Patient"}, Expression: "Patient.name.text"}
	other := spec.Definition{URL: "urn:c", Code: "c-text", Kind: spec.String, Bases: []string{"Observation"}, Expression: "Observation.code.text"}
	next := func(old *spec.Registry, defs ...spec.Definition) *spec.Registry {
		t.Helper()
		n, err := r.Next(old, defs...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	of := func(r *spec.Registry, typ, code string) *spec.Param {
		found, _ := r.Type(typ)
		return found.Params[code]
	}
	one := next(r, texts, same)
	if b := of(one, "Patient", "b-text").Branches; len(b) != 1 || b[0].Param != of(one, "Patient", "a-text") {
		t.Fatalf("b-text is answered by %v, want a-text", b)
	}
	if next(one, texts, same) != one {
		t.Error("nothing has changed, and there is a new Registry")
	}
	two := next(one, same, texts, other)
	for _, code := range []string{"a-text", "b-text", "name", "family"} {
		if of(two, "Patient", code) != of(one, "Patient", code) {
			t.Errorf("Patient.%s is another when Observation gets one more", code)
		}
	}
	a, _ := one.Type("Patient")
	if b, _ := two.Type("Patient"); a != b {
		t.Error("Patient is another when Observation gets one more")
	}
	three := next(two, same, other)
	if p := of(three, "Patient", "b-text"); !p.Indexed() || of(two, "Patient", "b-text") == p {
		t.Error("b-text is still answered by a-text, which is gone")
	}
	if of(three, "Observation", "c-text") != of(two, "Observation", "c-text") || of(three, "Patient", "name") != of(r, "Patient", "name") {
		t.Error("others have changed when a-text went")
	}
	if !three.Defines("urn:c") || three.Defines("urn:a") {
		t.Error("Defines doesn't tell what is there")
	}
	changed := other
	changed.Expression = "Observation.method.text"
	if four := next(three, same, changed); of(four, "Observation", "c-text") == of(three, "Observation", "c-text") {
		t.Error("another expression, and the same parameter")
	}
}
