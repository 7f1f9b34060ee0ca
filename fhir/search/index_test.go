package search

import (
	"slices"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	const head = `{"resourceType":"`
	observation := func(more string) string {
		return head + `Observation","id":"o","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"ABC-1","display":"Sodium, Serum"}],"text":"Na"}` + more + `}`
	}
	for _, c := range []struct{ name, json, code, want string }{
		{"a code has the system of its binding", observation(""), "status", "http://hl7.org/fhir/observation-status|final"},
		{"codings and text", observation(""), "code", "http://loinc.org|abc-1 text=sodium serum; | text=na"},
		{"boolean", head + `Patient","active":true}`, "active", "http://terminology.hl7.org/CodeSystem/special-values|true"},
		{"false is a value", head + `Patient","active":false}`, "active", "http://terminology.hl7.org/CodeSystem/special-values|false"},
		{"a boolean without a value", head + `Patient","_active":{"extension":[{"url":"http://x","valueCode":"unknown"}]}}`, "active", ""},
		{"gender", head + `Patient","gender":"female"}`, "gender", "http://hl7.org/fhir/administrative-gender|female"},
		{"a phone has no system", head + `Patient","telecom":[{"system":"phone","value":"020 7946 0000"}]}`, "phone", "|020 7946 0000"},
		{"an identifier with types", head + `Patient","identifier":[{"system":"urn:a","value":"X1","type":{"coding":[{"system":"http://t","code":"MR"},{"code":"NH"}],"text":"Number"}}]}`,
			"identifier", "urn:a|x1 text=number type=http://t|mr; urn:a|x1 text=number type=|nh"},
		{"an identifier", head + `Patient","identifier":[{"value":"X1"},{"value":"X1"}]}`, "identifier", "|x1"},
		{"a uri as a token", head + `Patient","meta":{"tag":[{"code":"a"}]}}`, "_tag", "|a"},
		{"every part of a name", head + `Patient","name":[{"text":"Zoë O'Neil","family":"O'Neil","given":["Zoë","Ann"],"prefix":["Dr"]}]}`,
			"name", "zoe oneil raw=Zoë O'Neil; oneil raw=O'Neil; zoe raw=Zoë; ann raw=Ann; dr raw=Dr"},
		{"family alone", head + `Patient","name":[{"family":"O'Neil"}]}`, "family", "oneil raw=O'Neil"},
		{"every part of an address", head + `Patient","address":[{"line":["1 High St."],"city":"Ely","postalCode":"CB7 4DL"}]}`,
			"address", "1 high st raw=1 High St.; ely raw=Ely; cb7 4dl raw=CB7 4DL"},
		{"a day is London's", head + `Patient","birthDate":"1980-06-01"}`, "birthdate", "[1980-05-31T23:00:00Z,1980-06-01T23:00:00Z)"},
		{"a day on which the clock goes back", head + `Patient","birthDate":"2025-10-26"}`, "birthdate", "[2025-10-25T23:00:00Z,2025-10-27T00:00:00Z)"},
		{"a year", observation(`,"effectiveDateTime":"2020"`), "date", "[2020-01-01T00:00:00Z,2021-01-01T00:00:00Z)"},
		{"a month", observation(`,"effectiveDateTime":"2020-02"`), "date", "[2020-02-01T00:00:00Z,2020-03-01T00:00:00Z)"},
		{"a second", observation(`,"effectiveDateTime":"2020-02-03T10:00:00+02:00"`), "date", "[2020-02-03T08:00:00Z,2020-02-03T08:00:01Z)"},
		{"a millisecond", observation(`,"effectiveDateTime":"2020-02-03T10:00:00.250Z"`), "date", "[2020-02-03T10:00:00.25Z,2020-02-03T10:00:00.251Z)"},
		{"an instant", observation(`,"effectiveInstant":"2020-02-03T10:00:00Z"`), "date", "[2020-02-03T10:00:00Z,2020-02-03T10:00:01Z)"},
		{"a period", observation(`,"effectivePeriod":{"start":"2020-02-03","end":"2020-02-04"}`), "date", "[2020-02-03T00:00:00Z,2020-02-05T00:00:00Z)"},
		{"an open period", observation(`,"effectivePeriod":{"start":"2020-02-03"}`), "date", "[2020-02-03T00:00:00Z,open)"},
		{"a timing's events", observation(`,"effectiveTiming":{"event":["2020-02-03","2020-01-01"]}`), "date", "[2020-01-01T00:00:00Z,2020-02-04T00:00:00Z)"},
		{"a timing's bounds", observation(`,"effectiveTiming":{"repeat":{"boundsPeriod":{"end":"2020-01-01"}}}`), "date", "[open,2020-01-02T00:00:00Z)"},
		{"a quantity", observation(`,"valueQuantity":{"value":5.40,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}`),
			"value-quantity", "5.4..5.4 http://unitsofmeasure.org|mmol/L mmol/L"},
		{"a quantity with a comparator", observation(`,"valueQuantity":{"value":5,"comparator":"<"}`), "value-quantity", "-Inf..5 | "},
		{"a composite", observation(`,"valueQuantity":{"value":5,"code":"g","system":"urn:u"}`), "code-value-quantity",
			"(http://loinc.org|abc-1 text=sodium serum $ 5..5 urn:u|g ); (| text=na $ 5..5 urn:u|g )"},
		{"a composite without one part", observation(`,"valueString":"x"`), "code-value-quantity", ""},
		{"components keep their own", observation(`,"component":[{"code":{"coding":[{"code":"s"}]},"valueQuantity":{"value":1}},{"code":{"coding":[{"code":"d"}]},"valueQuantity":{"value":2}}]`),
			"component-code-value-quantity", "(|s $ 1..1 | ); (|d $ 2..2 | )"},
		{"a relative reference", observation(`,"subject":{"reference":"Patient/1","display":"Zoë"}`), "subject", "Patient/1/0 url= text=zoe"},
		{"a version", observation(`,"subject":{"reference":"Patient/1/_history/3"}`), "subject", "Patient/1/3 url="},
		{"our own URL", observation(`,"subject":{"reference":"https://gp.example/fhir/Patient/1"}`), "subject", "Patient/1/0 url="},
		{"another's URL", observation(`,"subject":{"reference":"https://x.example/fhir/Patient/1"}`), "subject", "Patient//0 url=https://x.example/fhir/Patient/1"},
		{"a logical reference", observation(`,"subject":{"type":"Patient","identifier":{"system":"urn:a","value":"N1"}}`), "subject", "Patient//0 url= identifier=urn:a|n1"},
		{"a contained one", `{"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p"}],"status":"final","code":{"text":"x"},"subject":{"reference":"#p"}}`, "subject", "//0 url=#p"},
		{"a canonical", `{"resourceType":"Patient","meta":{"profile":["http://a|1.0"]}}`, "_profile", "http://a v=1.0"},
		{"a uri", `{"resourceType":"Patient","meta":{"source":"urn:a|1"}}`, "_source", "urn:a|1 v="},
		{"a number", `{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"probabilityDecimal":0.50}]}`, "probability", "0.5..0.5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := doc(t, c.json).entries(c.code); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.code, got, c.want)
			}
		})
	}
}

