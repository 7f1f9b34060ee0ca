package search

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
)

// booleans is the code system R4 implies for true and false (R4 search 3.1.1.4.10).
const booleans = "http://terminology.hl7.org/CodeSystem/special-values"

// implied are the code systems of codes that google/fhir keeps as strings, by the value set they are bound to.
var implied = map[string]string{
	"http://hl7.org/fhir/ValueSet/currencies":    "urn:iso:std:iso:4217",
	"http://hl7.org/fhir/ValueSet/mimetypes":     "urn:ietf:bcp:13",
	"http://hl7.org/fhir/ValueSet/languages":     "urn:ietf:bcp:47",
	"http://hl7.org/fhir/ValueSet/all-languages": "urn:ietf:bcp:47",
}

// errNHSNumber is about an NHS number that can be nobody's: an empty answer would say that the person isn't here.
var errNHSNumber = errors.New("this is no NHS number: that is ten digits without spaces, of which the last is a check digit")

func parseToken(_ *parser, _ *spec.Param, modifier, value string) (Criterion, error) {
	switch modifier {
	case "text":
		return parseString(nil, nil, "", value)
	case "of-type":
		parts, err := fields(value, '|', 3, 3)
		if err != nil || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return nil, errors.New(":of-type needs system|code|value: the identifier's type and its value")
		}
		return TokenIs{AnySystem: true, Code: strings.ToLower(parts[2]), Type: parts[0] + "|" + strings.ToLower(parts[1])}, nil
	}
	return tokenOf(value)
}

// tokenOf reads the forms "code", "system|code", "|code" and "system|" (R4 search 3.1.1.4.10).
func tokenOf(value string) (TokenIs, error) {
	parts, err := fields(value, '|', 1, 2)
	if err != nil {
		return TokenIs{}, fmt.Errorf("a token is code, system|code, |code or system|; %w", err)
	}
	if len(parts) == 1 {
		return TokenIs{AnySystem: true, Code: strings.ToLower(parts[0])}, nil
	}
	if parts[0] == "" && parts[1] == "" {
		return TokenIs{}, errors.New("it has neither a system nor a code")
	}
	if parts[0] == fhir.NHSNumber && parts[1] != "" && !fhir.IsNHSNumber(parts[1]) {
		return TokenIs{}, errNHSNumber
	}
	return TokenIs{System: parts[0], Code: strings.ToLower(parts[1]), AnyCode: parts[1] == ""}, nil
}

func takeToken(_ *extractor, m proto.Message, yield func(Value)) {
	switch v := m.(type) {
	case *dt.CodeableConcept:
		takeConcept(v, yield)
	case *dt.Coding:
		if t := tokenIn(v); t != (Token{}) {
			yield(t)
		}
	case *dt.Identifier:
		takeIdentifier(v, func(t Token) { yield(t) })
	case *dt.ContactPoint:
		code(yield, "", v.GetValue().GetValue())
	case *dt.Boolean:
		code(yield, booleans, fmt.Sprint(v.GetValue()))
	case *dt.String:
		code(yield, "", v.GetValue())
	default:
		takeCode(m.ProtoReflect(), yield)
	}
}

func code(yield func(Value), system, code string) {
	if code != "" {
		yield(Token{System: system, Code: strings.ToLower(code)})
	}
}

func tokenIn(v *dt.Coding) Token {
	return Token{System: v.GetSystem().GetValue(), Code: strings.ToLower(v.GetCode().GetValue()), Text: prose.Fold(v.GetDisplay().GetValue())}
}

// takeConcept gives one token for each coding, and the concept's text one of its own unless a display says the same.
func takeConcept(v *dt.CodeableConcept, yield func(Value)) {
	text := prose.Fold(v.GetText().GetValue())
	for _, c := range v.GetCoding() {
		t := tokenIn(c)
		if t != (Token{}) {
			yield(t)
		}
		if t.Text == text {
			text = ""
		}
	}
	if text != "" {
		yield(Token{Text: text})
	}
}

// takeIdentifier gives one token, or if its type has several codings, one for each.
func takeIdentifier(v *dt.Identifier, yield func(Token)) {
	t := Token{System: v.GetSystem().GetValue(), Code: strings.ToLower(v.GetValue().GetValue()), Text: prose.Fold(v.GetType().GetText().GetValue())}
	codings := v.GetType().GetCoding()
	for _, c := range codings {
		t.Type = c.GetSystem().GetValue() + "|" + strings.ToLower(c.GetCode().GetValue())
		yield(t)
	}
	if len(codings) == 0 && t != (Token{}) {
		yield(t)
	}
}

// coded is what a primitive's message type tells of its codes.
type coded struct {
	value protoreflect.FieldDescriptor // nil if the message has no such field
	codes map[protoreflect.EnumNumber]Token
	// system is what a string's binding implies, or "".
	system string
}

var codedTypes sync.Map // protoreflect.MessageDescriptor -> *coded

// takeCode takes any primitive: a code whose values google/fhir has as an enum, with the code system of its binding, or
// the text of another one, as an id's.
func takeCode(m protoreflect.Message, yield func(Value)) {
	c, ok := codedTypes.Load(m.Descriptor())
	if !ok {
		c, _ = codedTypes.LoadOrStore(m.Descriptor(), codedOf(m.Descriptor()))
	}
	t := c.(*coded)
	if t.value == nil {
		return
	}
	v := m.Get(t.value)
	if t.value.Kind() != protoreflect.EnumKind {
		code(yield, t.system, v.String())
	} else if token, ok := t.codes[v.Enum()]; ok {
		yield(token)
	}
}

func codedOf(d protoreflect.MessageDescriptor) *coded {
	f := d.Fields().ByName("value")
	if f == nil || f.Message() != nil || f.IsList() {
		return &coded{}
	}
	of := model.R4().Of(d)
	if of == nil {
		return &coded{}
	}
	c := &coded{value: f, system: implied[of.ValueSet], codes: map[protoreflect.EnumNumber]Token{}}
	for _, v := range of.Codes {
		c.codes[v.Number] = Token{System: v.System, Code: strings.ToLower(v.Code)}
	}
	return c
}

func (c TokenIs) meets(v Value) bool {
	t, ok := v.(Token)
	return ok && (c.AnySystem || c.System == t.System) && (c.AnyCode || c.Code == t.Code) && (c.Type == "" || c.Type == t.Type)
}

// String is the compact form: "system|code", with * for any.
func (c TokenIs) String() string {
	system, code := c.System, c.Code
	if c.AnySystem {
		system = "*"
	}
	if c.AnyCode {
		code = "*"
	}
	if c.Type != "" {
		return "of-type " + c.Type + "|" + code
	}
	return system + "|" + code
}
