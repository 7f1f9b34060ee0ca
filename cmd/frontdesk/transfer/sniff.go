package transfer

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// document says whether a source is one document over several lines, as a pretty-printed Bundle or any XML, and not one
// resource a line. What the name says counts only where the beginning doesn't tell.
func (s *Source) document(r *bufio.Reader) bool {
	if s.form == lineForm {
		return false
	}
	head, err := r.Peek(r.Size())
	if isXML(head) {
		return true
	}
	first, rest, ended := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte("\n"))
	switch {
	case !ended && err == nil:
		return s.form == docForm
	case !ended || whole(first):
		return false
	}
	// A first line that is no JSON value: the beginning of a document, unless the second is a resource all the same.
	second, _, _ := bytes.Cut(bytes.TrimLeft(rest, " \t\r\n"), []byte("\n"))
	return typeOf(second) == ""
}

// isXML says whether a text is XML: JSON never begins with "<", nor with a byte order mark.
func isXML(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(text, []byte("\uFEFF")), " \t\r\n"), []byte("<"))
}

// whole says that text is one JSON value.
func whole(text []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadValue(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return err == io.EOF
}

// typeOf is the top-level resourceType, found without reading more than it must; "" if there is none.
func typeOf(json []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(json), jsontext.AllowDuplicateNames(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return ""
		}
		if name.String() == "resourceType" {
			if v, err := d.ReadToken(); err == nil && v.Kind() == '"' {
				return v.String()
			}
			return ""
		}
		if d.SkipValue() != nil {
			return ""
		}
	}
	return ""
}

// bundleOf is a Bundle's type, and whether a server has stored it as one: then it has a version.
func bundleOf(json []byte) (typ string, stored bool) {
	d := jsontext.NewDecoder(bytes.NewReader(json), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return "", false
	}
	for d.PeekKind() == '"' {
		token, err := d.ReadToken()
		if err != nil {
			break
		}
		name := token.String()
		value, err := d.ReadValue()
		switch {
		case err != nil:
			return typ, stored
		case name == "type" && value.Kind() == '"':
			typ = string(bytes.Trim(value, `"`))
		case name == "meta":
			stored = bytes.Contains(value, []byte(`"versionId"`))
		}
	}
	return typ, stored
}

// lineOf is the line, from 1, on which an entry of a Bundle begins; 1 if it can't be told.
func lineOf(text []byte, entry int) int {
	if isXML(text) {
		return lineOfXML(text, entry)
	}
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	want := jsontext.Pointer("/entry/" + strconv.Itoa(entry))
	for {
		if _, err := d.ReadToken(); err != nil {
			return 1
		}
		if d.StackPointer() == want {
			return 1 + bytes.Count(text[:d.InputOffset()], []byte("\n"))
		}
	}
}

// lineOfXML is lineOf a Bundle in XML.
func lineOfXML(text []byte, entry int) int {
	d := xml.NewDecoder(bytes.NewReader(text))
	for depth, n := 0, 0; ; {
		token, err := d.RawToken()
		if err != nil {
			return 1
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth == 2 && t.Name.Local == "entry" {
				if n == entry {
					return 1 + bytes.Count(text[:d.InputOffset()], []byte("\n"))
				}
				n++
			}
		case xml.EndElement:
			depth--
		}
	}
}
