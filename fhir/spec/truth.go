package spec

import (
	"strings"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
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

// asks is what a condition asks.
type asks uint8

const (
	asksReference asks = iota // whether it is a reference to a text
	asksExists                // whether steps lead to something
	asksEqual                 // whether they lead to just text
	asksDiffer                // whether they don't
)

// condition is something asked of an element.
type condition struct {
	op    asks
	steps []step
	kind  path.Op // of the literal: String or Bool
	text  string
	// field is the one of Reference that holds the id if it refers to text: google/fhir has one for each type.
	field protoreflect.FieldDescriptor
}

// refersTo is the condition that an element is a reference to a type.
func refersTo(typ string) condition {
	return condition{op: asksReference, text: typ, field: model.R4().ReferenceID(typ)}
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
	if c.op == asksReference {
		return truthOf(c.refers(m))
	}
	var found, equal, several bool
	walk(c.steps, m, func(e protoreflect.Message) bool {
		several = found
		found, equal = true, c.equals(e)
		return !several && c.op != asksExists
	})
	switch {
	case c.op == asksExists:
		return truthOf(found)
	case !found:
		return unknown
	case several: // a list is never equal to one value
		return truthOf(c.op == asksDiffer)
	}
	return truthOf(equal == (c.op == asksEqual))
}

// equals compares a primitive with the literal. What is of another type is not equal.
func (c *condition) equals(e protoreflect.Message) bool {
	field := e.Descriptor().Fields().ByName("value")
	if field == nil {
		return false
	}
	switch v := e.Get(field); field.Kind() {
	case protoreflect.BoolKind:
		return c.kind == path.Bool && v.Bool() == (c.text == "true")
	case protoreflect.StringKind:
		return c.kind == path.String && v.String() == c.text
	case protoreflect.EnumKind:
		value := field.Enum().Values().ByNumber(v.Enum())
		return c.kind == path.String && value != nil && v.Enum() != 0 && model.CodeOf(value) == c.text
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
// literal reference, else by its element type (R4 references 2.3.0). "resolve() is T" means no more than that in a
// search parameter, because the resource may arrive later, or live elsewhere.
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
	if n := len(parts); n >= 2 && model.R4().Resource(parts[n-2]) != nil {
		return parts[n-2]
	}
	return ""
}
