package patch_test

import (
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/patch"
)

const ash = `{"resourceType":"Patient","id":"p","active":true,` +
	`"extension":[{"url":"http://e/a","valueString":"x"},{"url":"http://e/b","valueInteger":1}],` +
	`"name":[{"family":"Ash","given":["Ann","Bea"]},{"family":"Birch"}],"birthDate":"1980","multipleBirthInteger":2,` +
	`"contact":[{"name":{"family":"Elm"}}],` +
	`"contained":[{"resourceType":"Organization","id":"o","name":"Surgery"}]}`

// TestXMLPatch: each operation, on elements, attributes, lists, primitives with extensions, choices and resources
// within.
func TestXMLPatch(t *testing.T) {
	for _, c := range []struct{ operations, want string }{
		{`<replace sel="f:Patient/f:birthDate/@value">1981-02-03</replace>`, `"birthDate":"1981-02-03"`},
		{`<replace sel="/f:Patient/f:active/@value">false</replace>`, `"active":false`},
		{`<replace sel="f:Patient/f:name[2]/f:family/@value">O&apos;Ak &amp; Co</replace>`, `{"family":"O'Ak & Co"}`},
		{`<remove sel="f:Patient/f:name[1]/f:given[1]"/>`, `"given":["Bea"]`},
		{`<remove sel="f:Patient/f:name[1]"/>`, `"name":[{"family":"Birch"}]`},
		{`<remove sel="f:Patient/f:birthDate"/><add sel="f:Patient"><birthDate value="2001"/></add>`, `"birthDate":"2001"`},
		{`<add sel="f:Patient/f:name[1]"><given value="Cat"/></add>`, `"given":["Ann","Bea","Cat"]`},
		{`<add sel="f:Patient/f:name[1]" pos="prepend"><given value="Cat"/></add>`, `"given":["Cat","Ann","Bea"]`},
		{`<add sel="f:Patient/f:name[1]/f:given[@value='Ann']" pos="after"><given value="Cat"/></add>`, `"given":["Ann","Cat","Bea"]`},
		{`<add sel="f:Patient/f:name[1]" pos="before"><f:name><f:text value="N"/></f:name></add>`, `"name":[{"text":"N"},{"family":"Ash"`},
		{`<add sel="f:Patient/f:active" pos="after"><name><text value="N"/></name></add>`, `"name":[{"text":"N"},{"family":"Ash"`},
		{`<add sel="f:Patient"><gender value="female"/></add>`, `"gender":"female"`},
		{`<add sel="f:Patient/f:birthDate"><extension url="http://e/t"><valueTime value="09:00:00"/></extension></add>`, `"_birthDate":{"extension":[{"url":"http://e/t","valueTime":"09:00:00"}]}`},
		{`<replace sel="f:Patient/f:extension[@url='http://e/b']/f:valueInteger/@value">7</replace>`, `{"url":"http://e/b","valueInteger":7}`},
		{`<replace sel="f:Patient/f:extension[@url='http://e/a']/@url">http://e/c</replace>`, `{"url":"http://e/c","valueString":"x"}`},
		{`<replace sel="f:Patient/f:multipleBirthInteger"><multipleBirthBoolean value="true"/></replace>`, `"multipleBirthBoolean":true`},
		{`<replace sel="f:Patient/f:contained/f:Organization/f:name/@value">Hill</replace>`, `"name":"Hill"`},
		{`<add sel="f:Patient/f:contact[1]/f:name" type="@id">n1</add>`, `"id":"n1"`},
	} {
		document := `<diff xmlns:f="http://hl7.org/fhir" xmlns="http://hl7.org/fhir">` + c.operations + `</diff>`
		got, err := patch.Apply([]byte(document), []byte(ash))
		if err != nil || !strings.Contains(string(got), c.want) {
			t.Errorf("%s: %v\n%s\nwant %s", c.operations, err, got, c.want)
		}
	}
}

