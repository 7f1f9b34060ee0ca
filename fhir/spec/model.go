package spec

import (
	"slices"
	"strings"
	"sync"

	"github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	bundle "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// messages are the google/fhir messages of the resource types, by name.
var messages = sync.OnceValue(func() map[string]protoreflect.MessageDescriptor {
	all := map[string]protoreflect.MessageDescriptor{}
	fields := (&bundle.ContainedResource{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		md := fields.Get(i).Message()
		all[string(md.Name())] = md
	}
	return all
})

// choiceOf is the oneof of a choice of data types ("value[x]"); nil if md isn't one.
func choiceOf(md protoreflect.MessageDescriptor) protoreflect.OneofDescriptor {
	return md.Oneofs().ByName("choice")
}

// datatype is the FHIR data type that md stands for. google/fhir makes a message of its own of each code with a required
// binding, nested where it is used.
func datatype(md protoreflect.MessageDescriptor) string {
	if _, nested := md.Parent().(protoreflect.MessageDescriptor); nested {
		if value := md.Fields().ByName("value"); value != nil && value.Message() == nil {
			return "Code"
		}
	}
	return string(md.Name())
}

// codeOf is the FHIR code of an enum value.
func codeOf(v protoreflect.EnumValueDescriptor) string {
	if code, _ := proto.GetExtension(v.Options(), annotations_go_proto.E_FhirOriginalCode).(string); code != "" {
		return code
	}
	return strings.ToLower(strings.ReplaceAll(string(v.Name()), "_", "-"))
}

// codes are all codes of an enum; its zero value stands for none.
func codes(e protoreflect.EnumDescriptor) []string {
	var all []string
	for i := range e.Values().Len() {
		if v := e.Values().Get(i); v.Number() != 0 {
			all = append(all, codeOf(v))
		}
	}
	return all
}

// carriers are the data types that a kind of parameter can be searched in (R4 search 3.1.1.4 gives them kind by kind).
var carriers = map[Kind][]string{
	Number:    {"Integer", "Decimal", "PositiveInt", "UnsignedInt", "Range"},
	Date:      {"Date", "DateTime", "Instant", "Period", "Timing"},
	String:    {"String", "Markdown", "HumanName", "Address"},
	Token:     {"Coding", "CodeableConcept", "Code", "Boolean", "Identifier", "ContactPoint", "Id", "Uri", "Oid", "String"},
	Reference: {"Reference", "Canonical", "Uri"},
	Quantity:  {"Quantity", "SimpleQuantity", "MoneyQuantity", "Age", "Duration", "Distance", "Count", "Money", "Range", "SampledData"},
	URI:       {"Uri", "Url", "Canonical", "Oid", "Uuid"},
	Prose:     {"Narrative"},
}

// Identifies says whether the parameter searches in Identifiers, alone or among other elements.
func (p *Param) Identifies() bool {
	return slices.ContainsFunc(p.Answers(), func(b Branch) bool { return slices.ContainsFunc(b.Param.program, path.identifies) })
}

func (p path) identifies() bool {
	if p.at != nil {
		return datatype(p.at) == "Identifier"
	}
	types := p.steps[len(p.steps)-1].oneof.Fields() // an open choice
	for i := range types.Len() {
		if datatype(types.Get(i).Message()) == "Identifier" {
			return true
		}
	}
	return false
}

// suits says whether elements of type md can be searched by a parameter of the kind. A nil md is an open choice. There are words in
// a narrative, and in a resource as a whole.
func suits(k Kind, md protoreflect.MessageDescriptor) bool {
	if k == Prose && md != nil && messages()[string(md.Name())] == md {
		return true
	}
	return md == nil || k == Composite || slices.Contains(carriers[k], datatype(md))
}
