package xml_test

import (
	"errors"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
)

const ns = ` xmlns="http://hl7.org/fhir"`

// TestToJSONRefuses holds what XML adds to what can be wrong: each is a 400 that names the element, the line and the
// column.
func TestToJSONRefuses(t *testing.T) {
	const div = `<text><status value="generated"/>%</text>`
	narrative := func(s string) string { return `<Patient` + ns + `>` + strings.Replace(div, "%", s, 1) + `</Patient>` }
	for _, tt := range []struct{ name, document, expression, text string }{
		{"nothing", ``, ``, "line 1, column 1: this is not well-formed XML: it ends within an element"},
		{"JSON", `{"resourceType":"Patient"}`, ``, "text can't stand here"},
		{"a DTD", `<!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient` + ns + `><id value="&x;"/></Patient>`, ``, "document type"},
		{"an entity", `<Patient` + ns + `><id value="&x;"/></Patient>`, "Patient", "column 49: this is not an entity"},
		{"an entity of HTML in a narrative", narrative(`<div xmlns="http://www.w3.org/1999/xhtml">a&nbsp;b</div>`), "Patient.text.div", "not an entity"},
		{"a reference to no character", `<Patient` + ns + `><id value="&#0;"/></Patient>`, "Patient", "not an entity"},
		{"half a surrogate pair", `<Patient` + ns + `><id value="&#xD800;"/></Patient>`, "Patient", "not an entity"},
		{"an entity bomb", `<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Patient` + ns + `/>`, ``, "document type"},
		{"a DTD within", `<Patient` + ns + `><!DOCTYPE x></Patient>`, "Patient", "document type"},
		{"no namespace", `<Patient><id value="a"/></Patient>`, ``, "in no namespace"},
		{"another namespace", `<Patient xmlns="urn:hl7-org:v3"/>`, ``, `"urn:hl7-org:v3"`},
		{"another namespace within", `<Patient` + ns + `><id xmlns="urn:x" value="a"/></Patient>`, "Patient", `<id> is in the namespace "urn:x"`},
		{"a prefix nobody declared", `<f:Patient/>`, ``, `the prefix "f" isn't declared`},
		{"an unknown type", `<Patent` + ns + `/>`, ``, `"Patent" is not a resource type`},
		{"an unknown element", `<Patient` + ns + `>` + "\n" + `  <gendr value="male"/></Patient>`, "Patient", `line 2, column 3: "gendr" is not an element of Patient; did you mean "gender"?`},
		{"an unknown element deep within", `<Patient` + ns + `><name><family value="a"/></name><name><famly value="b"/></name></Patient>`, "Patient.name[1]",
			`"famly"`},
		{"an unknown attribute", `<Patient` + ns + `><gender valeu="male"/></Patient>`, "Patient.gender", "attribute valeu"},
		{"a value on an object", `<Patient` + ns + `><name value="male"/></Patient>`, "Patient.name[0]", "attribute value is not"},
		{"an id as an attribute of a resource", `<Patient id="a"` + ns + `/>`, "Patient", "attribute id"},
		{"an id as an element", `<Patient` + ns + `><name><id value="a"/></name></Patient>`, "Patient.name[0]", "write it as an attribute"},
		{"a url as an element", `<Patient` + ns + `><extension><url value="a"/></extension></Patient>`, "Patient.extension[0]", "write it as an attribute"},
		{"an attribute twice", `<Patient` + ns + `><gender value="a" value="b"/></Patient>`, "Patient", "twice"},
		{"an element twice", `<Patient` + ns + `><gender value="male"/><gender value="male"/></Patient>`, "Patient", "can't follow"},
		{"two of a choice", `<Patient` + ns + `><deceasedBoolean value="true"/><deceasedDateTime value="2026"/></Patient>`, "Patient", "has it once"},
		{"a wrong order", `<Patient` + ns + `><gender value="male"/><name><text value="a"/></name></Patient>`, "Patient",
			"<name> comes too late: in XML the elements of Patient have R4's order, in which it stands before <gender>"},
		{"a list that is torn", `<Patient` + ns + `><name><text value="a"/></name><gender value="male"/><name><text value="a"/></name></Patient>`, "Patient",
			"<name> comes too late"},
		{"text", `<Patient` + ns + `>Amina</Patient>`, "Patient", "text can't stand here"},
		{"CDATA", `<Patient` + ns + `><![CDATA[x]]></Patient>`, "Patient", "can't stand here"},
		{"an element with nothing", `<Patient` + ns + `><name/></Patient>`, "Patient.name[0]", "ele-1"},
		{"a primitive with nothing", `<Patient` + ns + `><gender></gender></Patient>`, "Patient.gender", "ele-1"},
		{"an empty value", `<Patient` + ns + `><gender value=""/></Patient>`, "Patient.gender", "value is empty"},
		{"an empty item", `<Patient` + ns + `><name><given/></name></Patient>`, "Patient.name[0].given[0]", "ele-1"},
		{"not a boolean", `<Patient` + ns + `><active value="1"/></Patient>`, "Patient.active", `"1" is not true or false`},
		{"not a number", `<Patient` + ns + `><multipleBirthInteger value="two"/></Patient>`, "Patient.multipleBirthInteger", `"two" is not a number`},
		{"a number with zeros before", `<Observation` + ns + `><valueInteger value="007"/></Observation>`, "Observation.valueInteger", "not a number"},
		{"JSON in a number", `<Observation` + ns + `><valueInteger value='1,"x":2'/></Observation>`, "Observation.valueInteger", "not a number"},
		{"an empty contained", `<Patient` + ns + `><contained/></Patient>`, "Patient.contained[0]", "is empty"},
		{"two in one contained", `<Patient` + ns + `><contained><Patient/><Patient/></contained></Patient>`, "Patient.contained[0]", "second resource"},
		{"two resources", `<Patient` + ns + `/><Patient` + ns + `/>`, "Patient", "nothing may follow"},
		{"a tag that isn't closed", `<Patient` + ns + `><name>`, "Patient.name[0]", "cut off"},
		{"a wrong end tag", `<Patient` + ns + `><name></nam></Patient>`, "Patient.name[0]", "</name> should come first"},
		{"a < in a value", `<Patient` + ns + `><id value="a<b"/></Patient>`, "Patient", "&lt;"},
		{"a control character", "<Patient" + ns + "><id value=\"a\x01b\"/></Patient>", "", "U+0001"},
		{"not UTF-8", "<Patient" + ns + "><id value=\"a\xffb\"/></Patient>", "", "not UTF-8"},
		{"UTF-16", "\xff\xfe<\x00P\x00", "", "XML"},
		{"Latin 1", `<?xml version="1.0" encoding="ISO-8859-1"?><Patient` + ns + `/>`, "", "ISO-8859-1"},
		{"XML 1.1", `<?xml version="1.1"?><Patient` + ns + `/>`, "", "1.1"},
		{"a declaration that isn't first", ` <?xml version="1.0"?><Patient` + ns + `/>`, "", "very first"},
		{"a comment that doesn't end", `<Patient` + ns + `><!-- x`, "Patient", "cut off"},
		{"a div of FHIR", narrative(`<div>a</div>`), "Patient.text", "XHTML's namespace"},
		{"FHIR in a div", narrative(`<div xmlns="http://www.w3.org/1999/xhtml"><p xmlns="http://hl7.org/fhir">a</p></div>`), "Patient.text.div", "XHTML's namespace"},
		{"a div that is torn", narrative(`<div xmlns="http://www.w3.org/1999/xhtml"><b>a</div></b>`), "Patient.text.div", "</b> should come first"},
		{"an attribute of a schema", `<Patient xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x"` + ns + `/>`, "Patient", "xsi:type"},
	} {
		_, err := xml.ToJSON([]byte(tt.document), codec.Limits{})
		var e *fhir.Error
		if !errors.As(err, &e) || e.Kind != fhir.Invalid || len(e.Issues) != 1 {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if i := e.Issues[0]; i.Expression != tt.expression || !strings.Contains(i.Text, tt.text) || !strings.HasPrefix(i.Text, "At line ") || i.Code != "structure" {
			t.Errorf("%s: %s: %s", tt.name, i.Expression, i.Text)
		}
	}
}

func TestToJSONHoldsTheLimits(t *testing.T) {
	deep := func(n int) []byte {
		return []byte(`<Patient` + ns + `>` + strings.Repeat(`<extension url="a">`, n) + `<valueCode value="x"/>` + strings.Repeat(`</extension>`, n) + `</Patient>`)
	}
	if _, err := xml.ToJSON(deep(30), codec.Limits{}); err != nil {
		t.Error(err)
	}
	for _, n := range []int{32, 100_000} { // each is an array and an object
		if _, err := xml.ToJSON(deep(n), codec.Limits{}); fhir.KindOf(err) != fhir.Invalid || !strings.Contains(err.Error(), "deeper than is accepted") {
			t.Errorf("%d: %.200v", n, err)
		}
	}
	tags := []byte(`<Patient` + ns + `><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">` + strings.Repeat("<b>", 100_000))
	if _, err := xml.ToJSON(tags, codec.Limits{}); fhir.KindOf(err) != fhir.Invalid {
		t.Errorf("%.200v", err)
	}
	many := []byte(`<Patient` + ns + strings.Repeat(` a="b"`, 3) + `/>`)
	for i := range 200_000 {
		many = append(many[:len(many)-2], " a"...)
		many = append(many, byte('a'+i%26), byte('a'+i/26%26), byte('a'+i/676%26), byte('a'+i/17576%26))
		many = append(many, `="b"/>`...)
	}
	if _, err := xml.ToJSON(many, codec.Limits{}); fhir.KindOf(err) != fhir.Invalid {
		t.Errorf("%.200v", err)
	}
	if _, err := xml.ToJSON([]byte(`<Patient`+ns+`/>`), codec.Limits{Bytes: 10}); fhir.KindOf(err) != fhir.TooLarge {
		t.Errorf("%v", err)
	}
}

// TestToJSON holds what XML and JSON write differently.
func TestToJSON(t *testing.T) {
	for _, tt := range []struct{ name, document, want string }{
		{"the least", `<Patient` + ns + `/>`, `{"resourceType":"Patient"}`},
		{"all that means nothing", "\uFEFF<?xml version='1.0' encoding='utf-8'?>\n<!-- a --><?pi x?><Patient xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" " +
			`xsi:schemaLocation="http://hl7.org/fhir x.xsd"` + ns + `><!-- b --><id value="a"/><?pi?></Patient><!-- c -->` + "\n", `{"resourceType":"Patient","id":"a"}`},
		{"prefixes", `<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:text><f:status value="generated"/><div>a</div></f:text></f:Patient>`,
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>"}}`},
		{"a prefixed div", `<Patient` + ns + ` xmlns:h="http://www.w3.org/1999/xhtml"><text><status value="generated"/><h:div lang="en"><h:br/>a</h:div></text></Patient>`,
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><br/>a</div>"}}`},
		{"a narrative as it stands", `<Patient` + ns + `><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"> <p  class='x' >a &amp; b&#160;&lt;` +
			"\r\n" + `<!-- c --><?pi?><![CDATA[<d>]]></p> </div></text></Patient>`,
			`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"> <p  class='x' >a &amp; b&#160;&lt;\n<!-- c -->&lt;d&gt;</p> </div>"}}`},
		{"gaps in a list", `<Patient` + ns + `><name><given value="a"/><given id="g"><extension url="u"><valueCode value="x"/></extension></given><given value="b" id="h"/></name></Patient>`,
			`{"resourceType":"Patient","name":[{"given":["a",null,"b"],"_given":[null,{"id":"g","extension":[{"url":"u","valueCode":"x"}]},{"id":"h"}]}]}`},
		{"a list of extensions only", `<Patient` + ns + `><name><given><extension url="u"><valueCode value="x"/></extension></given></name></Patient>`,
			`{"resourceType":"Patient","name":[{"_given":[{"extension":[{"url":"u","valueCode":"x"}]}]}]}`},
		{"lists within a list's extras", `<Patient` + ns + `><name><given value="a"><extension url="u"><valueHumanName><given value="c"/><given id="i" value="d"/></valueHumanName></extension></given></name></Patient>`,
			`{"resourceType":"Patient","name":[{"given":["a"],"_given":[{"extension":[{"url":"u","valueHumanName":{"given":["c","d"],"_given":[null,{"id":"i"}]}}]}]}]}`},
		{"a primitive with all", `<Patient` + ns + `><birthDate id="b" value="2026-01"><extension url="u"><valueCode value="x"/></extension></birthDate><deceasedBoolean value="true"/></Patient>`,
			`{"resourceType":"Patient","birthDate":"2026-01","_birthDate":{"id":"b","extension":[{"url":"u","valueCode":"x"}]},"deceasedBoolean":true}`},
		{"a primitive with white space in it", `<Patient` + ns + `><birthDate value="2026-01"> </birthDate></Patient>`, `{"resourceType":"Patient","birthDate":"2026-01"}`},
		{"ids and nested extensions", `<Patient` + ns + `><extension id="e" url="u"><extension url="v"><valueDecimal value="1.50e2"/></extension></extension></Patient>`,
			`{"resourceType":"Patient","extension":[{"id":"e","url":"u","extension":[{"url":"v","valueDecimal":1.50e2}]}]}`},
		{"resources within", `<Bundle` + ns + `><type value="batch"/><entry><resource><Patient><contained><Organization><id value="o"/></Organization></contained></Patient></resource></entry></Bundle>`,
			`{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}]}}]}`},
		{"white space in values", "<Patient" + ns + "><name><text value=\" a\r\n\tb&#10;&#xD;&#9;&quot;&apos;\\ \"/></name></Patient>",
			`{"resourceType":"Patient","name":[{"text":" a  b\n\r\t\"'\\ "}]}`},
	} {
		got, err := xml.ToJSON([]byte(tt.document), codec.Limits{})
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, got, tt.want)
		}
	}
}

// TestAppendXML holds the spelling of what is written.
func TestAppendXML(t *testing.T) {
	for _, tt := range []struct{ name, json, want string }{
		{"another order", `{"gender":"male","id":"a","resourceType":"Patient","_birthDate":{"id":"x"},"birthDate":"2026"}`,
			`<id value="a"/><gender value="male"/><birthDate value="2026" id="x"/>`},
		{"gaps", `{"resourceType":"Patient","name":[{"_given":[null,{"extension":[{"valueCode":"x","url":"u"}]}],"given":["a",null]}]}`,
			`<name><given value="a"/><given><extension url="u"><valueCode value="x"/></extension></given></name>`},
		{"escapes", `{"resourceType":"Patient","name":[{"text":"<a> & \"b\"\n\t\r\ud83d\ude00\uffff'"}]}`,
			"<name><text value=\"&lt;a> &amp; &quot;b&quot;&#10;&#9;&#13;\U0001F600\uFFFD'\"/></name>"},
		{"entities of HTML", `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a&nbsp;&lt;&copy;&#1;&LT;b<br title='>\r'/>]]></div>"}}`,
			"<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">a\u00a0&lt;\u00a9\uFFFD&lt;b<br title='>&#13;'/>]]&gt;</div></text>"},
		{"contained", `{"resourceType":"Patient","contained":[{"resourceType":"Organization","active":true}]}`,
			`<contained><Organization><active value="true"/></Organization></contained>`},
	} {
		want := `<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir">` + tt.want + `</Patient>`
		got, err := xml.AppendXML(nil, []byte(tt.json), false)
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, got, want)
		}
	}
	for _, bad := range []string{``, `{`, `[]`, `{}`, `{"resourceType":"Patent"}`, `{"resourceType":"Patient","x":1}`, `{"resourceType":"Patient","name":{}}`,
		`{"resourceType":"Patient","name":[null]}`, `{"resourceType":"Patient","name":["a"]}`, `{"resourceType":"Patient","gender":{}}`, `{"resourceType":"Patient","text":{"div":1}}`,
		`{"resourceType":"Patient","contained":[1]}`, `{"resourceType":"Patient"}{}`} {
		if out, err := xml.AppendXML(nil, []byte(bad), true); err == nil {
			t.Errorf("%s becomes %s", bad, out)
		}
	}
}
