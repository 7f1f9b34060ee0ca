package codec_test

import (
	"errors"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// refusal is an input and every fault it must be refused for, each as "expression: part of the text".
type refusal struct {
	name, in string
	want     []string
}

func pat(members string) string { return `{"resourceType":"Patient",` + members + `}` }

func obs(members string) string {
	return `{"resourceType":"Observation","status":"final","code":{"text":"x"},` + members + `}`
}

func div(inner string) string {
	return pat(`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">` + inner + `</div>"}`)
}

// issues are the faults of a refused input.
func issues(t *testing.T, err error) []fhir.Issue {
	t.Helper()
	var e *fhir.Error
	if !errors.As(err, &e) {
		t.Fatalf("want a *fhir.Error, got %v", err)
	}
	return e.Issues
}

func checkRefusals(t *testing.T, table []refusal) {
	t.Helper()
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			_, err := codec.Decode([]byte(c.in), codec.Limits{})
			if err == nil {
				t.Fatal("accepted")
			}
			got := issues(t, err)
			if len(got) != len(c.want) {
				t.Errorf("want %d faults, got %d: %v", len(c.want), len(got), err)
			}
			for i, w := range c.want {
				expression, text, _ := strings.Cut(w, ": ")
				if i < len(got) && (got[i].Expression != expression || !strings.Contains(got[i].Text, text)) {
					t.Errorf("fault %d: want %q with %q, got %q: %s", i, expression, text, got[i].Expression, got[i].Text)
				}
			}
			for _, g := range got {
				if g.Code == "" || g.Text == "" || len(g.Text) > 900 {
					t.Errorf("a fault lacks its code or text, or says too much: %+v", g)
				}
			}
		})
	}
}

func TestRefuseJSON(t *testing.T) {
	checkRefusals(t, []refusal{
		{"nothing", ``, []string{": ends where a value"}},
		{"byte order mark", "\uFEFF" + pat(`"active":true`), []string{": byte order mark"}},
		{"cut off", `{"resourceType":"Patient","active":tr`, []string{": line 1, column 36"}},
		{"cut off in a string", `{"resourceType":"Pat`, []string{": ends within a string"}},
		{"trailing text", pat(`"active":true`) + ` x`, []string{": behind the end"}},
		{"two resources", pat(`"active":true`) + pat(`"active":true`), []string{": behind the end"}},
		{"trailing comma", `{"resourceType":"Patient",}`, []string{": another item"}},
		{"trailing comma in an array", pat(`"name":[{"text":"x"},]`), []string{": another item"}},
		{"no quotes", `{resourceType:"Patient"}`, []string{": double quotes"}},
		{"third line", "{\n \"resourceType\":\"Patient\",\n  \"active\":truE}", []string{": line 3, column 12"}},
		{"bad UTF-8", pat(`"name":[{"text":"` + "a\xffb" + `"}]`), []string{": UTF-8"}},
		{"raw NUL", pat(`"name":[{"text":"` + "a\x00b" + `"}]`), []string{": raw control character"}},
		{"escaped NUL", pat(`"name":[{"text":"a\u0000b"}]`), []string{"Patient.name[0].text: control character"}},
		{"unknown escape", pat(`"name":[{"text":"a\xb"}]`), []string{": not an escape"}},
		{"half a surrogate pair", pat(`"name":[{"text":"a\ud83d"}]`), []string{"Patient.name[0].text: surrogate"}},
		{"leading zero", pat(`"multipleBirthInteger":01`), []string{": begin with a zero"}},
		{"bare point", obs(`"valueQuantity":{"value":1.}`), []string{": digit should follow"}},
		{"a string", `"Patient"`, []string{": must be a resource"}},
		{"an array", `[` + pat(`"active":true`) + `]`, []string{": must be a resource"}},
		{"after a semantic fault", pat(`"birthdate":"2000","active":`), []string{"Patient.birthdate: birthDate", ": line 1, column 55"}},
	})
}

