package filled

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
)

// ID is the id of every filled resource of variant 0, and what the references among them say. Others have the variant
// behind it.
const ID = "filled"

// maxDepth is how deep elements within elements are filled, besides those that must be there.
const maxDepth = 4

// Resource is a filled resource of a type as JSON. The variant, from 0, decides which type a choice has, which code is
// taken and what a reference points to, so that several variants have more of them. An error says that no valid one was
// found.
func Resource(t *spec.Type, variant int) ([]byte, error) {
	g := &grower{variant: variant, root: map[string]any{"resourceType": t.Name, "id": ID}}
	if variant > 0 {
		g.root["id"] = fmt.Sprintf("%s-%d", ID, variant)
	}
	for name, value := range begins[t.Descriptor.Name()] {
		g.root[name] = copied(value)
	}
	g.require(t.Descriptor, g.root)
	g.faults = g.judge()
	g.pairs(g.grow(t.Descriptor, g.root, maxDepth))
	if g.faults > 0 {
		_, err := codec.Decode(g.json(), codec.Limits{})
		return nil, err
	}
	return g.json(), nil
}

// grower adds one element after the other, and keeps those with which the resource has no more faults than before: the
// decoder knows all the rules, so that none has to be written down here again.
type grower struct {
	variant int
	root    map[string]any
	faults  int
}

func (g *grower) json() []byte {
	b, err := json.Marshal(g.root)
	if err != nil {
		panic(err) // maps, slices and strings always marshal
	}
	return b
}

// judge counts the faults.
func (g *grower) judge() int {
	_, err := codec.Decode(g.json(), codec.Limits{Faults: 1000})
	var e *fhir.Error
	if errors.As(err, &e) {
		return len(e.Issues)
	}
	return 0
}

// passed are elements that are not filled: what has no rules of its own to be filled by, and what is the same
// everywhere.
var passed = map[string]bool{"id": true, "extension": true, "modifierExtension": true, "contained": true, "text": true, "implicitRules": true,
	"language": true, "meta": true}

// grow adds the optional elements of an object. It gives back those that could not be added alone.
func (g *grower) grow(md protoreflect.MessageDescriptor, into map[string]any, depth int) (left map[string]any) {
	left = map[string]any{}
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		if passed[fd.JSONName()] && !(fd.JSONName() == "text" && md.Parent() != md.ParentFile()) {
			continue
		}
		key, of, one := g.element(fd)
		if of == nil {
			continue
		}
		if _, there := into[key]; !there {
			into[key] = g.value(one, of)
			faults := g.judge()
			if faults > g.faults || empty(into[key]) {
				left[key] = into[key]
				delete(into, key)
				continue
			}
			g.faults = faults
		}
		if nested := object(into[key]); nested != nil && depth > 0 && of.Name() != "Reference" {
			g.grow(of, nested, depth-1)
		}
	}
	return left
}

// pairs adds to the resource two elements at a time, of those that can only be there together (start and end of an
// Appointment).
func (g *grower) pairs(left map[string]any) {
	keys := slices.Sorted(maps.Keys(left))
	for i, a := range keys {
		for _, b := range keys[i+1:] {
			g.root[a], g.root[b] = left[a], left[b]
			if faults := g.judge(); faults <= g.faults && !empty(left[a]) && !empty(left[b]) {
				g.faults = faults
				return
			}
			delete(g.root, a)
			delete(g.root, b)
		}
	}
}

// require adds the elements that must be there.
func (g *grower) require(md protoreflect.MessageDescriptor, into map[string]any) {
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		requirement, _ := proto.GetExtension(fd.Options(), annotations_go_proto.E_ValidationRequirement).(annotations_go_proto.Requirement)
		if requirement != annotations_go_proto.Requirement_REQUIRED_BY_FHIR {
			continue
		}
		key, of, one := g.element(fd)
		if _, there := into[key]; of != nil && !there {
			into[key] = g.value(one, of)
		}
	}
}

// element is the key in JSON, the type and the field of an element: of a choice, of what the variant takes of it.
func (g *grower) element(fd protoreflect.FieldDescriptor) (key string, of protoreflect.MessageDescriptor, one protoreflect.FieldDescriptor) {
	of = fd.Message()
	if of == nil || of.FullName() == "google.protobuf.Any" || of.Name() == "ContainedResource" {
		return "", nil, nil
	}
	if choice := of.Oneofs().ByName("choice"); choice != nil {
		one = choice.Fields().Get(g.variant % choice.Fields().Len())
		name := one.JSONName()
		return fd.JSONName() + string(name[0]-'a'+'A') + name[1:], one.Message(), one
	}
	return fd.JSONName(), of, fd
}

// value is what an element gets: a list of one if it may repeat.
func (g *grower) value(fd protoreflect.FieldDescriptor, of protoreflect.MessageDescriptor) any {
	if !fd.IsList() {
		return g.one(fd, of)
	}
	if all := kinds(of.Name()); all != nil {
		return all
	}
	if of.FullName() == "google.fhir.r4.core.Linkage.Item" { // lnk-1: a linkage joins two
		return []any{g.one(fd, of), g.one(fd, of)}
	}
	return []any{g.one(fd, of)}
}

// empty says that there is nothing in a value: R4 json 2.6.2 has no empty objects. One may fill up later, but not by
// itself.
func empty(v any) bool {
	o := object(v)
	return o != nil && len(o) == 0
}

// object is the object that a value is, or is a list of.
func object(v any) map[string]any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	o, _ := v.(map[string]any)
	return o
}
