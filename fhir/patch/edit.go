package patch

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
)

// both are an element's value and what stands under its "_" key; nil for what it doesn't have.
type both struct{ value, extra json.RawMessage }

// there says that there is one of the two.
func (b both) there() bool { return present(b.value) || present(b.extra) }

func present(text json.RawMessage) bool { return text != nil && string(text) != "null" }

// parent is the JSON pointer of the object that an element is a member of.
func parent(e *path.Element) string {
	pointer := e.Pointer()
	if e.Index >= 0 {
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
	return pointer[:strings.LastIndexByte(pointer, '/')]
}

// at is what stands at a JSON pointer; nil if nothing does.
func at(text json.RawMessage, pointer string) json.RawMessage {
	for _, step := range strings.Split(pointer, "/")[1:] {
		if i, err := strconv.Atoi(step); err == nil {
			var items []json.RawMessage
			if json.Unmarshal(text, &items) != nil || i >= len(items) {
				return nil
			}
			text = items[i]
			continue
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) != nil {
			return nil
		}
		text = members[step]
	}
	return text
}

// list reads the items of a repeating element, its two arrays side by side.
func list(resource []byte, in, key string) []both {
	var values, extras []json.RawMessage
	for k, into := range map[string]*[]json.RawMessage{key: &values, "_" + key: &extras} {
		if text := at(resource, in+"/"+k); text != nil {
			_ = json.Unmarshal(text, into) // it's an array: the decoder has seen to that
		}
	}
	items := make([]both, max(len(values), len(extras)))
	for i := range items {
		if i < len(values) {
			items[i].value = values[i]
		}
		if i < len(extras) {
			items[i].extra = extras[i]
		}
	}
	return items
}

// setList writes the items of a repeating element.
func (o *operation) setList(resource []byte, in, key string, items []both) ([]byte, error) {
	whole := both{}
	for _, of := range []struct {
		from func(both) json.RawMessage
		into *json.RawMessage
	}{
		{func(b both) json.RawMessage { return b.value }, &whole.value},
		{func(b both) json.RawMessage { return b.extra }, &whole.extra},
	} {
		texts, some := make([]string, len(items)), false
		for i, item := range items {
			texts[i] = "null"
			if text := of.from(item); present(text) {
				texts[i], some = string(text), true
			}
		}
		if some {
			*of.into = json.RawMessage("[" + strings.Join(texts, ",") + "]")
		}
	}
	return o.set(resource, in, key, whole)
}

// set writes a member and its "_" member, or takes them away.
func (o *operation) set(resource []byte, in, key string, b both) ([]byte, error) {
	var patch jsonpatch.Patch
	add := func(key string, text json.RawMessage) {
		name, op := json.RawMessage(strconv.Quote(in+"/"+key)), json.RawMessage(`"add"`)
		switch {
		case present(text):
			patch = append(patch, jsonpatch.Operation{"op": &op, "path": &name, "value": &text})
		case at(resource, in+"/"+key) != nil:
			op = json.RawMessage(`"remove"`)
			patch = append(patch, jsonpatch.Operation{"op": &op, "path": &name})
		}
	}
	add(key, b.value)
	add("_"+key, b.extra)
	out, err := run(patch, resource)
	if err != nil {
		return nil, fhir.Fault("patching "+o.at, err)
	}
	return out, nil
}

// add gives an element another part: one more of a list, or what it hasn't yet.
func (o *operation) add(resource []byte, on *path.Element) ([]byte, error) {
	in := on.Pointer()
	if on.Type.Kind == model.Primitive {
		base, key := parent(on), on.Key
		in = base + "/_" + key
		if on.Index >= 0 {
			return nil, o.unfit("leads to a primitive in a list, to which nothing can be added; replace it")
		}
		if at(resource, in) == nil {
			var err error
			if resource, err = o.set(resource, base, key, both{at(resource, base+"/"+key), json.RawMessage(`{}`)}); err != nil {
				return nil, err
			}
		}
	}
	m, err := o.member(on.Type, o.name, o.value)
	if err != nil {
		return nil, err
	}
	b, err := o.build(o.value, m.Type)
	if err != nil {
		return nil, err
	}
	if m.Element.Repeated {
		return o.setList(resource, in, m.Key, append(list(resource, in, m.Key), b))
	}
	for _, other := range m.Element.Members {
		if at(resource, in+"/"+other.Key) != nil || at(resource, in+"/_"+other.Key) != nil {
			return nil, o.unfit("leads to where there is a " + m.Element.Name + " already; replace that")
		}
	}
	return o.set(resource, in, m.Key, b)
}

// put writes a value in the place of an element, or takes the element away if there is none.
func (o *operation) put(resource []byte, e *path.Element, v *parameter) ([]byte, error) {
	in, key, b := parent(e), e.Key, both{}
	if v != nil {
		if e.Parent.Type == nil {
			return nil, o.unfit("leads to what R4 doesn't know")
		}
		m, err := o.member(e.Parent.Type, e.Name, v)
		if err != nil {
			return nil, err
		}
		if b, err = o.build(v, m.Type); err != nil {
			return nil, err
		}
		if m.Key != key { // another type of a choice
			if resource, err = o.set(resource, in, key, both{}); err != nil {
				return nil, err
			}
			key = m.Key
		}
	}
	if e.Index < 0 {
		return o.set(resource, in, key, b)
	}
	items := list(resource, in, key)
	if e.Index >= len(items) {
		return nil, o.unfit("leads nowhere")
	}
	if items[e.Index] = b; !b.there() {
		items = slices.Delete(items, e.Index, e.Index+1)
	}
	return o.setList(resource, in, key, items)
}

// rearrange inserts into a list, or moves an item within it.
func (o *operation) rearrange(resource []byte, found []*path.Element) ([]byte, error) {
	if len(found) == 0 || found[0].Index < 0 {
		return nil, o.unfit("must lead to a list")
	}
	in, key := parent(found[0]), found[0].Key
	for _, e := range found {
		if parent(e) != in || e.Key != key || e.Index < 0 {
			return nil, o.unfit("must lead to one list")
		}
	}
	items := list(resource, in, key)
	if len(found) != len(items) {
		return nil, o.unfit("must lead to the whole list, not to some of it")
	}
	if o.kind == "move" {
		if o.source < 0 || o.source >= len(items) || o.destination < 0 || o.destination >= len(items) {
			return nil, o.unfit("leads to a list that doesn't have both places")
		}
		item := items[o.source]
		items = slices.Insert(slices.Delete(items, o.source, o.source+1), o.destination, item)
		return o.setList(resource, in, key, items)
	}
	if o.index < 0 || o.index > len(items) {
		return nil, o.unfit("leads to a list that doesn't have the place")
	}
	b, err := o.build(o.value, found[0].Type)
	if err != nil {
		return nil, err
	}
	return o.setList(resource, in, key, slices.Insert(items, o.index, b))
}

// build makes what a value stands for: that of a data type, a resource, or an element without a type of its own, whose
// parts are its own.
func (o *operation) build(v *parameter, t *model.Type) (both, error) {
	switch {
	case v.resource != nil:
		return both{value: v.resource}, nil
	case v.key != "":
		return both{v.value, v.extra}, nil
	case len(v.parts) == 0:
		return both{}, fhir.Errorf(fhir.Invalid, o.at, "The part %s has neither a value nor parts.", fhir.Clip(v.name))
	}
	object := []byte(`{}`)
	for i := range v.parts {
		part := &v.parts[i]
		m, err := o.member(t, part.name, part)
		if err != nil {
			return both{}, err
		}
		b, err := o.build(part, m.Type)
		if err != nil {
			return both{}, err
		}
		if m.Element.Repeated {
			object, err = o.setList(object, "", m.Key, append(list(object, "", m.Key), b))
		} else {
			object, err = o.set(object, "", m.Key, b)
		}
		if err != nil {
			return both{}, err
		}
	}
	return both{value: object}, nil
}
