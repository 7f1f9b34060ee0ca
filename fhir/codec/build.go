package codec

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	apb "github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// builder makes the plans from the descriptors' annotations.
type builder struct {
	model *model
	later []func() // what needs all plans to be whole: types contain themselves
}

// typeOf is the typ of a message, made once.
func (b *builder) typeOf(d protoreflect.MessageDescriptor) *typ {
	if t := b.model.types[d.FullName()]; t != nil {
		return t
	}
	mt, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic("codec: google/fhir lacks its own message: " + err.Error()) // a broken build, found by any test
	}
	t := &typ{name: elementPath(d), kind: kindOf(d), typ: structOf(mt)}
	b.model.types[d.FullName()] = t
	if t.kind.primitive() {
		b.primitive(t, mt)
	}
	if t.kind != kindResource && t.kind != kindAny {
		t.plan = b.planOf(t, mt)
	}
	return t
}

// elementPath is R4's name of a message: "Patient.contact" of google.fhir.r4.core.Patient.Contact.
func elementPath(d protoreflect.MessageDescriptor) string {
	if parent, ok := d.Parent().(protoreflect.MessageDescriptor); ok {
		return elementPath(parent) + "." + lowerFirst(string(d.Name()))
	}
	if kindOf(d).primitive() {
		return lowerFirst(string(d.Name()))
	}
	return string(d.Name())
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func (b *builder) primitive(t *typ, mt protoreflect.MessageType) {
	fields := mt.Descriptor().Fields()
	t.ext, t.id = slotOf(mt, fields.ByName("extension")), slotOf(mt, fields.ByName("id"))
	value := fields.ByName("value")
	if value != nil {
		t.value = slotOf(mt, value)
	}
	if t.kind != kindEnum {
		return
	}
	t.codes = map[string]protoreflect.EnumNumber{}
	values, names := value.Enum().Values(), []string{}
	for i := 1; i < values.Len(); i++ { // 0 is "not set"
		v := values.Get(i)
		code := proto.GetExtension(v.Options(), apb.E_FhirOriginalCode).(string)
		if code == "" {
			code = strings.ReplaceAll(strings.ToLower(string(v.Name())), "_", "-")
		}
		t.codes[code] = v.Number()
		names = append(names, code)
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	t.list = strings.Join(names, ", ")
}

func (b *builder) planOf(t *typ, mt protoreflect.MessageType) *plan {
	d := mt.Descriptor()
	p := &plan{name: t.name, members: map[string]*member{}}
	t.plan = p // before the members: types contain themselves
	reference := d.FullName() == (&dpb.Reference{}).ProtoReflect().Descriptor().FullName()
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		switch {
		case t.kind.primitive() && fd.Name() != "id" && fd.Name() != "extension",
			reference && fd.ContainingOneof() != nil && fd.Name() != "uri":
			continue // not JSON members: how a message holds the value
		}
		b.addElement(p, mt, fd)
	}
	if isResource(d) {
		e := p.addElement(&element{name: "resourceType"})
		p.members["resourceType"] = &member{key: "resourceType", element: e, special: resourceType}
	}
	b.later = append(b.later, func() { p.rules = rulesOf(p, d) })
	return p
}

func (p *plan) addElement(e *element) *element {
	e.index = len(p.elements)
	if e.index >= 64 {
		panic("codec: " + p.name + " has more than 64 elements") // none of R4 has; found by any test
	}
	p.elements = append(p.elements, e)
	return e
}

func (b *builder) addElement(p *plan, mt protoreflect.MessageType, fd protoreflect.FieldDescriptor) {
	e := p.addElement(&element{name: fd.JSONName(), slot: slotOf(mt, fd), repeated: fd.IsList()})
	if proto.GetExtension(fd.Options(), apb.E_ValidationRequirement).(apb.Requirement) == apb.Requirement_REQUIRED_BY_FHIR {
		p.required |= 1 << e.index
	}
	if !proto.GetExtension(fd.Message().Options(), apb.E_IsChoiceType).(bool) {
		b.addMember(p, e, mt, fd, fd.JSONName())
		return
	}
	choice, _ := protoregistry.GlobalTypes.FindMessageByName(fd.Message().FullName()) // typeOf panics where it is missing
	e.choice = structOf(choice)
	choices := fd.Message().Fields()
	for i := range choices.Len() {
		c := choices.Get(i)
		b.addMember(p, e, choice, c, fd.JSONName()+upperFirst(c.JSONName()))
	}
}

func (b *builder) addMember(p *plan, e *element, mt protoreflect.MessageType, fd protoreflect.FieldDescriptor, key string) {
	m := &member{key: key, element: e, slot: slotOf(mt, fd), typ: b.typeOf(fd.Message())}
	m.targets, _ = proto.GetExtension(fd.Options(), apb.E_ValidReferenceType).([]string)
	for _, t := range m.targets {
		if t == "Resource" {
			m.targets = nil
			break
		}
	}
	m.special = map[string]special{"Extension.url": unlinked, "Bundle.entry": bundleEntry,
		"Bundle.entry.resource": entryResource}[p.name+"."+key]
	if key == "reference" && p.name == "Reference" {
		t := *m.typ
		t.kind = kindReference
		m.typ = &t
	}
	p.members[key] = m
	if m.typ.kind.primitive() {
		s := *m
		s.key, s.sibling = "_"+key, true
		p.members[s.key] = &s
	}
}

func (b *builder) findReferences() {
	mt := (&dpb.Reference{}).ProtoReflect().Type()
	fields := mt.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		name := proto.GetExtension(fd.Options(), apb.E_ReferencedFhirType).(string)
		if b.model.resources[name] != nil { // not the abstract Resource and DomainResource
			b.model.refs[name] = slotOf(mt, fd)
		}
	}
}
