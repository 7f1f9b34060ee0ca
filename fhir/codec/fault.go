package codec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"frontdesk/fhir"
)

// The codes of R4's valueset issue-type that the decoder uses.
const (
	codeStructure = "structure"    // not the shape R4 gives the element
	codeRequired  = "required"     // an element that must be there is not
	codeValue     = "value"        // the value breaks its datatype's rules
	codeCode      = "code-invalid" // not a code of the required binding
	codeInvariant = "invariant"    // against one of R4's constraints
	codeTooLong   = "too-long"
)

// maxFaulty times Limits.Faults is how many faults all the entries of a bundle may have before the bundle is refused
// whole.
const maxFaulty = 20

// fault adds one fault at the current element. It returns false if that is one too many, and decoding shall end.
func (d *decoder) fault(code, format string, args ...any) bool {
	return d.faultAt(string(d.expr), code, format, args...)
}

func (d *decoder) faultAt(expression, code, format string, args ...any) bool {
	if d.full {
		return false
	}
	if d.lim.Lacking && (code == codeRequired || code == codeInvariant) && (d.bundle == nil || d.inEntry) {
		if len(d.lacks) < d.lim.Faults {
			d.lacks = append(d.lacks, fhir.Issue{Code: code, Expression: expression,
				Text: fmt.Sprintf(format, args...)})
		}
		return true
	}
	list := d.faults()
	if d.total++; d.total > maxFaulty*d.lim.Faults {
		list = &d.issues
	}
	if len(*list) >= d.lim.Faults || d.total > maxFaulty*d.lim.Faults {
		d.full = true
		*list = append(*list, fhir.Issue{Code: "incomplete",
			Text: "There are more faults than are listed here. Correct these and send it again to see the others."})
		return false
	}
	*list = append(*list, fhir.Issue{Code: code, Expression: expression, Text: fmt.Sprintf(format, args...)})
	return true
}

// faults is the list that takes what is found now: the entry's while DecodeBundle is within one, else the whole's.
func (d *decoder) faults() *[]fhir.Issue {
	if d.bundle != nil && d.entry >= 0 {
		return &d.entries[d.entry].faults
	}
	return &d.issues
}

// syntax is the fault of what is not JSON at all, with its place.
func (d *decoder) syntax() *fhir.Error {
	before := d.text[:min(d.brokenAt, len(d.text))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	what := "This is not valid JSON"
	if d.brokenFor == tooDeep {
		what = "This can't be read"
	}
	e := fhir.Errorf(fhir.Invalid, "", "%s: at line %d, column %d (byte %d) %s.", what, line, column, d.brokenAt, d.brokenFor)
	e.Issues[0].Code = codeStructure
	return e
}

// push appends an element to the current expression and returns the length to go back to.
func (d *decoder) push(name string) int {
	n := len(d.expr)
	d.expr = append(append(d.expr, '.'), name...)
	return n
}

// pushIndex appends the index of an item and returns the length to go back to.
func (d *decoder) pushIndex(i int) int {
	n := len(d.expr)
	d.expr = append(strconv.AppendInt(append(d.expr, '['), int64(i), 10), ']')
	return n
}

// echo is a client's value, quoted and cut.
func echo(s string) string { return strconv.Quote(fhir.Clip(s)) }

// maxName is the longest key that is taken for a name, right or misspelt; R4's own are shorter.
const maxName = 60

// describe names a JSON value by its first byte.
func describe(c byte) string {
	switch c {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "an array"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// nearest is the known name that a client may have meant, or "".
func nearest(name string, known map[string]*member) string {
	best, distance := "", 3
	if len(name) > maxName {
		return ""
	}
	for k := range known {
		n := fhir.Distance(strings.ToLower(name), strings.ToLower(k))
		if n < distance || n == distance && best != "" && k < best {
			best, distance = k, n
		}
	}
	return best
}
