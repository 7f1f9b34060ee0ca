package spec_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
)

// Every parameter of every type can be used, or says why not.
func TestLoad(t *testing.T) {
	r := load(t)
	if len(r.Names()) != 146 {
		t.Errorf("%d types, want the 146 of R4", len(r.Names()))
	}
	unsupported := map[string]string{}
	for _, name := range r.Names() {
		typ, _ := r.Type(name)
		if of, ok := r.OfMessage(typ.New()); !ok || of != typ {
			t.Errorf("%s is not the type of its own message", name)
		}
		if !slices.Equal(typ.Codes, slices.Sorted(maps.Keys(typ.Params))) {
			t.Errorf("%s: Codes are not the sorted keys of Params", name)
		}
		for code, p := range typ.Params {
			switch {
			case p.Code != code, p.Kind == 0, p.Fingerprint == "":
				t.Errorf("%s.%s is not whole: %+v", name, code, p)
			case p.Unsupported != "":
				unsupported[p.URL] = p.Code + ": " + p.Unsupported
			case p.Kind == spec.Reference && len(p.Targets) == 0:
				t.Errorf("%s has no targets", p.Name())
			}
		}
	}
	for _, url := range slices.Sorted(maps.Keys(unsupported)) {
		t.Logf("not supported: %s (%s)", unsupported[url], url)
	}
}

func TestBranches(t *testing.T) {
	for _, c := range []struct{ param, want string }{
		{"Observation.patient", "subject→Patient"},
		{"Observation.combo-code", "code component-code"},
		{"Observation.combo-code-value-quantity", "code-value-quantity component-code-value-quantity"},
		{"Appointment.start", "date"},
		{"Appointment.patient", "actor→Patient"},
		{"Patient.phonetic", "name"},
		{"Patient.telecom", ""},
		{"Observation.subject", ""},
		{"Observation.date", ""},
	} {
		var got []string
		for _, b := range param(t, c.param).Branches {
			name := b.Param.Code
			if b.Target != "" {
				name += "→" + b.Target
			}
			got = append(got, name)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s is the union of %q, want %q", c.param, got, c.want)
		}
	}
}

