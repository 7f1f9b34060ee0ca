package patch

import (
	"encoding/json"
	"slices"
	"strings"

	"frontdesk/fhir"
)

// xmlOperation is an operation of an XML Patch (RFC 5261 4.3 to 4.5), on the JSON that the XML stands for.
type xmlOperation struct {
	operation
	diff  *diff
	steps []step
	attr  string // the attribute that sel leads to; "" for the element itself
	pos   string // of add: "" or prepend within sel, before or after it
	inner string // what stands in the operation, as it is written
}

// spot is where an element of XML stands in JSON.
type spot struct {
	in, key string
	index   int // in its list; -1 if it isn't in one
	both
}

// applyXML carries out the operations one after the other, as applyParameters does.
func applyXML(document, resource []byte) ([]byte, error) {
	operations, err := readXML(document)
	if err != nil {
		return nil, err
	}
	for _, o := range operations {
		if resource, err = o.apply(resource); err != nil {
			return nil, err
		}
		if len(resource) > maxPatched {
			return nil, fhir.Errorf(fhir.TooLarge, o.at, "The patch makes the resource too large. Send less at a time.")
		}
	}
	return resource, nil
}

func (o *xmlOperation) apply(resource []byte) ([]byte, error) {
	if typ := at(resource, "/resourceType"); string(typ) != `"`+o.steps[0].name+`"` {
		return nil, o.unfit("must begin with the type of the resource")
	}
	if len(o.steps) == 1 {
		if o.kind != "add" || o.pos == "before" || o.pos == "after" || o.attr != "" {
			return nil, o.unfit("leads to the resource itself; name an element within it")
		}
		return o.within(resource, "")
	}
	s, err := o.locate(resource)
	switch {
	case err != nil:
		return nil, err
	case o.attr != "":
		return o.attribute(resource, s)
	case o.kind == "remove":
		return o.write(resource, s, both{})
	case o.kind == "replace":
		return o.exchange(resource, s)
	case o.pos == "before" || o.pos == "after":
		return o.beside(resource, s)
	}
	if in := s.inside(); in != "" {
		return o.within(resource, in)
	}
	if !present(s.extra) { // extensions of a primitive that has none yet
		if resource, err = o.write(resource, s, both{s.value, json.RawMessage(`{}`)}); err != nil {
			return nil, err
		}
	}
	return o.within(resource, s.pointer("_"+s.key))
}

func (s spot) pointer(key string) string {
	if s.index < 0 {
		return s.in + "/" + key
	}
	return s.in + "/" + key + "/" + itoa(s.index)
}

// inside is the pointer of the object that an element is; "" for a primitive.
func (s spot) inside() string {
	if strings.HasPrefix(string(s.value), "{") {
		return s.pointer(s.key)
	}
	return ""
}

// locate follows sel, of which each step must lead to one element (RFC 5261 4.1).
func (o *xmlOperation) locate(resource []byte) (s spot, err error) {
	in, ends := "", false
	for _, step := range o.steps[1:] {
		if ends {
			return s, o.unfit("leads nowhere")
		}
		if typ := at(resource, in+"/resourceType"); string(typ) == `"`+step.name+`"` && in != "" {
			continue // a resource within another: JSON has no level for its type
		}
		s = spot{in: in, key: step.name, index: -1}
		s.both = both{at(resource, in+"/"+s.key), at(resource, in+"/_"+s.key)}
		if !s.there() {
			return s, o.unfit("leads nowhere")
		}
		if strings.HasPrefix(string(s.value), "[") || strings.HasPrefix(string(s.extra), "[") {
			found := 0
			for i, item := range list(resource, in, s.key) {
				if item.there() && step.meets(i, item) {
					s.index, s.both, found = i, item, found+1
				}
			}
			if found != 1 {
				return s, o.unfit("must lead to one element, and here it doesn't")
			}
		} else if !step.meets(0, s.both) {
			return s, o.unfit("leads nowhere")
		}
		if in = s.inside(); in == "" {
			in, ends = s.pointer("_"+s.key), !present(s.extra)
		}
	}
	return s, nil
}

