package spec

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
)

func TestCompileRefuses(t *testing.T) {
	for expression, want := range map[string]string{
		"":                                          "expected a name",
		"Patient.":                                  "expected a name (at character 9",
		"Patient.name |":                            "(at character 15",
		"Patient.name)":                             "expected the end",
		"(Patient.name":                             "expected )",
		"Patient.name[0]":                           "(at character 13",
		"Patient.name.where(use='official":          "closing quote",
		`Patient.name.where(use='\z')`:              "escape",
		"Patient.name.where(use='formal')":          "value that can't be there",
		"Patient.name.where(use=true)":              "value that can't be there",
		"Patient.name.where(use=family)":            "compare with a 'string'",
		"Patient.name.where(use)":                   "condition",
		"Patient.name.first()":                      "first()",
		"Patient.nom":                               "hasn't got: nom",
		"Patient.contained":                         "another resource",
		"Patient.contained.id":                      "another resource",
		"Patient.name.family.value":                 "hasn't got: value",
		"Patient.deceased.extension":                "which type of the choice",
		"Patient.deceased as Quantity":              "can't be",
		"Patient.name as Address":                   "never is",
		"Patients.name":                             "R4 hasn't got: Patients",
		"Observation.code":                          "selects nothing of Patient",
		"Patient.link.other.reference":              "hasn't got: reference",
		"Patient.link.where(resolve() is Pet)":      "R4 hasn't got: Pet",
		"'Patient'":                                 "write a path",
		"true":                                      "write a path",
		strings.Repeat("(", 70) + "Patient.id":      "too deeply",
		strings.Repeat("a", maxExpression+1):        "too long",
		strings.Repeat("Patient.id|", 300) + "name": "too many alternatives",
		"Patient.\x00":                              "character that FHIRPath doesn't know",
	} {
		_, _, err := compile(model.R4().Type("Patient"), expression)
		var e *fhir.Error
		if !errors.As(err, &e) || e.Kind != fhir.Invalid || !strings.Contains(e.Error(), want) {
			t.Errorf("%.60q: %v, want an error with %q", expression, err, want)
		}
	}
}

// Ways to write the same thing have the same key, by which branches and fingerprints are told.
func TestCompileKeys(t *testing.T) {
	for _, same := range [][]string{
		{"Observation.value as Quantity", "(Observation.value as Quantity)", "Observation.value.as(Quantity)", "Observation.value.ofType(FHIR.Quantity)", "value.ofType(Quantity)"},
		{"Observation.subject.where(resolve() is Patient)", "Observation . subject\n.where( resolve() is FHIR.Patient )", "DomainResource.as(Observation).subject.where(resolve() is Patient)"},
	} {
		var first route
		for i, expression := range same {
			paths, _, err := compile(model.R4().Type("Observation"), expression)
			if err != nil {
				t.Errorf("%s: %v", expression, err)
				continue
			}
			if i == 0 {
				first = paths[0]
			}
			if paths[0].key != first.key || paths[0].target != first.target {
				t.Errorf("%s: key %s, target %s; want those of %s", expression, paths[0].key, paths[0].target, same[0])
			}
		}
	}
}

func TestTypeInURL(t *testing.T) {
	for url, want := range map[string]string{
		"Patient/1":                                   "Patient",
		"Patient/1/_history/2":                        "Patient",
		"https://example.org/fhir/Patient/1":          "Patient",
		"https://example.org/Patient/1/_history/2":    "Patient",
		"urn:uuid:0d1e2f30-0000-4000-8000-0000000000": "",
		"https://example.org/Pet/1":                   "",
		"Patient":                                     "",
		"":                                            "",
	} {
		if got := typeInURL(url); got != want {
			t.Errorf("%q: %q, want %q", url, got, want)
		}
	}
}

// FuzzCompile: whatever is posted as an expression compiles or is refused with a *fhir.Error, and what compiles runs.
func FuzzCompile(f *testing.F) {
	defs, err := definitions()
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(defs); i += 40 {
		f.Add(defs[i].Bases[0], defs[i].Expression)
	}
	f.Add("Patient", "Patient.deceased.exists() and Patient.deceased != false")
	f.Add("Patient", "Patient.extension('http://a').value.as(string)")
	f.Fuzz(func(t *testing.T, typ, expression string) {
		of := model.R4().Resource(typ)
		if of == nil {
			return
		}
		paths, used, err := compile(of, expression)
		if err != nil {
			var e *fhir.Error
			if !errors.As(err, &e) || e.Kind != fhir.Invalid || e.Issues[0].Text == "" {
				t.Errorf("%q: %#v is not a *fhir.Error of kind Invalid", expression, err)
			}
			return
		}
		if used == "" || len(paths) == 0 {
			t.Errorf("%q: compiled to nothing", expression)
		}
		for _, p := range paths {
			(program{p}).each((&Type{Descriptor: of.Descriptor}).New(), func(protoreflect.Message) bool { return true })
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := load(); err != nil {
			b.Fatal(err)
		}
	}
}
