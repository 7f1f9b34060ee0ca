package wire

import (
	"testing"

	"frontdesk/fhir"
)

func TestAccept(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   Format
		ok     bool
	}{
		{"", Format{}, true},
		{"*/*", Format{}, true},
		{"application/fhir+json", Format{}, true},
		{"application/json", Format{Type: "application/json"}, true},
		{"text/json", Format{Type: "text/json"}, true},
		{"application/json+fhir", Format{Type: "application/json+fhir"}, true},
		{"application/fhir+json; fhirVersion=4.0", Format{}, true},
		{"application/fhir+json;fhirVersion=4.0;charset=utf-8", Format{}, true},
		{"application/fhir+xml", Format{Type: "application/fhir+xml"}, true},
		{"Application/XML;charset=UTF-8", Format{Type: "application/xml"}, true},
		{"text/xml", Format{Type: "text/xml"}, true},
		{"application/xml, application/json;q=0.5", Format{Type: "application/xml"}, true},
		{"application/xml;q=0.4, application/json;q=0.5", Format{Type: "application/json"}, true},
		{"application/fhir+xml;q=1.0, application/fhir+json;q=1.0", Format{Type: "application/fhir+xml"}, true},
		{"application/fhir+json;q=1.0, application/fhir+xml;q=1.0", Format{}, true},
		{"*/*, application/fhir+xml", Format{Type: "application/fhir+xml"}, true},
		{"application/fhir+xml;q=0.1, */*", Format{}, true},
		{"application/fhir+json;q=0, */*;q=0.1", Format{Type: "application/fhir+xml"}, true},
		{"text/*", Format{Type: "text/json"}, true},
		{"application/*", Format{}, true},
		{"xml", Format{Type: "application/fhir+xml"}, true},
		// A browser: it would take XML before anything, and gets what is the same for everybody.
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format{}, true},
		{"application/fhir+json;q=0", Format{}, false},
		{"application/fhir+json;q=nonsense", Format{}, false},
		{"application/fhir+json;q=NaN", Format{}, false},
		{"application/fhir+json; fhirVersion=3.0", Format{}, false},
		{"application/fhir+turtle", Format{}, false},
		{"text/html", Format{}, false},
		{";;;", Format{}, false},
	} {
		got, err := Accept(tt.header)
		if (err == nil) != tt.ok || got != tt.want {
			t.Errorf("Accept(%q) = %+v, %v; want %+v, ok %v", tt.header, got, err, tt.want, tt.ok)
		}
		if err != nil && fhir.KindOf(err) != fhir.NotAcceptable {
			t.Errorf("Accept(%q): kind %d, want NotAcceptable", tt.header, fhir.KindOf(err))
		}
	}
}

func TestContentType(t *testing.T) {
	for header, ok := range map[string]bool{
		"application/fhir+json":                   true,
		"application/json":                        true,
		"Application/FHIR+JSON; charset=UTF-8":    true,
		"application/fhir+json; fhirVersion=4.0":  true,
		"application/fhir+json; fhirVersion=5.0":  false,
		"application/json; charset=iso-8859-1":    false,
		"application/fhir+xml":                    false,
		"text/json":                               false,
		"text/plain":                              false,
		"":                                        false,
		"application/json-patch+json":             false,
		"application/json, application/fhir+json": false,
	} {
		_, err := ContentType(header, FHIRJSON, PlainJSON)
		if (err == nil) != ok {
			t.Errorf("ContentType(%q) = %v; want ok %v", header, err, ok)
		}
		if err != nil && fhir.KindOf(err) != fhir.UnsupportedMedia {
			t.Errorf("ContentType(%q): kind %d, want UnsupportedMedia", header, fhir.KindOf(err))
		}
	}
}

func TestSplitQuery(t *testing.T) {
	for _, tt := range []struct {
		raw, rest, kept string
		want            Format
		kind            fhir.Kind // of the error; Internal for none
	}{
		{raw: "", want: Format{}},
		{raw: "code=a%20b&code=c", rest: "code=a%20b&code=c"},
		{raw: "_format=json&code=a&_pretty=true", rest: "code=a", kept: "_format=json&_pretty=true", want: Format{Pretty: true}},
		{raw: "_format=application/json", kept: "_format=application/json", want: Format{Type: PlainJSON}},
		{raw: "_format=application/fhir+json", kept: "_format=application/fhir+json"}, // the + is a space in a form
		{raw: "%5fformat=xml", kept: "%5fformat=xml", want: Format{Type: FHIRXML}},
		{raw: "_format=text/xml", kept: "_format=text/xml", want: Format{Type: "text/xml"}},
		{raw: "_format=application/fhir%2Bxml&_pretty=true", kept: "_format=application/fhir%2Bxml&_pretty=true", want: Format{Type: FHIRXML, Pretty: true}},
		{raw: "_format=ttl", kept: "_format=ttl", kind: fhir.NotAcceptable},
		{raw: "_pretty=yes", kept: "_pretty=yes", kind: fhir.Invalid},
		{raw: "a=%zz", kind: fhir.Invalid},
	} {
		q, err := SplitQuery(tt.raw)
		var f Format
		if err == nil {
			f, err = q.Format("")
			if q.Rest != tt.rest || q.Kept != tt.kept {
				t.Errorf("SplitQuery(%q) = %q, %q; want %q, %q", tt.raw, q.Rest, q.Kept, tt.rest, tt.kept)
			}
		}
		if (err != nil) != (tt.kind != fhir.Internal) || err != nil && fhir.KindOf(err) != tt.kind || err == nil && f != tt.want {
			t.Errorf("%q: format %+v, error %v; want %+v, kind %d", tt.raw, f, err, tt.want, tt.kind)
		}
	}
}

func TestParams(t *testing.T) {
	got, err := Params("_since=2020&_count=3", "_since", "_count")
	if err != nil || got["_since"] != "2020" || got["_count"] != "3" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"_cuont=3", "_count=1&_count=2", "x=%", "=1"} {
		if _, err := Params(bad, "_count"); fhir.KindOf(err) != fhir.Invalid || err == nil {
			t.Errorf("Params(%q): %v, want Invalid", bad, err)
		}
	}
}
