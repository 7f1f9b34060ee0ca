package patch_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/patch"
)

// op is an operation of a FHIRPath Patch: its type and path, and its other parts as JSON.
func op(kind, path string, parts ...string) string {
	all := append([]string{fmt.Sprintf(`{"name":"type","valueCode":%q}`, kind), fmt.Sprintf(`{"name":"path","valueString":%q}`, path)}, parts...)
	return `{"name":"operation","part":[` + strings.Join(all, ",") + `]}`
}

func parameters(operations ...string) string {
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(operations, ",") + `]}`
}

func named(name string) string { return fmt.Sprintf(`{"name":"name","valueString":%q}`, name) }

func value(member string) string { return `{"name":"value",` + member + `}` }

func number(name string, n int) string { return fmt.Sprintf(`{"name":%q,"valueInteger":%d}`, name, n) }

const before = `{"resourceType":"Patient","id":"1","active":true,"name":[{"family":"Ash","given":["a","b",null],"_given":[null,null,{"id":"x"}]}],` +
	`"birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"u","valueDecimal":1.50}]},"deceasedBoolean":false,` +
	`"contact":[{"gender":"male"}]}`

// TestFHIRPathPatch holds what HL7's cases don't have: lists of primitives with gaps, choices, extensions, bytes that
// stay.
func TestFHIRPathPatch(t *testing.T) {
	for _, tt := range []struct{ name, patch, from, to string }{
		{"a name more", op("add", "Patient.name[0]", named("given"), value(`"valueString":"c"`)),
			`"given":["a","b",null],"_given":[null,null,{"id":"x"}]`, `"given":["a","b",null,"c"],"_given":[null,null,{"id":"x"},null]`},
		{"a name between", op("insert", "Patient.name[0].given", number("index", 2), value(`"valueString":"c","_valueString":{"id":"y"}`)),
			`"given":["a","b",null],"_given":[null,null,{"id":"x"}]`, `"given":["a","b","c",null],"_given":[null,null,{"id":"y"},{"id":"x"}]`},
		{"the gap first", op("move", "Patient.name[0].given", number("source", 2), number("destination", 0)),
			`"given":["a","b",null],"_given":[null,null,{"id":"x"}]`, `"given":[null,"a","b"],"_given":[{"id":"x"},null,null]`},
		{"the gap away", op("delete", "Patient.name[0].given[2]"), `"given":["a","b",null],"_given":[null,null,{"id":"x"}]`, `"given":["a","b"]`},
		{"one by its value", op("replace", "Patient.name.given.where($this = 'b')", value(`"valueString":"B"`)), `"a","b",null`, `"a","B",null`},
		{"another type of a choice", op("replace", "Patient.deceased", value(`"valueDateTime":"2026-01"`)), `"deceasedBoolean":false`, `"deceasedDateTime":"2026-01"`},
		{"a choice", op("add", "Patient", named("multipleBirth"), value(`"valueInteger":2`)), `"deceasedBoolean":false`, `"deceasedBoolean":false,"multipleBirthInteger":2`},
		{"a date, with its extension", op("delete", "Patient.birthDate"),
			`"birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"u","valueDecimal":1.50}]},`, ``},
		{"an extension of a date", op("add", "Patient.birthDate", named("extension"), value(`"valueX":1`)), "", ""},
		{"nothing to delete", op("delete", "Patient.telecom"), ``, ``},
		{"an element without a name of its own", op("add", "Patient", named("contact"),
			`{"name":"value","part":[{"name":"name","valueHumanName":{"text":"x"}},{"name":"telecom","valueContactPoint":{"value":"1"}},{"name":"telecom","valueContactPoint":{"value":"2"}}]}`),
			`{"gender":"male"}`, `{"gender":"male"},{"name":{"text":"x"},"telecom":[{"value":"1"},{"value":"2"}]}`},
	} {
		if tt.name == "an extension of a date" {
			tt.patch = op("add", "Patient.birthDate", named("extension"), `{"name":"value","valueExtension":{"url":"v","valueCode":"y"}}`)
			tt.from, tt.to = `{"url":"u","valueDecimal":1.50}`, `{"url":"u","valueDecimal":1.50},{"url":"v","valueCode":"y"}`
		}
		got, err := patch.Apply([]byte(parameters(tt.patch)), []byte(before))
		if want := strings.Replace(before, tt.from, tt.to, 1); err != nil || !same(t, []byte(want), got) || !strings.Contains(tt.to+string(got), "1.50") && tt.name != "a date, with its extension" {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, got, want)
		}
	}
}

func TestFHIRPathPatchRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, patch string
		kind        fhir.Kind
	}{
		{"no Parameters", `{"resourceType":"Patient"}`, fhir.Invalid},
		{"not JSON", `{`, fhir.Invalid},
		{"no operation", parameters(`{"name":"op"}`), fhir.Invalid},
		{"no path", parameters(`{"name":"operation","part":[{"name":"type","valueCode":"delete"}]}`), fhir.Invalid},
		{"no such type", parameters(op("append", "Patient")), fhir.Invalid},
		{"no value", parameters(op("replace", "Patient.active")), fhir.Invalid},
		{"an empty value", parameters(op("replace", "Patient.active", `{"name":"value"}`)), fhir.Invalid},
		{"an index that is text", parameters(op("insert", "Patient.name", `{"name":"index","valueString":"1"}`, value(`"valueString":"a"`))), fhir.Invalid},
		{"no FHIRPath", parameters(op("delete", "Patient.name[")), fhir.Invalid},
		{"an element that isn't", parameters(op("delete", "Patient.nam")), fhir.Invalid},
		{"another type", parameters(op("delete", "Observation.code")), fhir.Invalid},
		{"several", parameters(op("delete", "Patient.name.given")), fhir.Unprocessable},
		{"none", parameters(op("replace", "Patient.gender", value(`"valueCode":"male"`))), fhir.Unprocessable},
		{"what is computed", parameters(op("delete", "Patient.name.count()")), fhir.Unprocessable},
		{"the resource itself", parameters(op("delete", "Patient")), fhir.Unprocessable},
		{"what is there already", parameters(op("add", "Patient", named("active"), value(`"valueBoolean":true`))), fhir.Unprocessable},
		{"another of a choice", parameters(op("add", "Patient", named("deceased"), value(`"valueDateTime":"2026"`))), fhir.Unprocessable},
		{"a name that isn't", parameters(op("add", "Patient", named("x"), value(`"valueBoolean":true`))), fhir.Unprocessable},
		{"a name that is a path", parameters(op("add", "Patient", named("name/0"), value(`"valueBoolean":true`))), fhir.Unprocessable},
		{"a place too far", parameters(op("insert", "Patient.name", number("index", 2), value(`"valueHumanName":{"text":"a"}`))), fhir.Unprocessable},
		{"a place before", parameters(op("move", "Patient.name", number("source", -1), number("destination", 0))), fhir.Unprocessable},
		{"no list", parameters(op("insert", "Patient.active", number("index", 0), value(`"valueBoolean":true`))), fhir.Unprocessable},
		{"some of a list", parameters(op("move", "Patient.name.given.where($this = 'a')", number("source", 0), number("destination", 0))), fhir.Unprocessable},
		{"too many", parameters(strings.Repeat(op("delete", "Patient.telecom")+",", 1000) + op("delete", "Patient.telecom")), fhir.TooLarge},
		{"too long", strings.Repeat(" ", 1<<20) + parameters(), fhir.TooLarge},
		{"endless", parameters(op("delete", "Patient.repeat(children() | name.given | $this)")), fhir.Unprocessable},
	} {
		got, err := patch.Apply([]byte(tt.patch), []byte(before))
		if err == nil || fhir.KindOf(err) != tt.kind {
			t.Errorf("%s: kind %d, %v: %.200s", tt.name, fhir.KindOf(err), err, got)
		}
	}
}

func FuzzApply(f *testing.F) {
	f.Add(`[{"op":"replace","path":"/active","value":false}]`)
	for _, s := range []string{op("delete", "Patient.name[0].given[2]"), op("replace", "Patient.deceased", value(`"valueDateTime":"2026-01"`)),
		op("insert", "Patient.name[0].given", number("index", 2), value(`"valueString":"c"`)), op("add", "Patient", named("contact"), `{"name":"value","part":[{"name":"gender","valueCode":"x"}]}`)} {
		f.Add(parameters(s))
	}
	f.Fuzz(func(t *testing.T, document string) {
		got, err := patch.Apply([]byte(document), []byte(before))
		if err == nil && !same(t, got, got) || err != nil && fhir.KindOf(err) == fhir.Internal {
			t.Errorf("%s, %v", got, err)
		}
	})
}
