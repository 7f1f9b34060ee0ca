package capability_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/capability"
)

const base = "https://gp.example/fhir"

// wired are interactions as a route table has them.
var wired = []capability.Interaction{
	{Code: "capabilities", System: true}, {Code: "batch", System: true}, {Code: "transaction", System: true}, {Code: "search-system", System: true}, {Code: "search-system", System: true},
	{Code: "read"}, {Code: "vread"}, {Code: "create"}, {Code: "update"}, {Code: "update", Conditional: true}, {Code: "patch"}, {Code: "delete"},
	{Code: "delete", Conditional: true}, {Code: "search-type"}, {Code: "search-type"},
}

func input(t testing.TB) capability.Input {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return capability.Input{Base: base, Version: "1.2.3", Date: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC), Registry: r, Interactions: wired}
}

// parsed is what these tests look at.
type parsed struct {
	Kind   string
	Status string
	Date   string
	Rest   []struct {
		Interaction []struct{ Code string }
		SearchParam []struct{ Name string }
		Resource    []struct {
			Type                             string
			Interaction                      []struct{ Code string }
			ConditionalUpdate                bool
			ConditionalDelete                string
			SearchInclude, SearchRevInclude  []string
			SearchParam                      []struct{ Name, Type, Definition, Documentation string }
			ReadHistory, ConditionalCreate   bool
			ConditionalRead, ReferencePolicy any
		}
	}
}

func statement(t testing.TB, in capability.Input) (raw []byte, p parsed) {
	t.Helper()
	raw, err := capability.Statement(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return raw, p
}

// Both our own decoder and google/fhir's must take every mode for valid R4.
func TestDecodes(t *testing.T) {
	oracle, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		t.Fatal(err)
	}
	for mode, typ := range map[string]string{"": "CapabilityStatement", "full": "CapabilityStatement", "normative": "CapabilityStatement", "terminology": "TerminologyCapabilities"} {
		in := input(t)
		in.Mode, in.Security, in.Without = mode, secured, map[string][]string{"AuditEvent": {"update", "patch", "delete"}}
		raw, p := statement(t, in)
		r, err := codec.Decode(raw, codec.Limits{})
		if err != nil {
			t.Errorf("mode %q: %v", mode, err)
			continue
		}
		if _, err := oracle.Unmarshal(raw); err != nil {
			t.Errorf("mode %q: jsonformat says %v", mode, err)
		}
		if r.Type != typ || p.Status != "active" || p.Kind != "instance" || p.Date != "2026-03-01T09:30:00Z" {
			t.Errorf("mode %q is %s, %+v", mode, r.Type, p)
		}
	}
}

func TestUnknownMode(t *testing.T) {
	in := input(t)
	in.Mode = "everything"
	if raw, err := capability.Statement(in); err == nil {
		t.Errorf("mode everything gave %.80s", raw)
	}
}

func TestInteractions(t *testing.T) {
	_, p := statement(t, input(t))
	var system []string
	for _, i := range p.Rest[0].Interaction {
		system = append(system, i.Code)
	}
	if want := []string{"batch", "transaction", "search-system"}; !slices.Equal(system, want) {
		t.Errorf("system interactions are %q, want %q", system, want)
	}
	in := input(t)
	if got, want := len(p.Rest[0].Resource), len(in.Registry.Names()); got != want {
		t.Errorf("%d types, want %d", got, want)
	}
	for _, r := range p.Rest[0].Resource {
		var codes []string
		for _, i := range r.Interaction {
			codes = append(codes, i.Code)
		}
		if want := []string{"read", "vread", "create", "update", "patch", "delete", "search-type"}; !slices.Equal(codes, want) {
			t.Fatalf("%s has %q, want %q", r.Type, codes, want)
		}
		if !r.ConditionalUpdate || r.ConditionalDelete != "single" || !r.ConditionalCreate || !r.ReadHistory {
			t.Fatalf("%s has %+v", r.Type, r)
		}
	}
}

