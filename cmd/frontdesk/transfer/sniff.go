package transfer

import (
	"bufio"
	"bytes"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// document says whether a source is one JSON document over several lines, as a pretty-printed Bundle, and not one resource a line.
// What the name says counts only where the beginning doesn't tell.
func (s *Source) document(r *bufio.Reader) bool {
	if s.form == lineForm {
		return false
	}
	head, err := r.Peek(r.Size())
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

// lineOf is the line, from 1, on which an entry of a Bundle begins; 1 if it can't be told.
func lineOf(json []byte, entry int) int {
	d := jsontext.NewDecoder(bytes.NewReader(json), jsontext.AllowDuplicateNames(true))
	want := jsontext.Pointer("/entry/" + strconv.Itoa(entry))
	for {
		if _, err := d.ReadToken(); err != nil {
			return 1
		}
		if d.StackPointer() == want {
			return 1 + bytes.Count(json[:d.InputOffset()], []byte("\n"))
		}
	}
}
