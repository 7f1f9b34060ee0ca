package xml

import (
	"sync"

	"frontdesk/fhir/model"
)

// shape is how the objects of one type are written: a model.Type, made ready for looking up names.
type shape struct {
	name     string // "Patient", "Patient.contact", "HumanName"; of a primitive, of its id and extensions
	resource bool
	parts    map[string]*part // by JSON key, without the "_" ones
}

// part is one element as it is written: of a choice, one for each type.
type part struct {
	key      string
	place    int // in R4's order of elements; the parts of a choice have one together
	repeated bool
	form     form
	shape    *shape // of an object, or of a primitive's id and extensions; nil for resources
}

// form is how a value is written in JSON.
type form uint8

// The forms. Those before asObject are primitives.
const (
	asText     form = iota // a string
	asNumber               // a number, digits kept
	asBoolean              // true or false
	asXHTML                // a string that holds a narrative's div
	asObject               // an object
	asResource             // a resource of any type
)

// shapes are R4's resource types. Made on first use.
var shapes = sync.OnceValue(func() map[string]*shape {
	all, made := map[string]*shape{}, map[*model.Type]*shape{}
	for _, t := range model.R4().Resources() {
		all[t.Name] = shapeOf(t, made)
	}
	return all
})

func shapeOf(t *model.Type, made map[*model.Type]*shape) *shape {
	if s := made[t]; s != nil {
		return s
	}
	s := &shape{name: t.Name, resource: t.Kind == model.Resource, parts: map[string]*part{}}
	made[t] = s // before its parts: types contain themselves
	for place, e := range t.Elements {
		for _, m := range e.Members {
			p := &part{key: m.Key, place: place, repeated: e.Repeated, form: formOf(m.Type)}
			if p.form != asResource {
				p.shape = shapeOf(m.Type, made)
			}
			s.parts[m.Key] = p
		}
	}
	return s
}

func formOf(t *model.Type) form {
	switch t.Name {
	case "boolean":
		return asBoolean
	case "integer", "positiveInt", "unsignedInt", "decimal":
		return asNumber
	case "xhtml":
		return asXHTML
	}
	switch t.Kind {
	case model.Primitive:
		return asText
	case model.Abstract:
		return asResource
	}
	return asObject
}
