package patch

import (
	"encoding/json"
	"fmt"

	"frontdesk/fhir"
	"frontdesk/fhir/model"
	"frontdesk/fhir/path"
)

// maxSteps bounds the work of one path.
const maxSteps = 1_000_000

// parameter is a parameter of Parameters, or a part of one: a name with a value of some type, a resource or parts.
type parameter struct {
	name     string
	key      string          // valueString; "" if it has none
	value    json.RawMessage // of that key
	extra    json.RawMessage // of its "_" key
	resource json.RawMessage
	parts    []parameter
}

// UnmarshalJSON reads what codec.Decode has accepted.
func (p *parameter) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	for key, value := range members {
		var err error
		switch {
		case key == "name":
			err = json.Unmarshal(value, &p.name)
		case key == "part":
			err = json.Unmarshal(value, &p.parts)
		case key == "resource":
			p.resource = value
		case len(key) > 6 && key[:6] == "_value":
			p.key, p.extra = key[1:], value
		case len(key) > 5 && key[:5] == "value":
			p.key, p.value = key, value
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// part is the part of a name; nil if there is none.
func (p *parameter) part(name string) *parameter {
	for i := range p.parts {
		if p.parts[i].name == name {
			return &p.parts[i]
		}
	}
	return nil
}

// operation is one operation of a FHIRPath Patch (R4 fhirpatch).
type operation struct {
	at                         string // in the Parameters, for faults
	kind, path, name           string
	index, source, destination int // -1 if it isn't given
	value                      *parameter
}

// applyParameters carries out the operations one after the other: each is asked of what the one before has left.
func applyParameters(document, resource []byte) ([]byte, error) {
	var body struct {
		ResourceType string
		Parameter    []parameter
	}
	if err := json.Unmarshal(document, &body); err != nil || body.ResourceType != "Parameters" {
		return nil, fhir.Errorf(fhir.Invalid, "", "The body is not a JSON Patch (RFC 6902): send an array of operations, "+
			"each with op and path; nor a FHIRPath Patch, which is a Parameters.")
	}
	if len(body.Parameter) > maxOperations {
		return nil, tooMany()
	}
	for i := range body.Parameter {
		o, err := read(&body.Parameter[i], fmt.Sprintf("Parameters.parameter[%d]", i))
		if err != nil {
			return nil, err
		}
		if resource, err = o.apply(resource); err != nil {
			return nil, err
		}
		if len(resource) > maxPatched {
			return nil, fhir.Errorf(fhir.TooLarge, o.at, "The patch makes the resource too large. Send less at a time.")
		}
	}
	return resource, nil
}

// needed are the parts that each kind of operation must have besides type and path.
var needed = map[string][]string{
	"add": {"name", "value"}, "insert": {"index", "value"}, "delete": nil, "replace": {"value"}, "move": {"source", "destination"},
}

func read(p *parameter, at string) (*operation, error) {
	o := &operation{at: at, index: -1, source: -1, destination: -1, value: p.part("value")}
	if p.name != "operation" {
		return nil, fhir.Errorf(fhir.Invalid, at+".name", "Each parameter of a FHIRPath Patch is an operation; found %q.", fhir.Clip(p.name))
	}
	for name, into := range map[string]any{"type": &o.kind, "path": &o.path, "name": &o.name,
		"index": &o.index, "source": &o.source, "destination": &o.destination} {
		if part := p.part(name); part != nil && part.value != nil {
			if err := json.Unmarshal(part.value, into); err != nil {
				return nil, fhir.Errorf(fhir.Invalid, at, "The part %s of the operation is not of the type it must have.", name)
			}
		}
	}
	needs, known := needed[o.kind]
	if !known {
		return nil, fhir.Errorf(fhir.Invalid, at, "The part type must be add, insert, delete, replace or move.")
	}
	for _, name := range append([]string{"path"}, needs...) {
		if p.part(name) == nil {
			return nil, fhir.Errorf(fhir.Invalid, at, "An operation of type %s must have a part %s (R4 fhirpatch).", o.kind, name)
		}
	}
	return o, nil
}

// apply carries out the operation.
func (o *operation) apply(resource []byte) ([]byte, error) {
	root, err := path.NewResource(resource)
	if err != nil {
		return nil, fhir.Fault("patching a resource", err)
	}
	found, err := o.find(root)
	if err != nil {
		return nil, err
	}
	switch o.kind {
	case "insert", "move":
		return o.rearrange(resource, found)
	}
	switch {
	case len(found) == 0 && o.kind == "delete": // it's gone already (R4 fhirpatch)
		return resource, nil
	case len(found) != 1:
		return nil, o.unfit("must lead to one element, and here it doesn't")
	case o.kind == "add":
		return o.add(resource, found[0])
	case found[0].Parent == nil:
		return nil, o.unfit("leads to the resource itself; name an element within it")
	case o.kind == "delete":
		return o.put(resource, found[0], nil)
	}
	return o.put(resource, found[0], o.value)
}

// unfit says that the path doesn't fit the resource. How it doesn't isn't told: who may not read it would learn from
// that what is in it.
func (o *operation) unfit(why string) error {
	return fhir.Errorf(fhir.Unprocessable, o.at, "The path %q of the operation %s %s. Read the resource and make the patch again.",
		fhir.Clip(o.path), o.kind, why)
}

// find gives the elements that the path leads to.
func (o *operation) find(root *path.Element) ([]*path.Element, error) {
	x, err := path.Compile(o.path, root.Type)
	if err != nil {
		return nil, fhir.Errorf(fhir.Invalid, o.at, "The path of the operation is not FHIRPath that fits a %s: %w", root.Name, err)
	}
	values, err := x.Evaluate(path.Env{Steps: maxSteps}, root)
	if err != nil {
		return nil, fhir.Errorf(fhir.Unprocessable, o.at, "The path of the operation can't be followed: %w", err)
	}
	var found []*path.Element
	for _, v := range values {
		if v.Element == nil || v.Element.Type == nil {
			return nil, o.unfit("must lead to elements of the resource")
		}
		found = append(found, v.Element)
	}
	return found, nil
}

// member is the key that a value is written under in an element of a type. A choice is named without its type, which
// the value tells.
func (o *operation) member(t *model.Type, name string, v *parameter) (*model.Member, error) {
	m := t.Member(name)
	if e := t.Element(name); e != nil && e.Choice && len(v.key) > len("value") {
		m = t.Member(name + v.key[len("value"):])
	}
	if m == nil {
		return nil, fhir.Errorf(fhir.Unprocessable, o.at, "%s has no element %q that could hold this value.", t.Name, fhir.Clip(name))
	}
	return m, nil
}
