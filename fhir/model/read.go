package model

import (
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	cpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"
)

// Model is all of R4's types.
type Model struct {
	types     map[string]*Type // those with a name of their own: not the codes of required bindings
	messages  map[protoreflect.FullName]*Type
	resources []*Type // in google/fhir's order
	holders   map[string]protoreflect.FieldDescriptor
	refers    map[string]protoreflect.FieldDescriptor
}

// R4 is the model of R4. It is read on first use, which takes some milliseconds.
var R4 = sync.OnceValue(func() *Model {
	m := &Model{types: map[string]*Type{}, messages: map[protoreflect.FullName]*Type{},
		holders: map[string]protoreflect.FieldDescriptor{}, refers: map[string]protoreflect.FieldDescriptor{}}
	for _, name := range []string{"Resource", "Element"} {
		m.types[name] = newType(name, Abstract)
	}
	for name, base := range map[string]string{"DomainResource": "Resource", "BackboneElement": "Element"} {
		m.types[name] = newType(name, Abstract)
		m.types[name].Base = m.types[base]
	}
	container := (&cpb.ContainedResource{}).ProtoReflect().Descriptor()
	m.messages[container.FullName()], m.messages["google.protobuf.Any"] = m.types["Resource"], m.types["Resource"]
	m.types["Resource"].Descriptor = container
	for i := range container.Fields().Len() {
		fd := container.Fields().Get(i)
		t := m.typeOf(fd.Message(), "")
		m.resources = append(m.resources, t)
		m.holders[t.Name] = fd
	}
	m.inherit()
	m.findReferences()
	elements := map[string]*Element{}
	for _, t := range m.types {
		for _, e := range t.Elements {
			elements[e.Path()] = e
		}
	}
	m.constrain(elements)
	m.bind(elements)
	return m
})

func newType(name string, k Kind) *Type {
	return &Type{Name: name, Kind: k, byName: map[string]*Element{}, byKey: map[string]*Member{}}
}

// Type is the type of a name, as "Patient", "string" or "Patient.contact"; nil if R4 has none.
func (m *Model) Type(name string) *Type { return m.types[name] }

// Of is the type whose values are google/fhir's messages of the kind; nil if it is another's message. An Any is
// Resource.
func (m *Model) Of(d protoreflect.MessageDescriptor) *Type { return m.messages[d.FullName()] }

// Resource is the resource type of a name; nil if R4 has none.
func (m *Model) Resource(name string) *Type {
	if t := m.types[name]; t != nil && t.Kind == Resource {
		return t
	}
	return nil
}

// Resources are all resource types.
func (m *Model) Resources() []*Type { return m.resources }

// Types gives every type, those of the codes of required bindings among them.
func (m *Model) Types(yield func(*Type) bool) {
	for name, t := range m.messages {
		if name != "google.protobuf.Any" && !yield(t) {
			return
		}
	}
}

// Holder is ContainedResource's field for a resource type.
func (m *Model) Holder(resource string) protoreflect.FieldDescriptor { return m.holders[resource] }

// ReferenceID is Reference's field for the id of a resource type: google/fhir has one for each. It is nil if there is
// none.
func (m *Model) ReferenceID(resource string) protoreflect.FieldDescriptor { return m.refers[resource] }

// typeOf is the type of a message, read on first sight. path is where that was, for what has no other name.
func (m *Model) typeOf(d protoreflect.MessageDescriptor, path string) *Type {
	if t := m.messages[d.FullName()]; t != nil {
		return t
	}
	_, nested := d.Parent().(protoreflect.MessageDescriptor)
	t := newType(string(d.Name()), Complex)
	t.Descriptor = d
	m.messages[d.FullName()] = t // before its elements: types contain themselves
	switch proto.GetExtension(d.Options(), apb.E_StructureDefinitionKind).(apb.StructureDefinitionKindValue) {
	case apb.StructureDefinitionKindValue_KIND_PRIMITIVE_TYPE:
		t.Kind, t.Name = Primitive, lowerFirst(t.Name)
		if nested {
			t.Name, t.Codes = "code", codesOf(d)
			t.ValueSet, _ = proto.GetExtension(d.Options(), apb.E_FhirValuesetUrl).(string)
		}
	case apb.StructureDefinitionKindValue_KIND_RESOURCE:
		t.Kind = Resource
	default:
		if nested {
			t.Kind, t.Name = Backbone, path
		}
	}
	if t.Name != "code" || !nested {
		m.types[t.Name] = t
	}
	for i := range d.Fields().Len() {
		if fd := d.Fields().Get(i); t.holds(fd) {
			m.addElement(t, fd)
		}
	}
	if t.Name == "Reference" { // google/fhir declares what a Reference points at behind its type; R4 defines it before
		reference, typ := slices.Index(t.Elements, t.byName["reference"]), slices.Index(t.Elements, t.byName["type"])
		t.Elements[reference], t.Elements[typ] = t.Elements[typ], t.Elements[reference]
	}
	return t
}

