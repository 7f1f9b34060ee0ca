package fhir_test

import (
	"errors"
	"testing"

	"frontdesk/fhir"
)

func TestAnErrorMovesUnderAPath(t *testing.T) {
	const entry = "Bundle.entry[3]"
	for _, c := range []struct {
		name        string
		err         *fhir.Error
		at, inEntry string
	}{
		{"an element", fhir.Errorf(fhir.Invalid, "Patient.name[0].given", "x"), entry + ".name[0].given", entry + ".resource.name[0].given"},
		{"a resource", fhir.Errorf(fhir.Invalid, "Patient", "x"), entry, entry + ".resource"},
		{"an item", fhir.Errorf(fhir.Invalid, "Bundle[1]", "x"), entry + "[1]", entry + ".resource[1]"},
		{"a parameter", fhir.Errorf(fhir.Invalid, "_count", "x"), entry, entry + ".request.url"},
		{"nothing", fhir.Errorf(fhir.Invalid, "", "x"), entry, entry},
		{"an address", fhir.Errorf(fhir.Invalid, "", "x").InPart("Url"), entry, entry + ".request.url"},
		{"a header", fhir.Errorf(fhir.Invalid, "", "x").InPart("If-None-Exist"), entry, entry + ".request.ifNoneExist"},
	} {
		if got := c.err.At(entry).Issues[0].Expression; got != c.at {
			t.Errorf("%s at a path is %s, want %s", c.name, got, c.at)
		}
		if got := c.err.InEntry(entry).Issues[0].Expression; got != c.inEntry {
			t.Errorf("%s in an entry is %s, want %s", c.name, got, c.inEntry)
		}
		if c.err.Kind != fhir.Invalid || c.err.Issues[0].Text != "x" {
			t.Errorf("%s: moving changed the error itself: %v", c.name, c.err)
		}
	}
}

func TestJoin(t *testing.T) {
	a, b, c := fhir.Errorf(fhir.Conflict, "a", "a"), fhir.Errorf(fhir.Conflict, "b", "b"), fhir.Errorf(fhir.NotFound, "c", "c")
	if err := fhir.Join(nil, nil); err != nil {
		t.Errorf("of nothing: %v", err)
	}
	if err := fhir.AsError(fhir.Join(nil, a, b)); err.Kind != fhir.Conflict || len(err.Issues) != 2 || len(a.Issues) != 1 {
		t.Errorf("of one kind: %v; the first is now %v", err, a)
	}
	if err := fhir.AsError(fhir.Join(a, c)); err.Kind != fhir.Invalid || len(err.Issues) != 2 {
		t.Errorf("of two kinds: %v", err)
	}
	if err := fhir.Join(errors.New("disk on fire")); fhir.KindOf(err) != fhir.Internal {
		t.Errorf("of what isn't ours: %v", err)
	}
	var many []error
	for range 1500 {
		many = append(many, a)
	}
	if err := fhir.AsError(fhir.Join(many...)); len(err.Issues) != 1001 {
		t.Errorf("%d issues of 1,500 faults", len(err.Issues))
	}
}
