package operation_test

import (
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/operation"
)

var (
	recall = capability.Operation{Name: "recall", Parameters: []capability.Parameter{
		{Name: "when", Min: 1, Max: "1", Type: "date", Documentation: "The day."},
		{Name: "urgent", Max: "1", Type: "boolean"},
		{Name: "code", Max: "*", Type: "code"},
		{Name: "level", Max: "*", Type: "CodeableConcept"},
		{Name: "return", Out: true, Max: "1", Type: "Bundle"},
	}}
	find = capability.Operation{Name: "find", Criteria: true, Parameters: []capability.Parameter{{Name: "max", Max: "1", Type: "positiveInt"}}}
)

func body(t *testing.T, json string) *fhir.Resource {
	t.Helper()
	if json == "" {
		return nil
	}
	r, err := codec.Decode([]byte(json), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func parameters(list string) string {
	return `{"resourceType":"Parameters","parameter":[` + list + `]}`
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		o           *capability.Operation
		query, body string
		want        string // as Query says it
	}{
		{&recall, "when=2024", "", "when=2024"},
		{&recall, "_cursor=x&when=2024&&code=b&code=a", "", "code=b&code=a&when=2024"},
		{&recall, "%77hen=2024", "", "when=2024"},
		{&recall, "", parameters(`{"name":"when","valueDate":"2024-05-01"},{"name":"urgent","valueBoolean":true},{"name":"code","valueCode":"a&b"}`), "code=a%26b&urgent=true&when=2024-05-01"},
		{&recall, "code=a", parameters(`{"name":"when","valueDate":"2024"},{"name":"code","valueCode":"b"}`), "code=a&code=b&when=2024"},
		{&recall, "when=2024", parameters(`{"name":"level","valueCodeableConcept":{"text":"x"}}`), "when=2024"}, // left in the body
		{&find, "max=2&name:exact=a", "", "max=2&name:exact=a"},
		{&find, "", parameters(`{"name":"max","valuePositiveInt":2},{"name":"family","valueString":"Ash & Co"}`), "max=2&family=Ash+%26+Co"},
	} {
		a, err := operation.Read(c.o, c.query, body(t, c.body))
		if err != nil || a.Query() != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.query, c.body, a.Query(), err, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		o                 *capability.Operation
		query, body, says string
	}{
		{&recall, "", "", "when: The day."},
		{&recall, "when=1&when=2", "", "when is given more than once"},
		{&recall, "when=1", parameters(`{"name":"when","valueDate":"2024"}`), "when is given more than once"},
		{&recall, "when=1&_cursor=a&_cursor=b", "", "_cursor is given more than once"},
		{&recall, "when=1&return=x", "", "no parameter return"},
		{&recall, "when=1&whom=x", "", "when, urgent, code, level"},
		{&recall, "when=1&" + strings.Repeat("x", 100) + "=1", "", strings.Repeat("x", 57) + "…"},
		{&recall, "when=1&level=x", "", "by POST"},
		{&recall, "when=%zz", "", "escaped"},
		{&recall, "", parameters(`{"name":"when","valuePeriod":{"start":"2024"}}`), "when must have a value of a primitive type"},
		{&recall, "", parameters(`{"name":"when","resource":{"resourceType":"Patient"}}`), "when must have a value"},
		{&recall, "", `{"resourceType":"Patient"}`, "not a Patient"},
		{&find, "max=1&max=2", "", "max is given more than once"},
	} {
		_, err := operation.Read(c.o, c.query, body(t, c.body))
		if fhir.KindOf(err) != fhir.Invalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v, which doesn't say %q", c.query, c.body, err, c.says)
		}
	}
}
