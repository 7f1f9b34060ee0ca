package spec

import (
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// truth is a boolean that may be empty (FHIRPath 2.0, 6.5).
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

// truths are the elements a boolean expression gives.
var truths = [...]protoreflect.Message{
	no:  (&dt.Boolean{Value: false}).ProtoReflect(),
	yes: (&dt.Boolean{Value: true}).ProtoReflect(),
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// condition is something asked of an element.
type condition struct {
	op    op // opIs: it is a reference to a text; opCall: steps lead to something; opEqual, opDiffer: to just text
	steps []step
	kind  op // of the literal: opString or opBool
	text  string
	// field is the one of Reference that holds the id if it refers to text: google/fhir has one for each type.
	field protoreflect.FieldDescriptor
}

// refersTo is the condition that an element is a reference to a type.
func refersTo(typ string) condition {
	field := referenceDescriptor.Fields().ByJSONName(strings.ToLower(typ[:1]) + typ[1:] + "Id")
	return condition{op: opIs, text: typ, field: field}
}

// allOf is the conjunction of conditions: no if one is, else unknown if one is.
func allOf(conditions []condition, m protoreflect.Message) truth {
	result := yes
	for i := range conditions {
		switch conditions[i].of(m) {
		case no:
			return no
		case unknown:
			result = unknown
		}
	}
	return result
}

func (c *condition) of(m protoreflect.Message) truth {
	if c.op == opIs {
		return truthOf(c.refers(m))
	}
	var found, equal, several bool
	walk(c.steps, m, func(e protoreflect.Message) bool {
		several = found
		found, equal = true, c.equals(e)
		return !several && c.op != opCall
	})
	switch {
	case c.op == opCall:
		return truthOf(found)
	case !found:
		return unknown
	case several: // a list is never equal to one value
		return truthOf(c.op == opDiffer)
	}
	return truthOf(equal == (c.op == opEqual))
}

// equals compares a primitive with the literal. What is of another type is not equal.
func (c *condition) equals(e protoreflect.Message) bool {
	field := e.Descriptor().Fields().ByName("value")
	if field == nil {
		return false
	}
	switch v := e.Get(field); field.Kind() {
	case protoreflect.BoolKind:
		return c.kind == opBool && v.Bool() == (c.text == "true")
	case protoreflect.StringKind:
		return c.kind == opString && v.String() == c.text
	case protoreflect.EnumKind:
		value := field.Enum().Values().ByNumber(v.Enum())
		return c.kind == opString && value != nil && v.Enum() != 0 && codeOf(value) == c.text
	}
	return false
}

// The data type Reference, whose oneof tells the type of what it points to.
var (
	referenceDescriptor = (&dt.Reference{}).ProtoReflect().Descriptor()
	referenceOneof      = referenceDescriptor.Oneofs().ByName("reference")
	referenceType       = referenceDescriptor.Fields().ByName("type")
)

// refers says whether m is a reference to a resource of the type, as far as it can be told without resolving it: by its
// literal reference, else by its element type (R4 references 2.3.0). "resolve() is T" means no more than that in a search
// parameter, because the resource may arrive later, or live elsewhere.
func (c *condition) refers(m protoreflect.Message) bool {
	if m.Descriptor() != referenceDescriptor {
		return false
	}
	field := m.WhichOneof(referenceOneof)
	if field != nil && field.Message().Name() == "ReferenceId" {
		return field == c.field
	}
	if field != nil && field.Name() == "uri" {
		if typ := typeInURL(text(m.Get(field).Message())); typ != "" {
			return typ == c.text
		}
	}
	typ := text(m.Get(referenceType).Message())
	return typ[strings.LastIndexByte(typ, '/')+1:] == c.text
}

// text is the value of a primitive whose value is a string.
func text(m protoreflect.Message) string {
	return m.Get(m.Descriptor().Fields().ByName("value")).String()
}

// typeInURL is the resource type in a RESTful URL, as "Patient" in "https://example.org/fhir/Patient/1/_history/2";
// "" if it isn't one.
func typeInURL(url string) string {
	parts := strings.Split(url, "/")
	if n := len(parts); n >= 4 && parts[n-2] == "_history" {
		parts = parts[:n-2]
	}
	if n := len(parts); n >= 2 && messages()[parts[n-2]] != nil {
		return parts[n-2]
	}
	return ""
}