// A parameter with branches selects just what they do.
func TestBranchesSelectTheSame(t *testing.T) {
	r := load(t)
	compared := 0
	for name, text := range examples(t) {
		res, err := codec.Decode(text, codec.Limits{Conditional: true})
		if err != nil {
			continue
		}
		typ, _ := r.Type(res.Type)
		for _, p := range typ.Params {
			if len(p.Branches) == 0 {
				continue
			}
			union := map[string]bool{}
			for _, b := range p.Branches {
				if !b.Param.Indexed() {
					t.Errorf("%s is a branch of %s, but has no index", b.Param.Name(), p.Name())
				}
				for e := range selected(t, b.Param, res.Message) {
					// "Patient/1", "https://…/Patient/1" or "type":"Patient"
					if b.Target == "" || strings.Contains(e, `"`+b.Target) || strings.Contains(e, "/"+b.Target+"/") {
						union[e] = true
					}
				}
			}
			if got := selected(t, p, res.Message); !maps.Equal(got, union) && !(len(got) == 0 && len(union) == 0) {
				t.Errorf("%s: %s selects %v, its branches %v", name, p.Name(), got, union)
			}
			compared += len(union)
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

func selected(t *testing.T, p *spec.Param, m protoreflect.Message) map[string]bool {
	all := map[string]bool{}
	p.Each(m, func(e protoreflect.Message) bool { all[show(t, e)] = true; return true })
	return all
}

func TestTables(t *testing.T) {
	r := load(t)
	observation, _ := r.Type("Observation")
	codes := func(ps []*spec.Param) (codes []string) {
		for _, p := range ps {
			codes = append(codes, p.Code)
		}
		return codes
	}
	if got := codes(observation.Compartments["Patient"]); !slices.Equal(got, []string{"subject", "performer"}) {
		t.Errorf("Observation is in a Patient's compartment by %q, want subject and performer", got)
	}
	encounter, _ := r.Type("Encounter")
	if got := encounter.Compartments["Encounter"]; !slices.Equal(got, []*spec.Param{spec.ID}) {
		t.Errorf("an Encounter is in its own compartment by %q, want its id", codes(got))
	}
	// Of Device R4 names no parameter, not even {def}.
	if got := r.Compartment("Device"); len(got) != 32 || slices.ContainsFunc(got, func(t *spec.Type) bool { return t.Name == "Device" }) {
		t.Errorf("%d types are in a Device's compartment, want 32 without Device", len(got))
	}
	if got := r.Compartment("Organization"); got != nil {
		t.Errorf("an Organization has a compartment of %d types", len(got))
	}
	if slot, _ := r.Type("Slot"); slot.Compartments["Patient"] != nil {
		t.Error("Slot is in a Patient's compartment")
	}
	if observation.Date == nil || observation.Date.Code != "date" || !observation.Params["code"].Hot || observation.Params["method"].Hot {
		t.Error("Observation: want date to be its date, code hot, method not")
	}
	if !slices.Equal(observation.Required, []string{"status", "code"}) {
		t.Errorf("Observation requires %q, want status and code", observation.Required)
	}
	medication, _ := r.Type("MedicationRequest")
	if !slices.Contains(medication.Required, "medicationCodeableConcept") || !slices.Contains(medication.Required, "medicationReference") {
		t.Errorf("MedicationRequest requires %q, want each form of medication[x]", medication.Required)
	}
	summary := observation.Summary.Of
	component := summary["component"]
	if _, note := summary["note"]; note || component == nil || summary["valueQuantity"] != nil {
		t.Error("Observation's summary: want no note, a part of component, the whole of valueQuantity")
	} else if _, has := component.Of["code"]; !has {
		t.Error("Observation's summary: component has no code")
	} else if _, has := component.Of["referenceRange"]; has {
		t.Error("Observation's summary: component has its referenceRange")
	}
}

func TestWith(t *testing.T) {
	r := load(t)
	def := spec.Definition{URL: "http://example.org/sp/mothers-maiden-name", Code: "mothers-maiden-name", Kind: spec.String, Bases: []string{"Patient"},
		Expression: "Patient.extension('http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName').value.as(string) | Person.name"}
	alias := spec.Definition{URL: "http://example.org/sp/surname", Code: "surname", Kind: spec.String, Bases: []string{"Patient", "Person"},
		Expression: "Patient.name.family | Person.name.family"}
	more, err := r.With(def, alias)
	if err != nil {
		t.Fatal(err)
	}
	old, _ := r.Type("Patient")
	now, _ := more.Type("Patient")
	if old.Params["surname"] != nil {
		t.Error("With changed the Registry it was called on")
	}
	if now.Params["name"] != old.Params["name"] {
		t.Error("With made a new *Param of one that was there")
	}
	if got := now.Params["mothers-maiden-name"]; !got.Indexed() || strings.Contains(got.Expression, "Person") {
		t.Errorf("the new parameter is %+v, want it indexed, with Patient's part of the expression", got)
	}
	if b := now.Params["surname"].Branches; len(b) != 1 || b[0].Param != now.Params["family"] {
		t.Errorf("surname is the union of %+v, want family", b)
	}
	if !slices.Contains(now.Codes, "surname") {
		t.Error("Codes lacks the new parameter")
	}
}

func TestWithRefuses(t *testing.T) {
	good := spec.Definition{URL: "http://example.org/sp/x", Code: "x", Kind: spec.Token, Bases: []string{"Patient"}, Expression: "Patient.gender"}
	for name, c := range map[string]struct {
		change func(*spec.Definition)
		kind   fhir.Kind
		text   string
	}{
		"unknown type":        {func(d *spec.Definition) { d.Bases = []string{"Patients"} }, fhir.Invalid, `no resource type "Patients"`},
		"code taken":          {func(d *spec.Definition) { d.Code = "gender" }, fhir.Conflict, "individual-gender"},
		"of no use to it":     {func(d *spec.Definition) { d.Kind = spec.Quantity }, fhir.Invalid, "quantity parameter can't search in a code"},
		"code for no URL":     {func(d *spec.Definition) { d.Code = "a:b" }, fhir.Invalid, "letters, digits"},
		"unknown target":      {func(d *spec.Definition) { d.Targets = []string{"Pet"} }, fhir.Invalid, `"Pet"`},
		"special":             {func(d *spec.Definition) { d.Kind = spec.Special }, fhir.NotSupported, "special"},
		"composite of none":   {func(d *spec.Definition) { d.Kind = spec.Composite }, fhir.NotSupported, "0 components"},
		"components, unknown": {func(d *spec.Definition) { d.Kind, d.Components = spec.Composite, []spec.Part{{"http://x", "code"}} }, fhir.Invalid, `"http://x"`},
		"expression":          {func(d *spec.Definition) { d.Expression = "Patient.gendre" }, fhir.Invalid, "gendre"},
	} {
		d := good
		c.change(&d)
		_, err := load(t).With(d)
		var e *fhir.Error
		if !errors.As(err, &e) || e.Kind != c.kind || !strings.Contains(e.Error(), c.text) {
			t.Errorf("%s: %v, want one of kind %d with %q", name, err, c.kind, c.text)
		}
	}
}