func TestRefuseStructure(t *testing.T) {
	checkRefusals(t, []refusal{
		{"no type", `{"active":true}`, []string{": no resourceType"}},
		{"unknown type", `{"resourceType":"patient"}`, []string{`: "patient" is not a resource type`}},
		{"type is a number", `{"resourceType":1}`, []string{": must be a string; found a number"}},
		{"type twice", pat(`"resourceType":"Patient"`), []string{"Patient: twice"}},
		{"unknown element", pat(`"birthdate":"2000-01-01"`), []string{`Patient.birthdate: did you mean "birthDate"?`}},
		{"capital key", pat(`"Active":true`), []string{`Patient.Active: did you mean "active"?`}},
		{"far from any", pat(`"favouriteColour":"red"`), []string{"Patient.favouriteColour: as an extension"}},
		{"a key that is no name", pat(`"a b":1`), []string{`Patient: "a b" is not an element`}},
		{"duplicate key", pat(`"active":true,"active":false`), []string{"Patient: the key active twice"}},
		{"duplicate within", pat(`"name":[{"family":"a","family":"b"}]`), []string{"Patient.name[0]: the key family twice"}},
		{"empty object", pat(`"maritalStatus":{}`), []string{"Patient.maritalStatus: must not be empty"}},
		{"empty array", pat(`"name":[]`), []string{"Patient.name: must not be empty"}},
		{"empty string", pat(`"name":[{"family":""}]`), []string{"Patient.name[0].family: must not be empty"}},
		{"blank string", pat(`"name":[{"family":" \t"}]`), []string{"Patient.name[0].family: white space"}},
		{"null", pat(`"active":null`), []string{"Patient.active: found null"}},
		{"null object", pat(`"maritalStatus":null`), []string{"Patient.maritalStatus: found null"}},
		{"null item", pat(`"name":[null]`), []string{"Patient.name[0]: found null"}},
		{"null alone in an array", pat(`"name":[{"given":["a",null]}]`), []string{"Patient.name[0].given[1]: null may stand here only"}},
		{"array for one", pat(`"active":[true]`), []string{"Patient.active: found an array"}},
		{"one for array", pat(`"name":{"text":"x"}`), []string{"Patient.name: must be an array"}},
		{"object for array", pat(`"name":[{"given":{"a":1}}]`), []string{"Patient.name[0].given: must be an array"}},
		{"string for boolean", pat(`"active":"true"`), []string{"Patient.active: true or false, without quotes"}},
		{"number for string", pat(`"name":[{"family":7}]`), []string{"Patient.name[0].family: found a number"}},
		{"string for decimal", obs(`"valueQuantity":{"value":"1.0"}`), []string{"Observation.value.value: a number, without quotes"}},
		{"string for object", pat(`"maritalStatus":"M"`), []string{"Patient.maritalStatus: must be an object"}},
		{"siblings misaligned", pat(`"name":[{"given":["a"],"_given":[null,{"id":"x"}]}]`),
			[]string{"Patient.name[0].given: 1 items and _given has 2", "Patient.name[0].given[1]: value or an extension"}},
		{"sibling of an object", pat(`"_name":[{"id":"x"}]`), []string{`Patient: "_name" is not an element`}},
		{"two of value[x]", obs(`"valueString":"a","valueInteger":1`), []string{"Observation: more than one value[x]: as string and as integer"}},
		{"two of value[x], one a sibling", obs(`"valueString":"a","_valueInteger":{"id":"x"}`), []string{"Observation: more than one value[x]"}},
		{"required", `{"resourceType":"Observation"}`, []string{"Observation.status: must have status", "Observation.code: must have code"}},
		{"required choice", `{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"}}`,
			[]string{"MedicationRequest.medication: must have medication[x]"}},
		{"required in backbone", pat(`"link":[{"type":"seealso"}]`), []string{"Patient.link[0].other: must have other"}},
		{"required in contained", pat(`"contained":[{"resourceType":"Observation","id":"o","code":{"text":"x"},"subject":{"reference":"#"}}]`),
			[]string{"Patient.contained[0].status: must have status"}},
		{"id alone", pat(`"maritalStatus":{"id":"a"}`), []string{"Patient.maritalStatus: ele-1"}},
		{"sibling with id alone", pat(`"_birthDate":{"id":"a"}`), []string{"Patient.birthDate: ele-1"}},
		{"every fault", pat(`"active":"x","gender":"MALE","birthDate":"2026-13","name":[{"given":[""]}]`), []string{
			"Patient.active: without quotes", `Patient.gender: write "male"`, "Patient.birthDate: not a date", "Patient.name[0].given[0]: empty"}},
	})
}