// TestIndexOfMany sees to it that a set takes over where looking through the values would take quadratic time.
func TestIndexOfMany(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"resourceType":"Patient","name":[{"given":["n0"`)
	for i := range 40 {
		b.WriteString(`,"n` + string(rune('0'+i%10)) + `"`)
	}
	b.WriteString(`]}]}`)
	if got, want := doc(t, b.String()).entries("given"), 10; strings.Count(got, "raw=") != want {
		t.Errorf("%d different names were indexed as %s", want, got)
	}
}

func TestCompartments(t *testing.T) {
	for _, c := range []struct{ json, want string }{
		{`{"resourceType":"Patient","id":"me"}`, "me"},
		{`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/2"},"performer":[{"reference":"Patient/1"},{"reference":"Patient/2"}]}`, "1,2"},
		{`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Group/2"}}`, ""},
		{`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"https://gp.example/fhir/Patient/9/_history/2"}}`, "9"},
		{`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"https://other.example/fhir/Patient/9"}}`, ""},
		{`{"resourceType":"Practitioner","id":"p"}`, ""},
		{`{"resourceType":"Appointment","status":"proposed","participant":[{"actor":{"reference":"Patient/3"},"status":"accepted"}]}`, "3"},
	} {
		d := doc(t, c.json)
		if got := strings.Join(d.Compartments, ","); got != c.want {
			t.Errorf("%s\nis in %q instead of %q", c.json, got, c.want)
		}
		if !slices.IsSorted(d.Compartments) {
			t.Error("not sorted:", d.Compartments)
		}
	}
}
