package path

import (
	"fmt"
	"strconv"
	"strings"

	"frontdesk/fhir/model"
)

// Element is an element of a resource, a resource, or a value of a data type, with its place.
type Element struct {
	Type   *model.Type // nil if R4 doesn't know the element
	Name   string      // "value" of valueQuantity; of a root its type
	Key    string      // its JSON key: "valueQuantity"; "" of a root
	Index  int         // its place among those of its name; -1 where R4 allows but one
	Parent *Element    // nil of a root

	value *value // nil if there are only an id or extensions
	extra *value // of a primitive: what stands under "_key"

	read bool
	kids []*Element
}

// NewResource reads a resource of R4, in JSON, to evaluate expressions on it. It is more patient than the decoder:
// what R4 doesn't know is left aside. The elements' places are those in the JSON given.
func NewResource(json []byte) (*Element, error) {
	v, err := parseJSON(json)
	if err != nil {
		return nil, err
	}
	t := typeOf(v)
	if t == nil {
		return nil, fmt.Errorf("this is no resource of a type that R4 has")
	}
	return &Element{Type: t, Name: t.Name, Index: -1, value: v}, nil
}

// NewValue reads a value of a type in JSON: a HumanName, a string, a Patient.contact.
func NewValue(json []byte, t *model.Type) (*Element, error) {
	v, err := parseJSON(json)
	if err != nil {
		return nil, err
	}
	return &Element{Type: t, Name: t.Name, Index: -1, value: v}, nil
}

// typeOf is the type that a resource says it has.
func typeOf(v *value) *model.Type {
	name := v.get("resourceType")
	if name == nil {
		return nil
	}
	return model.R4().Resource(name.text)
}

// Place is where the value stands in the JSON that the root was made from: of a primitive that has extensions only,
// where these do.
func (e *Element) Place() (start, end int) {
	if e.value == nil {
		return e.extra.start, e.extra.end
	}
	return e.value.start, e.value.end
}

// Walk visits the element and all within it, the outer ones first.
func (e *Element) Walk(visit func(*Element)) {
	visit(e)
	for _, k := range e.Children() {
		k.Walk(visit)
	}
}

// Path is the element's in FHIRPath: Patient.name[0].given[1].
func (e *Element) Path() string {
	if e.Parent == nil {
		return e.Name
	}
	path := e.Parent.Path() + "." + e.Name
	if e.Index >= 0 {
		path += "[" + strconv.Itoa(e.Index) + "]"
	}
	return path
}

// Pointer is the element's place in the JSON (RFC 6901): /name/0/given/1. What is within a primitive is under its "_"
// key.
func (e *Element) Pointer() string { return e.pointer(e.value == nil && e.extra != nil) }

// pointer is that of the value, or of what stands beside it.
func (e *Element) pointer(beside bool) string {
	if e.Parent == nil {
		return ""
	}
	key := e.Key
	if beside {
		key = "_" + key
	}
	pointer := e.Parent.pointer(e.Parent.extra != nil) + "/" + key
	if e.Index >= 0 {
		pointer += "/" + strconv.Itoa(e.Index)
	}
	return pointer
}

// Resource is the resource that the element is in, or is itself; nil if it is in none.
func (e *Element) Resource() *Element {
	for ; e != nil; e = e.Parent {
		if e.Type != nil && e.Type.Kind == model.Resource {
			return e
		}
	}
	return nil
}

// Root is the resource that the element's resource is contained in, or that itself; nil if it is in none.
func (e *Element) Root() *Element {
	r := e.Resource()
	if r != nil && r.Name == "contained" && r.Parent != nil {
		return r.Parent.Resource()
	}
	return r
}

// HasValue says whether it is a primitive with a value.
func (e *Element) HasValue() bool {
	return e.value != nil && e.value.kind != '{' && e.value.kind != '[' && e.value.kind != 'n'
}

// Text is the value of a primitive as it is written; "" if it has none.
func (e *Element) Text() string {
	if !e.HasValue() {
		return ""
	}
	return e.value.text
}

// Children are the elements within it, in the order of the JSON.
func (e *Element) Children() []*Element {
	if e.read {
		return e.kids
	}
	e.read = true
	of := e.value
	if of == nil || of.kind != '{' {
		of = e.extra
	}
	if of == nil || of.kind != '{' {
		return nil
	}
	for _, m := range of.members {
		e.add(of, m)
	}
	return e.kids
}

// Named are the children of a name.
func (e *Element) Named(name string) []*Element {
	all := e.Children()
	first := -1
	for i, k := range all {
		switch {
		case k.Name == name && first < 0:
			first = i
		case k.Name != name && first >= 0:
			return all[first:i:i]
		}
	}
	if first < 0 {
		return nil
	}
	return all[first:]
}

// add makes the children of one JSON member. A primitive's "_" member is read with the member, or for itself if there
// is none.
func (e *Element) add(of *value, m member) {
	key, under := strings.CutPrefix(m.key, "_")
	if under && of.get(key) != nil || m.key == "resourceType" {
		return
	}
	one := Element{Name: key, Key: key, Index: -1, Parent: e}
	repeated := m.value.kind == '['
	if e.Type != nil {
		known := e.Type.Member(key)
		if known == nil {
			return
		}
		one.Name, one.Type, repeated = known.Element.Name, known.Type, known.Element.Repeated
	}
	values, extras := m.value, of.get("_"+key)
	if under {
		values, extras = nil, m.value
	}
	if !repeated {
		e.put(one, values, extras)
		return
	}
	for i := range max(values.length(), extras.length()) {
		one.Index = i
		e.put(one, values.item(i), extras.item(i))
	}
}

func (v *value) length() int {
	switch {
	case v == nil:
		return 0
	case v.kind != '[':
		return 1
	}
	return len(v.items)
}

// item is the nth of a list, or the value itself if it is none; nil for null.
func (v *value) item(i int) *value {
	if v != nil && v.kind == '[' {
		if i >= len(v.items) {
			return nil
		}
		v = v.items[i]
	}
	if v == nil || v.kind == 'n' {
		return nil
	}
	return v
}

// put makes one child, unless there is nothing.
func (e *Element) put(one Element, v, extra *value) {
	if v != nil && v.kind == 'n' {
		v = nil
	}
	if extra != nil && extra.kind != '{' {
		extra = nil
	}
	if v == nil && extra == nil {
		return
	}
	one.value, one.extra = v, extra
	if v != nil && one.Type == model.R4().Type("Resource") {
		one.Type = typeOf(v)
	}
	e.kids = append(e.kids, &one)
}
