package codec_test

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

// TestValues tries each primitive with texts that R4 allows and texts that it doesn't (R4 datatypes 2.24.0.1).
func TestValues(t *testing.T) {
	for _, c := range []struct{ typ, good, bad string }{ // each a JSON array's items, separated by blanks
		{"Date", `"2026" "2026-02" "2026-02-28" "2024-02-29" "0001-01-01" "1900-12-31"`,
			`"2026-13" "2026-02-30" "2023-02-29" "1900-02-29" "26-01-01" "2026-1-1" "0000" "2026-01-01T00:00:00Z" "2026-" "20260101" "-2026"`},
		{"DateTime", `"2026" "2026-02-28T23:59:59Z" "2016-12-31T23:59:60Z" "2026-02-28T12:00:00.123456789+14:00" "2026-02-28T12:00:00-00:00"`,
			`"2026-02-28T12:00" "2026-02-28T12:00:00" "2026-02-28T24:00:00Z" "2026-02-28T12:60:00Z" "2026-02-28T12:00:00+14:01" "2026-02-28T12:00:00.Z" "2026-02T12:00:00Z" "2026-02-28t12:00:00z"`},
		{"Instant", `"2026-02-28T12:00:00Z" "2026-02-28T12:00:00.5+01:00"`, `"2026" "2026-02-28" "2026-02-28T12:00:00" "now"`},
		{"Time", `"12:00:00" "23:59:59.999"`, `"12:00" "24:00:00" "12:00:00Z" "1:00:00" "12:00:00."`},
		{"Integer", `0 -1 2147483647 -2147483648`, `2147483648 1.0 1e2 -0 "1"`},
		{"PositiveInt", `1 2147483647`, `0 -1 2147483648 1.5`},
		{"UnsignedInt", `0 2147483647`, `-1 2147483648`},
		{"Decimal", `0 -0.0 1.10 1e3 1E-30 0.000000000000000001 1.0e245`, `1e999 1e-99999999999999999999 "1.0" ` + strings.Repeat("9", 300)},
		{"Boolean", `true false`, `"true" 1 null`},
		{"Id", `"a" "A-1.b"`, `"a_b" "a/b" "` + strings.Repeat("a", 65) + `"`},
		{"Code", `"a" "a-b"`, `"\u0020a" "a\u0020" "a\u0020\u0020b" "a\tb"`},
		{"Oid", `"urn:oid:1.2.3" "urn:oid:2.16.840"`, `"1.2.3" "urn:oid:3.1" "urn:oid:1.02" "urn:oid:1" "urn:oid:1..2"`},
		{"Uuid", `"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"`, `"c757873d-ec9a-4326-a141-556f43239520" "urn:uuid:C757873D-EC9A-4326-A141-556F43239520" "urn:uuid:1"`},
		{"Uri", `"http://a.b/c?d=e%20f" "urn:oid:1.2" "a" "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"`,
			`"a\u0020b" "a\tb" "http://a.b/%zz" "urn:oid:x" "urn:uuid:x" "a%2" "a\u00a0b"`},
		{"Url", `"https://a.b/c" "mailto:a@b.c"`, `"a\nb" "http://a.b/\u0020"`},
		{"Canonical", `"http://a.b/c|1.0"`, `"http://a.b\u0020|1"`},
		{"Base64Binary", `"aGk=" "aGk\u003d" "aGVs\u0020bG8h" "aGVs\nbG8h"`, `"aGk" "a-_b" "===="`},
		{"Markdown", `"*a*" "a\n\nb"`, `"" "\n" "a\u0007"`},
		{"String", `"a" "é\t\r\n" "\ud83d\ude00" "\u003cb>"`, `"" "\u000b" "\udc00\ud83d"`},
	} {
		t.Run(c.typ, func(t *testing.T) {
			for want, list := range map[bool]string{true: c.good, false: c.bad} {
				for _, v := range strings.Fields(list) {
					in := pat(fmt.Sprintf(`"extension":[{"url":"http://a.b","value%s":%s}]`, c.typ, v))
					_, err := codec.Decode([]byte(in), codec.Limits{})
					if (err == nil) != want {
						t.Errorf("%.80s: accepted is %v: %v", v, err == nil, err)
					}
					if err != nil {
						if is := issues(t, err); len(is) != 1 || is[0].Expression != "Patient.extension[0].value" || len(is[0].Text) > 250 {
							t.Errorf("%.80s: want one short fault of the value, got %v", v, err)
						}
					}
				}
			}
		})
	}
}