// TestXMLPatchRefuses what is no patch by Invalid, and what doesn't fit by Unprocessable.
func TestXMLPatchRefuses(t *testing.T) {
	for document, kind := range map[string]fhir.Kind{
		`<diff/>`: fhir.Invalid, `<diff xmlns:f="http://hl7.org/fhir"><add`: fhir.Invalid, `<patch/>`: fhir.Invalid,
		`<!DOCTYPE x [<!ENTITY a "b">]><diff/>`:                fhir.Invalid,
		`OPS<move sel="f:Patient/f:name"/></diff>`:             fhir.Invalid,
		`OPS<remove sel="f:Patient//f:name"/></diff>`:          fhir.Invalid,
		`OPS<remove sel="f:Patient/f:name[last()]"/></diff>`:   fhir.Invalid,
		`OPS<remove sel="Patient/name"/></diff>`:               fhir.Invalid,
		`OPS<remove sel="g:Patient"/></diff>`:                  fhir.Invalid,
		`OPS<remove sel=""/></diff>`:                           fhir.Invalid,
		`OPS<remove/></diff>`:                                  fhir.Invalid,
		`OPS<remove sel="f:Patient/f:name" ws="both"/></diff>`: fhir.Invalid,
		`OPS<remove sel="f:Patient"/></diff>`:                  fhir.Unprocessable,
		`OPS<remove sel="f:Observation/f:status"/></diff>`:     fhir.Unprocessable,
		// there are two
		`OPS<remove sel="f:Patient/f:name"/></diff>`:                                      fhir.Unprocessable,
		`OPS<remove sel="f:Patient/f:name[3]"/></diff>`:                                   fhir.Unprocessable,
		`OPS<remove sel="f:Patient/f:photo"/></diff>`:                                     fhir.Unprocessable,
		`OPS<remove sel="f:Patient/f:active/f:name"/></diff>`:                             fhir.Unprocessable,
		`OPS<remove sel="f:Patient/f:active/@id"/></diff>`:                                fhir.Unprocessable,
		`OPS<add sel="f:Patient"><f:active value="true"/></add></diff>`:                   fhir.Unprocessable,
		`OPS<add sel="f:Patient"><f:nonsense/></add></diff>`:                              fhir.Unprocessable,
		`OPS<add sel="f:Patient"></f:Patient><f:Patient></add></diff>`:                    fhir.Invalid,
		`OPS<replace sel="f:Patient/f:name[1]"><f:gender value="male"/></replace></diff>`: fhir.Unprocessable,
		`OPS<replace sel="f:Patient/f:active/@value">maybe</replace></diff>`:              fhir.Unprocessable,
		`OPS<replace sel="f:Patient/f:active/@value"><f:x/></replace></diff>`:             fhir.Invalid,
		`OPS<add sel="f:Patient/f:active" type="@value">false</add></diff>`:               fhir.Unprocessable,
		`OPS` + strings.Repeat(`<remove sel="f:Patient/f:photo"/>`, 1001) + `</diff>`:     fhir.TooLarge,
	} {
		document = strings.Replace(document, "OPS", `<diff xmlns:f="http://hl7.org/fhir">`, 1)
		if got, err := patch.Apply([]byte(document), []byte(ash)); err == nil || fhir.KindOf(err) != kind {
			t.Errorf("%.200s: %s, %v (kind %d), want kind %d", document, got, err, fhir.KindOf(err), kind)
		}
	}
}

// FuzzXMLPatch: whatever is sent, an answer comes, and what comes of it is JSON.
func FuzzXMLPatch(f *testing.F) {
	f.Add(`<diff xmlns:f="http://hl7.org/fhir"><add sel="f:Patient/f:name[1]" pos="after">` +
		`<f:name><f:text value="N"/></f:name></add></diff>`)
	f.Add(`<diff xmlns="http://hl7.org/fhir">` +
		`<replace sel="Patient/extension[@url='http://e/b']/@url">x</replace></diff>`)
	f.Fuzz(func(t *testing.T, document string) {
		got, err := patch.Apply([]byte(document), []byte(ash))
		if err == nil && !same(t, got, got) || err != nil && fhir.KindOf(err) == fhir.Internal {
			t.Errorf("%s, %v", got, err)
		}
	})
}
