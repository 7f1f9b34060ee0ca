package xml

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"frontdesk/fhir"
)

// step is one element on the way to the one being read.
type step struct {
	name  string
	index int // in a list; -1 for an element that can't be repeated
}

// fault notes what is wrong, and where, and returns false, which every caller hands on. The first fault ends the
// reading.
func (r *reader) fault(at int, format string, args ...any) bool {
	if r.err == nil {
		before := r.text[:min(at, len(r.text))]
		line := strings.Count(before, "\n") + 1
		column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
		args = append([]any{line, column}, args...)
		r.err = fhir.Errorf(fhir.Invalid, r.place(), "At line %d, column %d: "+format, args...)
		r.err.Issues[0].Code = "structure"
	}
	return false
}

// malformed is a fault of what isn't XML at all.
func (r *reader) malformed(at int, format string, args ...any) bool {
	return r.fault(at, "this is not well-formed XML: "+format, args...)
}

// cut is the fault of a document that ends too early.
func (r *reader) cut() bool {
	return r.malformed(len(r.text), "it ends within an element; it seems to be cut off.")
}

// place is the FHIRPath of the element being read.
func (r *reader) place() string {
	var b []byte
	for i, s := range r.steps {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, s.name...)
		if s.index >= 0 {
			b = append(strconv.AppendInt(append(b, '['), int64(s.index), 10), ']')
		}
	}
	return string(b)
}

func echo(s string) string { return strconv.Quote(fhir.Clip(s)) }