func TestRefuseCodes(t *testing.T) {
	checkRefusals(t, []refusal{
		{"wrong case", `{"resourceType":"Observation","status":"FINAL","code":{"text":"x"}}`, []string{
			`Observation.status: "FINAL" is not a code of Observation.status; use one of registered, preliminary, final, amended, corrected, cancelled, entered-in-error, unknown; codes are case-sensitive, so write "final".`}},
		{"unknown code", pat(`"name":[{"use":"nick","text":"x"}]`), []string{`Patient.name[0].use: use one of usual, official`}},
		{"google's spelling", `{"resourceType":"Task","status":"IN_PROGRESS","intent":"order"}`, []string{"Task.status: is not a code"}},
		{"long code", pat(`"gender":"` + strings.Repeat("x", 10000) + `"`), []string{"Patient.gender: xxx…"}},
		{"long string", pat(`"name":[{"text":"` + strings.Repeat("x", 1<<20+1) + `"}]`), []string{"Patient.name[0].text: at most 1048576"}},
	})
}

func TestReferences(t *testing.T) {
	for _, c := range []struct{ ref, want string }{
		{"Practitioner/1", ""},
		{"Practitioner/1/_history/2", ""},
		{"http://other.example/fhir/Practitioner/1", ""},
		{"https://other.example/fhir/Practitioner/1/_history/2", ""},
		{"https://other.example/some/doctor?id=7", ""},
		{"urn:uuid:c757873d-ec9a-4326-a141-556f43239520", ""},
		{"urn:oid:1.2.3", ""},
		{"Patient/1", "may point at Organization, Practitioner, PractitionerRole only"},
		{"http://other.example/fhir/Patient/1", "points at a Patient"},
		{"practitioner/1", "not a resource type"},
		{"Resource/1", "not a resource type"},
		{"Practitioner/a_b", "does not end in an id"},
		{"Practitioner/", "does not end in an id"},
		{"Practitioner/1/_history/", "does not end in an id"},
		{"Practitioner/1/2", "not a reference"},
		{"Practitioner", "not a reference"},
		{"/Practitioner/1", "not a reference"},
		{"Dr No", "white space"},
		{"#a b", "not an id"},
		{"Practitioner?identifier=a|1", "within a transaction only"},
		{"Nobody?identifier=a|1", "neither a reference nor a condition"},
	} {
		in := []byte(pat(fmt.Sprintf(`"generalPractitioner":[{"display":"x"},{"reference":%q}]`, c.ref)))
		_, err := codec.Decode(in, codec.Limits{})
		switch {
		case err == nil && c.want != "":
			t.Errorf("%s is accepted", c.ref)
		case err != nil && c.want == "":
			t.Errorf("%s is refused: %v", c.ref, err)
		case err != nil:
			if is := issues(t, err); len(is) != 1 || !strings.Contains(is[0].Text, c.want) || is[0].Expression != "Patient.generalPractitioner[1].reference" {
				t.Errorf("%s: want %q, got %v", c.ref, c.want, err)
			}
		}
	}
	conditional := pat(`"generalPractitioner":[{"reference":"Practitioner?identifier=a|1"}]`)
	if _, err := codec.Decode([]byte(conditional), codec.Limits{Conditional: true}); err != nil {
		t.Errorf("a conditional reference is refused within a transaction: %v", err)
	}
	checkRefusals(t, []refusal{
		{"type against reference", pat(`"managingOrganization":{"reference":"Organization/1","type":"Patient"}`), []string{"Patient.managingOrganization.type: make them agree"}},
		{"type not allowed", pat(`"managingOrganization":{"type":"Patient","display":"x"}`), []string{"Patient.managingOrganization.type: may point at Organization only"}},
		{"type unknown", pat(`"managingOrganization":{"type":"organization","display":"x"}`), []string{"Patient.managingOrganization.type: not a resource type"}},
	})
}
