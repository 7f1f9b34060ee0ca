package codec

import (
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir/codec/narrative"
	"frontdesk/fhir/path/system"
)

// none is what stands for a value at fault.
var none reflect.Value

// primitive reads a primitive's value into a new message: not valid if it is at fault.
func (d *decoder) primitive(f *frame, m *member) (reflect.Value, bool) {
	c := d.peek()
	switch k := m.typ.kind; {
	case k == kindBoolean:
		if c != 't' && c != 'f' {
			return none, d.mismatch("true or false, without quotes")
		}
		l, ok := d.literal()
		return reflect.ValueOf(&dpb.Boolean{Value: l == "true"}), ok
	case k < firstText:
		if c != '-' && (c < '0' || c > '9') {
			return none, d.mismatch("a number, without quotes")
		}
		n, ok := d.number()
		if !ok {
			return none, false
		}
		v, complaint := readNumber(k, n)
		if complaint != "" {
			return none, d.fault(codeValue, "%s %s.", echo(n), complaint)
		}
		return reflect.ValueOf(v), true
	case c != '"':
		return none, d.mismatch("a string in double quotes")
	}
	return d.textual(f, m)
}

// maxString is how many characters a string may have (R4 datatypes, string: "Note that strings SHALL NOT exceed 1MB
// (1024*1024 characters) in size"). base64Binary and xhtml have no bound but that of the whole body.
const maxString = 1 << 20

// textual reads a primitive that JSON has as a string.
func (d *decoder) textual(f *frame, m *member) (reflect.Value, bool) {
	at := len(d.out)
	t, ok := d.str()
	if !ok {
		return none, false
	}
	v, complaint := t.unescape()
	switch {
	case complaint != "":
		return none, d.fault(codeValue, "The text %s.", complaint)
	case v == "":
		return none, d.fault(codeValue, "A value must not be empty; leave the element out.")
	case len(v) > maxString && m.typ.kind != kindBase64 && m.typ.kind != kindXHTML && utf8.RuneCountInString(v) > maxString:
		return none, d.fault(codeTooLong, "The text has %d characters; R4 allows at most %d.", utf8.RuneCountInString(v), maxString)
	case t.escaped && strings.ContainsFunc(v, isControl):
		return none, d.fault(codeValue, "The text holds a control character; of these only tab, line feed and carriage return are allowed.")
	}
	switch m.typ.kind {
	case kindEnum:
		return d.enum(f, m, v)
	case kindReference:
		return d.referenceTo(f, m, v, at)
	case kindXHTML:
		d.link(linkNarrative, at)
		complaint = narrative.Check(v)
		if complaint != "" {
			return none, d.fault(codeInvariant, "%s.", complaint)
		}
		return reflect.ValueOf(&dpb.Xhtml{Value: v}), true
	case kindCanonical:
		d.scope.name(v)
	case kindURI, kindURL: // an oid or uuid can't become what R4 has in its place, which is a relative URL
		d.scope.name(v)
		if m.special != unlinked {
			d.link(linkURI, at)
		}
	}
	msg, complaint := readers[m.typ.kind](m.typ, v)
	if complaint != "" {
		return none, d.fault(codeValue, "%s %s.", echo(v), complaint)
	}
	return reflect.ValueOf(msg), true
}

// isControl says whether R4 forbids a character in strings (R4 datatypes, string: none below 32 but tab, LF and CR).
func isControl(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }

func (d *decoder) enum(f *frame, m *member, v string) (reflect.Value, bool) {
	n, ok := m.typ.codes[v]
	if !ok {
		hint := ""
		for c := range m.typ.codes {
			if strings.EqualFold(c, v) {
				hint = "; codes are case-sensitive, so write " + echo(c)
			}
		}
		return none, d.fault(codeCode, "%s is not a code of %s.%s; use one of %s%s.", echo(v), f.plan.name, m.element.name, m.typ.list, hint)
	}
	msg := reflect.New(m.typ.typ)
	msg.Elem().Field(m.typ.value.index).SetInt(int64(n))
	return msg, true
}

func readNumber(k kind, n string) (proto.Message, string) {
	if k == kindDecimal {
		if len(n) > system.MaxLength {
			return nil, "has more digits than are accepted here (" + strconv.Itoa(system.MaxLength) + ")"
		}
		if i := strings.IndexAny(n, "eE"); i >= 0 {
			if e, err := strconv.Atoi(n[i+1:]); err != nil || e > system.MaxExponent || e < -system.MaxExponent {
				return nil, "has an exponent beyond ±" + strconv.Itoa(system.MaxExponent)
			}
		}
		return &dpb.Decimal{Value: n}, ""
	}
	i, err := strconv.ParseInt(n, 10, 32)
	if err != nil || n[0] == '-' && i == 0 {
		return nil, "is not a whole number from -2147483648 to 2147483647, written with digits only"
	}
	switch {
	case k == kindPositiveInt && i < 1:
		return nil, "is not a positive whole number (1 to 2147483647)"
	case k == kindPositiveInt:
		return &dpb.PositiveInt{Value: uint32(i)}, ""
	case k == kindUnsignedInt && i < 0:
		return nil, "is negative; use 0 to 2147483647"
	case k == kindUnsignedInt:
		return &dpb.UnsignedInt{Value: uint32(i)}, ""
	}
	return &dpb.Integer{Value: int32(i)}, ""
}
