package xml_test

import (
	"bytes"
	stdxml "encoding/xml"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/codec/xml"
)

// FuzzToJSON: whatever comes is refused with a place, or means a JSON that goes to XML and back unchanged.
func FuzzToJSON(f *testing.F) {
	for _, text := range ours(f) {
		document, err := xml.AppendXML(nil, text, len(text)%2 == 0)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		text, err := xml.ToJSON(document, codec.Limits{})
		if err != nil {
			var e *fhir.Error
			if !errors.As(err, &e) || e.Kind != fhir.Invalid || !strings.HasPrefix(e.Issues[0].Text, "At line ") {
				t.Fatal(err)
			}
			return
		}
		if err := wellFormed(document); err != nil && !stricter(err) {
			t.Fatalf("encoding/xml refuses what is accepted: %v", err)
		}
		values(t, text)
		back, err := xml.AppendXML(nil, text, false)
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		again, err := xml.ToJSON(back, codec.Limits{})
		if err != nil || !bytes.Equal(text, again) {
			t.Fatalf("%v\n%s\n%s\n%s", err, text, back, again)
		}
	})
}

// stricter says that an error is one of encoding/xml's own: what XML allows, or what nobody is hurt by.
func stricter(err error) bool {
	for _, text := range []string{"xml: unsupported version", "encoding \"", "invalid XML name", "invalid processing instruction"} {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

func wellFormed(document []byte) error {
	d := stdxml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(document, []byte("\uFEFF"))))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// FuzzAppendXML: what codec.Decode accepts can be written as well-formed XML, and comes back with the same values.
func FuzzAppendXML(f *testing.F) {
	for _, text := range ours(f) {
		f.Add(text)
	}
	for _, s := range []string{
		`{"resourceType":"Patient","name":[{"given":["a",null],"_given":[null,{"extension":[{"url":"a","valueCode":"b"}]}]}]}`,
		`{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>a&nbsp;<!-- b --><br title=\"'>\"/></div>"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := codec.Decode(text, codec.Limits{Conditional: true}); err != nil {
			return
		}
		document, err := xml.AppendXML(nil, text, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := wellFormed(document); err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		back, err := xml.ToJSON(document, codec.Limits{Depth: 200})
		if err != nil {
			t.Fatalf("%v: %s", err, document)
		}
		// Narratives change where HTML's spelling isn't XML's, and characters that XML hasn't become others.
		if s := string(text); strings.Contains(s, "div") || strings.ContainsAny(s, "\uFFFE\uFFFF") || strings.Contains(s, `\u`) || strings.Contains(s, "null") {
			return
		}
		if !reflect.DeepEqual(values(t, text), values(t, back)) {
			t.Fatalf("comes back otherwise:\n%s\n%s\n%s", text, document, back)
		}
	})
}
