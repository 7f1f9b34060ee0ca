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
		{"application/json", Format{Plain: true}, true},
		{"application/fhir+json; fhirVersion=4.0", Format{}, true},
		{"application/fhir+json;fhirVersion=4.0;charset=utf-8", Format{}, true},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format{}, true},
		{"application/xml, application/json;q=0.5", Format{Plain: true}, true},
		{"application/json, application/fhir+json", Format{}, true},
		{"application/*", Format{}, true},
		{"application/fhir+xml", Format{}, false},
		{"application/xml", Format{}, false},
		{"application/fhir+json;q=0", Format{}, false},
		{"application/fhir+json; fhirVersion=3.0", Format{}, false},
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
		"text/plain":                              false,
		"":                                        false,
		"application/json-patch+json":             false,
		"application/json, application/fhir+json": false,
	} {
		err := ContentType(header, FHIRJSON, PlainJSON)
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
		{raw: "_format=application/json", kept: "_format=application/json", want: Format{Plain: true}},
		{raw: "_format=application/fhir+json", kept: "_format=application/fhir+json"}, // the + is a space in a form
		{raw: "%5fformat=xml", kept: "%5fformat=xml", kind: fhir.NotAcceptable},
		{raw: "_format=xml", kept: "_format=xml", kind: fhir.NotAcceptable},
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
