package model_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir/model"
)

func TestTypesAndTheirBases(t *testing.T) {
	r4 := model.R4()
	for name, want := range map[string][]string{
		"Patient":               {"DomainResource", "Resource"},
		"Bundle":                {"Resource"},
		"Patient.contact":       {"BackboneElement", "Element"},
		"Timing.repeat":         {"Element"},
		"Dosage":                {"BackboneElement", "Element"},
		"Age":                   {"Quantity", "Element"},
		"code":                  {"string", "Element"},
		"uuid":                  {"uri", "Element"},
		"unsignedInt":           {"integer", "Element"},
		"ElementDefinition":     {"BackboneElement", "Element"},
		"Observation.component": {"BackboneElement", "Element"},
	} {
		typ := r4.Type(name)
		if typ == nil {
			t.Errorf("R4 has no %s", name)
			continue
		}
		var got []string
		for b := typ.Base; b != nil; b = b.Base {
			got = append(got, b.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s specializes %v, want %v", name, got, want)
		}
	}
	if n := len(r4.Resources()); n != 146 {
		t.Errorf("there are %d resource types, want 146", n)
	}
	if r4.Resource("HumanName") != nil || r4.Resource("DomainResource") != nil {
		t.Error("what is no resource type is taken for one")
	}
}

func TestElements(t *testing.T) {
	r4 := model.R4()
	value := r4.Type("Observation").Element("value")
	if !value.Choice || len(value.Members) != 11 || value.Path() != "Observation.value[x]" || value.Type() != nil {
		t.Errorf("Observation.value[x] is %+v", value)
	}
	if m := r4.Type("Observation").Member("valueQuantity"); m == nil || m.Type.Name != "Quantity" || m != value.As("Quantity") {
		t.Error("valueQuantity isn't a Quantity")
	}
	subject := r4.Type("Observation").Member("subject")
	if !slices.Equal(subject.Targets, []string{"Patient", "Group", "Device", "Location"}) {
		t.Errorf("Observation.subject may point at %v", subject.Targets)
	}
	if status := r4.Type("Observation").Element("status"); !status.Required || !status.Type().Has("final") || status.Type().Name != "code" {
		t.Error("Observation.status isn't a code that must be there")
	}
	if item := r4.Type("Questionnaire").Element("item").Type(); item.Element("item").Type() != item || item.Name != "Questionnaire.item" {
		t.Error("Questionnaire.item.item isn't as Questionnaire.item")
	}
	var order []string
	for _, e := range r4.Type("Reference").Elements {
		order = append(order, e.Name)
	}
	if !slices.Equal(order, []string{"id", "extension", "reference", "type", "identifier", "display"}) {
		t.Errorf("the elements of Reference are in the order %v", order)
	}
	if binding := r4.Type("ElementDefinition").Element("binding"); binding.Type().Name != "ElementDefinition.binding" {
		t.Error("ElementDefinition.binding has google/fhir's name")
	}
	if r4.Type("Bundle.entry").Element("resource").Type().Name != "Resource" || r4.Type("Patient").Element("contained").Type().Name != "Resource" {
		t.Error("where any resource may stand is no Resource")
	}
}

// TestEachConstraintHasItsPlace holds that no row of constraints.tsv is about something that isn't there.
func TestEachConstraintHasItsPlace(t *testing.T) {
	table, err := os.ReadFile("constraints.tsv")
	if err != nil {
		t.Fatal(err)
	}
	there := 0
	count := func(name string, all []model.Constraint) {
		if name != "SimpleQuantity" {
			there += len(all)
		}
	}
	for typ := range model.R4().Types {
		count(typ.Name, typ.Constraints)
		for _, e := range typ.Elements {
			count(typ.Name, e.Constraints)
		}
	}
	if rows := strings.Count(string(table), "\n") - 1; rows != there {
		t.Errorf("constraints.tsv has %d, and types and elements have %d", rows, there)
	}
}

// TestEachTypeHasItsFieldInReference holds that google/fhir can say of each type that a reference points at it.
func TestEachTypeHasItsFieldInReference(t *testing.T) {
	r4 := model.R4()
	for _, typ := range r4.Resources() {
		if r4.ReferenceID(typ.Name) == nil && typ.Name != "Parameters" {
			t.Errorf("no field of Reference is for %s", typ.Name)
		}
		if r4.Holder(typ.Name) == nil {
			t.Errorf("no field of ContainedResource is for %s", typ.Name)
		}
	}
}

func TestB16_ElementsKnowTheirBindings(t *testing.T) {
	r4 := model.R4()
	status := r4.Type("AllergyIntolerance").Element("clinicalStatus").Binding
	if status == nil || status.Strength != "required" || status.ValueSet != "http://hl7.org/fhir/ValueSet/allergyintolerance-clinical" {
		t.Fatalf("AllergyIntolerance.clinicalStatus is bound by %+v", status)
	}
	const system = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
	if !status.Has(system, "resolved") || status.Has(system, "bogus") || status.Has("http://a.b", "resolved") {
		t.Errorf("the codes are %v", status.Lists)
	}
	if b := r4.Type("Observation").Element("category").Binding; b == nil || b.Strength != "preferred" || b.Lists != nil {
		t.Errorf("Observation.category is bound by %+v", b)
	}
	if b := r4.Type("Observation").Element("value").Binding; b != nil {
		t.Errorf("Observation.value[x] is bound by %+v", b)
	}
	bound := 0
	for typ := range r4.Types {
		for _, e := range typ.Elements {
			if e.Binding != nil {
				bound++
			}
		}
	}
	if bound < 1100 {
		t.Errorf("only %d elements have their binding", bound)
	}
}