// What isn't wired isn't promised.
func TestFewerRoutes(t *testing.T) {
	in := input(t)
	in.Interactions = []capability.Interaction{{Code: "read"}}
	raw, p := statement(t, in)
	if len(p.Rest[0].Interaction) > 0 || len(p.Rest[0].SearchParam) > 0 || strings.Contains(string(raw), "patchFormat") {
		t.Errorf("promised at system level: %+v", p.Rest[0].Interaction)
	}
	r := p.Rest[0].Resource[0]
	if len(r.Interaction) != 1 || r.ConditionalCreate || r.ConditionalUpdate || r.ConditionalDelete != "not-supported" || r.ReadHistory {
		t.Errorf("promised of a type: %+v", r)
	}
}

func TestOnlyReadyParametersAreListed(t *testing.T) {
	in := input(t)
	in.Ready = func(p *spec.Param) bool { return p.Code != "subject" && p.Code != "_tag" }
	raw, p := statement(t, in)
	if strings.Contains(string(raw), `"name":"subject"`) || strings.Contains(string(raw), `:subject"`) || strings.Contains(string(raw), `"name":"_tag"`) {
		t.Error("a parameter that isn't ready is promised")
	}
	for _, r := range p.Rest[0].Resource {
		typ, _ := in.Registry.Type(r.Type)
		listed := map[string]bool{}
		for _, sp := range r.SearchParam {
			listed[sp.Name] = true
			param := typ.Params[sp.Name]
			if param == nil || param.Unsupported != "" || sp.Type != param.Kind.String() || sp.Definition == "" || sp.Documentation == "" {
				t.Fatalf("%s.%s is listed as %+v", r.Type, sp.Name, sp)
			}
		}
		for _, code := range typ.Codes {
			if param := typ.Params[code]; param.Unsupported == "" && in.Ready(param) && !listed[code] {
				t.Fatalf("%s.%s works and isn't listed", r.Type, code)
			}
		}
	}
}

func TestIncludes(t *testing.T) {
	_, p := statement(t, input(t))
	for _, r := range p.Rest[0].Resource {
		switch r.Type {
		case "Observation":
			if !slices.Contains(r.SearchInclude, "Observation:subject") || slices.Contains(r.SearchInclude, "Observation:code") {
				t.Errorf("Observation includes %q", r.SearchInclude)
			}
		case "Patient":
			if !slices.Contains(r.SearchRevInclude, "Observation:subject") || slices.Contains(r.SearchRevInclude, "Observation:encounter") {
				t.Errorf("Patient revincludes %q", r.SearchRevInclude)
			}
		}
	}
}

func TestNormativeIsPartOfFull(t *testing.T) {
	in := input(t)
	_, full := statement(t, in)
	in.Mode = "normative"
	_, some := statement(t, in)
	if n := len(some.Rest[0].Resource); n == 0 || n >= len(full.Rest[0].Resource) {
		t.Errorf("%d normative types of %d", n, len(full.Rest[0].Resource))
	}
}

var secured = &capability.Security{Authorize: "https://gp.example/auth/authorize", Token: "https://gp.example/auth/token", CORS: true}

// TestSecurity: where apps are given access is told in the way of SMART, and only what there is.
func TestSecurity(t *testing.T) {
	in := input(t)
	if raw, _ := statement(t, in); strings.Contains(string(raw), `"security"`) {
		t.Error("security where there is none")
	}
	in.Security = secured
	raw, _ := statement(t, in)
	for _, part := range []string{`"cors":true`, `"code":"SMART-on-FHIR"`, `{"url":"authorize","valueUri":"https://gp.example/auth/authorize"},{"url":"token","valueUri":"https://gp.example/auth/token"}]`} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("the statement doesn't have %s", part)
		}
	}
}

// TestWithout: what can't be changed is not said to be changeable, and everything else is.
func TestWithout(t *testing.T) {
	in := input(t)
	in.Without = map[string][]string{"AuditEvent": {"update", "patch", "delete"}}
	_, p := statement(t, in)
	for _, r := range p.Rest[0].Resource {
		var codes []string
		for _, i := range r.Interaction {
			codes = append(codes, i.Code)
		}
		changes := r.ConditionalUpdate || r.ConditionalDelete != "not-supported" || slices.Contains(codes, "update") || slices.Contains(codes, "patch") || slices.Contains(codes, "delete")
		if fixed := r.Type == "AuditEvent"; fixed == changes || !slices.Contains(codes, "create") || !slices.Contains(codes, "read") {
			t.Errorf("%s: %v", r.Type, codes)
		}
	}
}