// write puts something in the place of what is at a spot, or takes it away.
func (o *xmlOperation) write(resource []byte, s spot, b both) ([]byte, error) {
	if s.index < 0 {
		return o.set(resource, s.in, s.key, b)
	}
	items := list(resource, s.in, s.key)
	if items[s.index] = b; !b.there() {
		items = slices.Delete(items, s.index, s.index+1)
	}
	return o.setList(resource, s.in, s.key, items)
}

// attribute writes or removes an attribute of an element: the value of a primitive, or the url or id of a complex one.
func (o *xmlOperation) attribute(resource []byte, s spot) ([]byte, error) {
	in := s.inside()
	there := in == "" && o.attr == "value" && present(s.value) || in != "" && at(resource, in+"/"+o.attr) != nil
	if (in == "") != (o.attr == "value") || (o.kind == "add") == there {
		return nil, o.unfit("leads to an attribute that " + map[bool]string{true: "is there already",
			false: "isn't there"}[o.kind == "add"])
	}
	value := both{}
	if o.kind != "remove" {
		text, err := o.text()
		if err != nil {
			return nil, err
		}
		if in != "" {
			quoted, _ := json.Marshal(text) // an error only for what can't be JSON
			return o.set(resource, in, o.attr, both{value: quoted})
		}
		parts, err := o.read(o.names()[:len(o.steps)-1],
			"<"+s.key+" xmlns=\""+fhirSpace+"\" value=\""+escaped(text)+"\"/>")
		if err != nil {
			return nil, err
		}
		value = parts[0].items[0]
	}
	if in != "" {
		return o.set(resource, in, o.attr, both{})
	}
	value.extra = s.extra
	return o.write(resource, s, value)
}

// exchange writes another element in the place of one.
func (o *xmlOperation) exchange(resource []byte, s spot) ([]byte, error) {
	parts, err := o.read(o.names()[:len(o.steps)-1], o.inner)
	if err != nil {
		return nil, err
	}
	if len(parts) != 1 || len(parts[0].items) != 1 {
		return nil, o.unfit("must be replaced by one element")
	}
	if parts[0].key != s.key { // another type of a choice
		if s.index >= 0 || parts[0].repeats {
			return nil, o.unfit("must be replaced by an element of the same name")
		}
		if resource, err = o.set(resource, s.in, s.key, both{}); err != nil {
			return nil, err
		}
		s.key = parts[0].key
	}
	return o.write(resource, s, parts[0].items[0])
}

// within adds elements to the object at a pointer. Between elements of different names the order is R4's.
func (o *xmlOperation) within(resource []byte, in string) ([]byte, error) {
	parts, err := o.read(o.names(), o.inner)
	for i := 0; i < len(parts) && err == nil; i++ {
		p := parts[i]
		items := list(resource, in, p.key)
		switch {
		case !p.repeats && (at(resource, in+"/"+p.key) != nil || at(resource, in+"/_"+p.key) != nil):
			err = o.unfit("leads to where there is a " + p.key + " already; replace that")
		case !p.repeats:
			resource, err = o.set(resource, in, p.key, p.items[0])
		case o.pos == "prepend":
			resource, err = o.setList(resource, in, p.key, append(p.items, items...))
		default:
			resource, err = o.setList(resource, in, p.key, append(items, p.items...))
		}
	}
	return resource, err
}

// beside adds elements before or after another.
func (o *xmlOperation) beside(resource []byte, s spot) ([]byte, error) {
	outer := *o
	outer.steps, outer.pos = o.steps[:len(o.steps)-1], ""
	parts, err := outer.read(outer.names(), o.inner)
	switch {
	case err != nil:
		return nil, err
	case len(parts) != 1 || parts[0].key != s.key || s.index < 0:
		if o.pos == "after" { // behind all of that name, so before all of the other
			outer.pos = "prepend"
		}
		return outer.within(resource, s.in)
	}
	where := s.index
	if o.pos == "after" {
		where++
	}
	items := slices.Insert(list(resource, s.in, s.key), where, parts[0].items...)
	return o.setList(resource, s.in, s.key, items)
}
