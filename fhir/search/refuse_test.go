package search

import (
	"strings"
	"testing"

	"frontdesk/fhir"
)

// refusals are queries with the parameter that is wrong, and what else the error must say.
var refusals = []struct{ typ, query, name, also string }{
	{"Patient", "birthdate=2026-13", "birthdate", "birthdate=ge2024-01-31"},
	{"Patient", "birthdate=2025-02-30", "birthdate", "must exist"},
	{"Patient", "birthdate=xx2025", "birthdate", "prefix"},
	{"Patient", "birthdate=2025-02-03T10:00:00%2B25:00", "birthdate", "-14:00"},
	{"Patient", "_count=-1", "_count", "_count=20"},
	{"Patient", "_count=x", "_count", "_count=20"},
	{"Patient", "_count=", "_count", "_count=20"},
	{"Observation", "code=a|b|c|d", "code", "code=http://loinc.org|1234-5"},
	{"Observation", "code=|", "code", "neither"},
	{"Observation", "subject:Foo=1", "subject:Foo", "subject:Patient=123"},
	{"Observation", "subject=Foo/1", "subject", "Type/id"},
	{"Observation", "subject=Slot/1", "subject", "Group"},
	{"Observation", "subject:Patient=Group/1", "subject:Patient", "names a Group"},
	{"Observation", "subject:Foo.name=x", "subject:Foo.name", "subject:Patient"},
	{"Observation", "code.name=x", "code.name", "subject:Patient.name"},
	{"Observation", "subject.=x", "subject.", "subject.identifier"},
	{"Observation", "subject.foo=x", "foo", "search parameter"},
	{"Observation", "patient.birthdate=x", "patient.birthdate", "ge2024-01-31"},
	{"Observation", "code:of-type=a|b|c", "code:of-type", "only the modifiers :missing, :not, :text"},
	{"Observation", "_include=Observation:foo", "_include", "_include=Observation:"},
	{"Observation", "_include=Foo:bar", "_include", "_include=Observation:"},
	{"Observation", "_include=Observation:code", "_include", "not a reference"},
	{"Observation", "_include=Observation:subject:Slot", "_include", "doesn't refer"},
	{"Observation", "_include=Patient:organization", "_include", ":iterate"},
	{"Observation", "_include:recurse=Observation:subject", "_include:recurse", ":iterate"},
	{"Observation", "_revinclude=*", "_revinclude", "_revinclude=Provenance:target"},
	{"Observation", "code=a,,b", "code", "between the commas"},
	{"Observation", "code:=a", "code:", "behind the colon"},
	{"Observation", "code:exact=a", "code:exact", ":not"},
	{"Observation", "code:in=http://vs", "code:in", "terminology"},
	{"Observation", "code:missing=maybe", "code:missing", "true or false"},
	{"Observation", "value-quantity=5|mg", "value-quantity", "number||unit"},
	{"Observation", "value-quantity=abc", "value-quantity", "prefix"},
	{"Observation", "value-quantity=1e999999999", "value-quantity", "not a number"},
	{"Observation", "code-value-quantity=a", "code-value-quantity", "2 parts"},
	{"Observation", "code-value-quantity=a$b", "code-value-quantity", "part 2"},
	{"Observation", `code=a\b`, "code", "backslash"},
	{"Observation", "cod=a", "cod", "did you mean code"},
	{"Observation", "Code=a", "Code", "did you mean code"},
	{"Location", "near=1|2", "near", "not offered"},
	{"Observation", "_sort=foo", "_sort", "_sort=-_lastUpdated"},
	{"Observation", "_sort=", "_sort", "_sort=-_lastUpdated"},
	{"Observation", "_sort=code-value-quantity", "_sort", "no order"},
	{"Observation", "_sort=date&_sort=code", "_sort", "more than once. A right example: _sort=-date,status"},
	{"Observation", "_count=1&_count=2", "_count", "more than once. A right example: _count=20"},
	{"Observation", "_summary=maybe", "_summary", "_summary=count"},
	{"Observation", "_total=5", "_total", "accurate"},
	{"Observation", "_elements=foo", "_elements", "top-level"},
	{"Observation", "_cursor=%3D%3D", "_cursor", "next"},
	{"Observation", "_cursor=AR", "_cursor", "next"}, // not canonical base64
	{"Observation", "_has:Patient:link:name=x", "_has:Patient:link:name", "doesn't refer"},
	{"Patient", "_has:Observation:code=x", "_has:Observation:code", "_has:Observation:patient:code=1234-5"},
	{"Patient", "_has:Foo:code:x=x", "_has:Foo:code:x", "_has:Observation:patient:code=1234-5"},
	{"Patient", "_id=a/b", "_id", "64"},
	{"Patient", "family=%zz", "family", "percent"},
	{"Patient", "family=%ff", "family", "UTF-8"},
	{"Patient", "family=%00", "family", "control"},
	{"Patient", "%ff=a", "parameter's name", "UTF-8"},
	{"Patient", "family=-", "family", "nothing to look for"},
	{"Patient", "family=" + strings.Repeat("a", MaxValue+1), "family", "4096"},
}

// TestRefused are queries that must not be answered. The error names the parameter and gives a right example.
func TestRefused(t *testing.T) {
	for _, c := range refusals {
		_, err := Parse(registry(t), []string{c.typ}, c.query, options)
		if kind := fhir.KindOf(err); err == nil || kind != fhir.Invalid && kind != fhir.NotSupported {
			t.Errorf("%s?%.80s: error %v", c.typ, c.query, err)
		} else if !strings.Contains(err.Error(), c.name) || !strings.Contains(err.Error(), c.also) {
			t.Errorf("%s?%.80s: %q doesn't say %q and %q", c.typ, c.query, err, c.name, c.also)
		}
	}
}