// holds says whether a field is an element. The others are how a message holds a primitive's value, and what a
// reference points at.
func (t *Type) holds(fd protoreflect.FieldDescriptor) bool {
	switch {
	case t.Kind == Primitive:
		return fd.Name() == "id" || fd.Name() == "extension"
	case t.Name == "Reference":
		return fd.ContainingOneof() == nil || fd.Name() == "uri"
	}
	return true
}

func (m *Model) addElement(t *Type, fd protoreflect.FieldDescriptor) {
	e := &Element{Name: fd.JSONName(), Parent: t, Field: fd, Repeated: fd.IsList()}
	e.Required = proto.GetExtension(fd.Options(), apb.E_ValidationRequirement).(apb.Requirement) == apb.Requirement_REQUIRED_BY_FHIR
	e.Choice = proto.GetExtension(fd.Message().Options(), apb.E_IsChoiceType).(bool)
	t.Elements = append(t.Elements, e)
	t.byName[e.Name] = e
	if !e.Choice {
		m.addMember(e, fd, e.Name)
		return
	}
	choices := fd.Message().Fields()
	for i := range choices.Len() {
		m.addMember(e, choices.Get(i), e.Name+upperFirst(choices.Get(i).JSONName()))
	}
}

func (m *Model) addMember(e *Element, fd protoreflect.FieldDescriptor, key string) {
	v := &Member{Key: key, Element: e, Field: fd, Type: m.typeOf(fd.Message(), e.Parent.Name+"."+e.Name)}
	v.Targets, _ = proto.GetExtension(fd.Options(), apb.E_ValidReferenceType).([]string)
	for _, target := range v.Targets {
		if target == "Resource" {
			v.Targets = nil
			break
		}
	}
	e.Members = append(e.Members, v)
	e.Parent.byKey[key] = v
}

// bases are what the data types specialize that aren't Element's own (R4 datatypes 2.24, and the types' definitions).
var bases = map[string]string{
	"code": "string", "id": "string", "markdown": "string",
	"url": "uri", "canonical": "uri", "oid": "uri", "uuid": "uri",
	"positiveInt": "integer", "unsignedInt": "integer",
	"Age": "Quantity", "Count": "Quantity", "Distance": "Quantity", "Duration": "Quantity",
	"SimpleQuantity": "Quantity",
}

// inherit gives each type its base.
func (m *Model) inherit() {
	for _, t := range m.messages {
		switch name := bases[t.Name]; {
		case t.Kind == Abstract:
		case name != "" && t.Name == "code" && t.Descriptor.Name() != "Code":
			t.Base = m.types["code"]
		case name != "":
			t.Base = m.types[name]
		case t.Kind == Resource && t.byName["contained"] == nil:
			t.Base = m.types["Resource"]
		case t.Kind == Resource:
			t.Base = m.types["DomainResource"]
		case t.byName["modifierExtension"] != nil:
			t.Base = m.types["BackboneElement"]
		default:
			t.Base = m.types["Element"]
		}
	}
}

func (m *Model) findReferences() {
	fields := (&dpb.Reference{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		name := proto.GetExtension(fd.Options(), apb.E_ReferencedFhirType).(string)
		if m.Resource(name) != nil { // not the abstract Resource and DomainResource
			m.refers[name] = fd
		}
	}
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
