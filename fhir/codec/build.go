package codec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir/model"
)

// builder makes the plans from R4's types.
type builder struct {
	plans *plans
	later []func() // what needs all plans to be whole: types contain themselves
}

// typeOf is the typ of a message, made once.
func (b *builder) typeOf(d protoreflect.MessageDescriptor) *typ {
	if t := b.plans.types[d.FullName()]; t != nil {
		return t
	}
	mt := goType(d)
	of := model.R4().Of(d)
	t := &typ{name: of.Name, kind: kindOf(of, d), typ: structOf(mt)}
	b.plans.types[d.FullName()] = t
	if t.kind.primitive() {
		t.primitive(of, mt)
	}
	if t.kind != kindResource && t.kind != kindAny {
		t.plan = b.planOf(t, of, mt)
	}
	return t
}

// goType is the Go type of a message.
func goType(d protoreflect.MessageDescriptor) protoreflect.MessageType {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic("codec: google/fhir lacks its own message: " + err.Error()) // a broken build, found by any test
	}
	return mt
}

func (t *typ) primitive(of *model.Type, mt protoreflect.MessageType) {
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
	var names []string
	for _, c := range of.Codes {
		t.codes[c.Code] = c.Number
		names = append(names, c.Code)
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	t.list = strings.Join(names, ", ")
}

func (b *builder) planOf(t *typ, of *model.Type, mt protoreflect.MessageType) *plan {
	p := &plan{name: t.name, members: map[string]*member{}}
	t.plan = p // before the members: types contain themselves
	for _, e := range of.Elements {
		b.addElement(p, mt, e)
	}
	if of.Kind == model.Resource {
		e := p.addElement(&element{name: "resourceType"})
		p.members["resourceType"] = &member{key: "resourceType", element: e, special: resourceType}
	}
	b.later = append(b.later, func() { p.rules = rulesOf(p, of) })
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

func (b *builder) addElement(p *plan, mt protoreflect.MessageType, of *model.Element) {
	e := p.addElement(&element{name: of.Name, slot: slotOf(mt, of.Field), repeated: of.Repeated})
	if of.Required {
		p.required |= 1 << e.index
	}
	if of.Choice {
		mt = goType(of.Field.Message())
		e.choice = structOf(mt)
	}
	for _, m := range of.Members {
		b.addMember(p, e, mt, m)
	}
}

func (b *builder) addMember(p *plan, e *element, mt protoreflect.MessageType, of *model.Member) {
	m := &member{key: of.Key, element: e, slot: slotOf(mt, of.Field), typ: b.typeOf(of.Field.Message()), targets: of.Targets}
	m.special = map[string]special{"Extension.url": unlinked, "Bundle.entry": bundleEntry,
		"Bundle.entry.resource": entryResource}[p.name+"."+m.key]
	if m.key == "reference" && p.name == "Reference" {
		t := *m.typ
		t.kind = kindReference
		m.typ = &t
	}
	p.members[m.key] = m
	if m.typ.kind.primitive() {
		s := *m
		s.key, s.sibling = "_"+m.key, true
		p.members[s.key] = &s
	}
}

func (b *builder) findReferences() {
	mt := (&dpb.Reference{}).ProtoReflect().Type()
	for name := range b.plans.resources {
		if fd := model.R4().ReferenceID(name); fd != nil {
			b.plans.refs[name] = slotOf(mt, fd)
		}
	}
}
