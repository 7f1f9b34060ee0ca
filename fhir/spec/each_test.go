package spec_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
)

// example decodes a file of testdata.
func example(t testing.TB, name string) protoreflect.Message {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	res, err := codec.Decode(text, codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return res.Message
}

func TestEach(t *testing.T) {
	for _, c := range []struct {
		param string
		want  []string // what each element has in it, in order
	}{
		{"Patient.family", []string{"Okafor"}},
		{"Patient.given", []string{"Ada", "Mary"}},
		{"Patient.name", []string{`"given":["Ada","Mary"]`}},
		{"Patient.phone", []string{"01632 960001"}},
		{"Patient.email", []string{"ada@example.org"}},
		{"Patient.telecom", []string{"01632 960001", "ada@example.org"}},
		{"Patient.gender", []string{"female"}},
		{"Patient.active", []string{"true"}},
		{"Patient.birthdate", []string{"1971-08"}},
		{"Patient.deceased", []string{"true"}},
		{"Patient.death-date", []string{"2024-02-29T08:30:00Z"}},
		{"Patient.address-postalcode", []string{"LS1 1AA"}},
		{"Patient.general-practitioner", []string{"Practitioner/gp1", "Organization/o1"}},
		{"Patient.link", []string{"RelatedPerson/r1"}},
		{"Patient._tag", []string{`"demo"`}},
		{"Observation._profile", []string{"http://hl7.org/fhir/StructureDefinition/bp"}},
		{"Observation.status", []string{"final"}},
		{"Observation.code", []string{"85354-9"}},
		{"Observation.combo-code", []string{"85354-9", "8480-6", "8462-4"}},
		{"Observation.component-value-quantity", []string{"120"}},
		{"Observation.value-quantity", nil},
		{"Observation.patient", []string{"Patient/p1"}},
		{"Observation.date", []string{"2024-03-01T09:10:00Z"}},
		{"Appointment.date", []string{"2026-05-04T09:10:00+01:00"}},
		{"Appointment.start", []string{"2026-05-04T09:10:00+01:00"}},
		{"Appointment.patient", []string{"Patient/p1"}},
		{"Appointment.practitioner", []string{"C0000001"}},
		{"Appointment.location", []string{"Location/l1"}},
		{"Appointment.part-status", []string{"accepted", "needs-action", "accepted"}},
		{"MedicationRequest.code", []string{"39113611000001102"}},
		{"MedicationRequest.medication", nil},
		{"MedicationRequest.authoredon", []string{"2024-01-15"}},
		{"MedicationRequest.date", []string{"2024-01-16"}},
		{"MedicationRequest.based-on", []string{"MedicationRequest/plan1"}},
		{"Condition.onset-age", []string{`"value":7`}},
		{"Condition.onset-date", nil},
		{"Condition.abatement-string", []string{"around 2010"}},
		{"Condition.patient", nil},
		{"Condition.subject", []string{"Group/g1"}},
	} {
		typ, code, _ := strings.Cut(c.param, ".")
		p := param(t, c.param)
		var got []string
		p.Each(example(t, typ), func(e protoreflect.Message) bool {
			got = append(got, show(t, e))
			return true
		})
		if !slices.EqualFunc(got, c.want, strings.Contains) {
			t.Errorf("%s gives %q, want %q", code, got, c.want)
		}
	}
}

func TestEachComponent(t *testing.T) {
	p := param(t, "Observation.component-code-value-quantity")
	var got [][]string
	p.Each(example(t, "Observation"), func(base protoreflect.Message) bool {
		var parts []string
		for _, c := range p.Components {
			c.Param.Each(base, func(e protoreflect.Message) bool {
				parts = append(parts, c.Param.Kind.String()+" "+show(t, e))
				return true
			})
		}
		got = append(got, parts)
		return true
	})
	if len(got) != 2 || len(got[0]) != 2 || !strings.HasPrefix(got[0][0], "token ") || !strings.HasPrefix(got[0][1], "quantity ") || len(got[1]) != 1 {
		t.Errorf("got %q, want the code and quantity of the first component, the code of the second", got)
	}
}

// A yield that says false ends it, and a message of another type has no elements.
func TestEachEnds(t *testing.T) {
	p := param(t, "Patient.given")
	n := 0
	p.Each(example(t, "Patient"), func(protoreflect.Message) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d elements after yield said false, want 1", n)
	}
	p.Each(example(t, "Observation"), func(protoreflect.Message) bool { n++; return true })
	if n != 1 {
		t.Error("an Observation has elements of Patient.given")
	}
}

func param(t testing.TB, name string) *spec.Param {
	t.Helper()
	typ, code, _ := strings.Cut(name, ".")
	if ty, ok := load(t).Type(typ); ok && ty.Params[code] != nil {
		return ty.Params[code]
	}
	t.Fatalf("no parameter %s", name)
	return nil
}

// BenchmarkEach takes the elements of all indexed parameters of an Observation.
func BenchmarkEach(b *testing.B) {
	m := example(b, "Observation")
	typ, _ := load(b).OfMessage(m)
	var params []*spec.Param
	for _, code := range typ.Codes {
		if p := typ.Params[code]; p.Indexed() {
			params = append(params, p)
		}
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, p := range params {
			p.Each(m, func(protoreflect.Message) bool { n++; return true })
		}
	}
	b.ReportMetric(float64(len(params)), "params")
	b.ReportMetric(float64(n)/float64(b.N), "elements")
}
