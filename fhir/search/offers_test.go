package search

import (
	"slices"
	"testing"

	"frontdesk/fhir/spec"
)

// TestModifiersAgree: what Modifiers says a parameter has is just what Parse takes, of every parameter of every type.
func TestModifiersAgree(t *testing.T) {
	r := registry(t)
	values := map[string]string{"missing": "true", "of-type": "http://t|MR|1", "identifier": "urn:a|b", "above": "http://a", "below": "http://a"}
	for _, name := range r.Names() {
		typ, _ := r.Type(name)
		for code, p := range typ.Params {
			if p.Unsupported != "" || p.Kind == spec.Special {
				continue
			}
			for _, modifier := range []string{"missing", "exact", "contains", "not", "text", "of-type", "identifier", "above", "below"} {
				_, err := Parse(r, []string{name}, code+":"+modifier+"="+orElse(values[modifier], "abc"), options)
				if offered := slices.Contains(Modifiers(p), modifier); offered != (err == nil) {
					t.Errorf("%s:%s: offered %t, and the parser says %v", p.Name(), modifier, offered, err)
				}
			}
		}
	}
}

// TestOfType: it is for parameters whose expression leads to identifiers (R4 search 3.1.1.4.4).
func TestOfType(t *testing.T) {
	r := registry(t)
	for _, c := range []struct {
		typ, code string
		want      bool
	}{
		{"Patient", "identifier", true}, {"Patient", "gender", false}, {"Patient", "phone", false}, {"Patient", "_tag", false}, {"Patient", "_id", false},
		{"Observation", "identifier", true}, {"Observation", "code", false}, {"Observation", "combo-code", false}, {"Patient", "family", false},
		{"MedicationRequest", "identifier", true}, {"MedicationRequest", "status", false},
	} {
		typ, _ := r.Type(c.typ)
		if got := slices.Contains(Modifiers(typ.Params[c.code]), "of-type"); got != c.want {
			t.Errorf("%s.%s: %t", c.typ, c.code, got)
		}
	}
}