func TestRefuseRules(t *testing.T) {
	ext := func(s string) string { return pat(`"extension":[{` + s + `}]`) }
	checkRefusals(t, []refusal{
		{"extension with both", ext(`"url":"http://a.b","valueString":"x","extension":[{"url":"c","valueCode":"d"}]`), []string{"Patient.extension[0]: ext-1"}},
		{"extension with neither", ext(`"url":"http://a.b"`), []string{"Patient.extension[0]: ext-1"}},
		{"extension without url", ext(`"valueString":"x"`), []string{"Patient.extension[0].url: must have url"}},
		{"extension of a primitive", pat(`"_birthDate":{"extension":[{"url":"http://a.b"}]}`), []string{"Patient.birthDate.extension[0]: ext-1"}},
		{"period", pat(`"name":[{"text":"x","period":{"start":"2026-02-01","end":"2025"}}]`), []string{"Patient.name[0].period: per-1"}},
		{"range", obs(`"valueRange":{"low":{"value":10,"unit":"a"},"high":{"value":9.5,"unit":"a"}}`), []string{"Observation.value: rng-2"}},
		{"contained in contained", pat(`"contained":[{"resourceType":"Group","id":"g","type":"person","actual":true,"contained":[{"resourceType":"Patient","id":"p"}],
			"managingEntity":{"reference":"#"}}]`),
			[]string{"Patient.contained[0].contained[0]: dom-2"}},
		{"contained without id", pat(`"contained":[{"resourceType":"Patient","active":true}]`), []string{"Patient.contained[0]: must have an id"}},
		{"contained twice", pat(`"contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"p"}],"link":[{"other":{"reference":"#p"},"type":"seealso"}]`), []string{"Patient.contained[1]: give each its own"}},
		{"contained unknown", pat(`"contained":[{"resourceType":"Nothing","id":"p"}]`), []string{"Patient.contained[0]: not a resource type"}},
		{"unresolved", pat(`"managingOrganization":{"reference":"#org"}`), []string{"Patient.managingOrganization.reference: ref-1"}},
		{"contained of the wrong type", pat(`"contained":[{"resourceType":"Patient","id":"p"}],"managingOrganization":{"reference":"#p"}`),
			[]string{"Patient.managingOrganization.reference: points at a Patient"}},
		{"script", div(`<script>alert(1)</script>`), []string{"Patient.text.div: <script>"}},
		{"event handler", div(`<p onclick=\"x()\">a</p>`), []string{"Patient.text.div: onclick"}},
		{"javascript link", div(`<a href=\"java&#115;cript:x()\">a</a>`), []string{"Patient.text.div: must not be led to"}},
		{"javascript link in pieces", div(`<a href=\" java\tscript:x()\">a</a>`), []string{"Patient.text.div: must not be led to"}},
		{"data link", div(`<a href=\"data:text/html,x\">a</a>`), []string{"Patient.text.div: must not be led to"}},
		{"style that runs", div(`<p style=\"width: expression(x)\">a</p>`), []string{"Patient.text.div: style"}},
		{"form", div(`<form><input/></form>`), []string{"Patient.text.div: <form>"}},
		{"iframe", div(`<iframe src=\"http://a.b\"></iframe>`), []string{"Patient.text.div: <iframe>"}},
		{"upper-case tag", div(`<SCRIPT>x</SCRIPT>`), []string{"Patient.text.div: <SCRIPT>"}},
		{"comment that ends early", div(`<!--><img src=\"x\"/>-->a`), []string{"Patient.text.div: comment"}},
		{"CDATA", div(`<![CDATA[<script>]]>`), []string{"Patient.text.div: not allowed there"}},
		{"processing instruction", div(`<?php x ?>a`), []string{"Patient.text.div: not allowed there"}},
		{"not closed", div(`<p>a`), []string{"Patient.text.div: closes nothing"}},
		{"no quotes around a value", div(`<p class=a>a</p>`), []string{"Patient.text.div: not in quotes"}},
		{"unknown entity", div(`a &what; b`), []string{"Patient.text.div: &amp;"}},
		{"no text", div(`<p> </p>`), []string{"Patient.text.div: txt-2"}},
		{"no namespace", pat(`"text":{"status":"generated","div":"<div>a</div>"}`), []string{"Patient.text.div: xmlns"}},
		{"no div", pat(`"text":{"status":"generated","div":"<p>a</p>"}`), []string{"Patient.text.div: must be one <div"}},
		{"two divs", div(`a</div><div>b`), []string{"Patient.text.div: nothing may follow"}},
	})
}
