package codec

import (
	"reflect"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	cpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"

	"frontdesk/fhir"
)

type idMessage = dpb.Id

// place is where a resource stands.
type place uint8

const (
	placeTop       place = iota // the document itself, or the resource of an entry that DecodeBundle hands out
	placeNested                 // in a Bundle's entry or in a Parameters' parameter: whole in itself
	placeContained              // in another's contained: part of that one
)

// resource reads a resource of whichever type it says it is. The message is not valid if it can't be told, or is at
// fault at once.
func (d *decoder) resource(at place) (*resource, reflect.Value, bool) {
	if d.peek() != '{' {
		return nil, none, d.mismatch("a resource, that is an object with a resourceType")
	}
	name, complaint, ok := d.typeAhead()
	if !ok {
		return nil, none, false
	}
	r := d.plans.resources[name]
	if r == nil && complaint == "" {
		complaint = echo(name) + " is not a resource type of R4; types are spelled as \"Patient\", \"AllergyIntolerance\""
		if name == "" {
			complaint = "resourceType must not be empty"
		}
	}
	if complaint != "" {
		return nil, none, d.fault(codeStructure, "%s.", complaint) && d.skip(d.lim.Depth-d.depth)
	}
	m, role := reflect.New(r.typ.typ), roleNone
	if at == placeTop {
		role = roleResource
		d.base, d.baseName = len(d.expr), r.name
		if len(d.expr) == 0 {
			d.expr = append(d.expr, r.name...)
			d.base = len(d.expr)
		}
	}
	if at == placeContained {
		return r, m, d.object(r.typ.plan, m, nil, role)
	}
	outer, begins := d.scope, len(d.out)
	d.scope = scope{}
	ok = d.object(r.typ.plan, m, nil, role) && d.resolve() && d.ask(begins)
	d.scope = outer
	return r, m, ok
}

// startsValue says whether c can be the first byte of a JSON value.
func startsValue(c byte) bool {
	switch c {
	case '{', '"', '[', '-', 't', 'f', 'n':
		return true
	}
	return c >= '0' && c <= '9'
}

// typeAhead finds the resourceType of the object that follows and stays where it is. It is mostly the first member.
func (d *decoder) typeAhead() (name, complaint string, ok bool) {
	pos, out := d.pos, len(d.out)
	defer func() { d.out = d.out[:out] }()
	d.expect('{')
	for first := true; d.more('}', first); first = false {
		key, ok := d.key()
		if !ok {
			return "", "", false
		}
		if key != "resourceType" {
			if !d.skip(d.lim.Depth - d.depth - 1) {
				return "", "", false
			}
			continue
		}
		if c := d.peek(); c != '"' {
			if !startsValue(c) {
				return "", "", d.unexpected("a value")
			}
			d.pos = pos
			return "", "resourceType must be a string; found " + describe(c), true
		}
		t, ok := d.str()
		if ok {
			d.pos = pos
		}
		name, complaint = t.unescape()
		return name, complaint, ok
	}
	d.pos = pos
	return "", "The resource has no resourceType; say which it is, as \"resourceType\": \"Patient\"", !d.broken
}

// nested reads a resource within a resource.
func (d *decoder) nested(f *frame, m *member) (reflect.Value, bool) {
	at := placeNested
	if m.element.name == "contained" {
		at = placeContained
		if d.scope.within {
			return none, d.fault(codeInvariant, "A contained resource must not contain others (dom-2); contain them side by side.") &&
				d.skip(d.lim.Depth-d.depth)
		}
		d.scope.within = true
	}
	var r *resource
	var v reflect.Value
	var ok bool
	if m.special == entryResource && d.bundle != nil && !d.inEntry {
		r, v, ok = d.entryResource()
	} else {
		r, v, ok = d.resource(at)
	}
	if at == placeContained {
		d.scope.within = false
		ok = ok && (!v.IsValid() || d.contained(r, v))
	}
	if !v.IsValid() || !ok {
		return none, ok
	}
	c := &cpb.ContainedResource{}
	r.slot.set(reflect.ValueOf(c), v)
	if m.typ.kind == kindResource {
		return reflect.ValueOf(c), true
	}
	b, err := proto.Marshal(c)
	if err != nil { // only text that is not UTF-8 could, and the scanner refuses that
		return none, d.fault(codeStructure, "This resource could not be read.")
	}
	return reflect.ValueOf(&anypb.Any{TypeUrl: "type.googleapis.com/google.fhir.r4.core.ContainedResource", Value: b}), true
}

// note keeps the places that Body needs.
func (d *decoder) note(f *frame, key string, at int) {
	here := fhir.Span{Start: at, End: len(d.out)}
	switch {
	case f.role == roleMeta && key != "versionId" && key != "lastUpdated" && key != "_versionId" && key != "_lastUpdated":
		d.spans.MetaInner = append(d.spans.MetaInner, here)
	case f.role == roleMeta:
	case key == "resourceType":
		d.spans.Type = here
	case key == "id":
		d.spans.ID = here
	case key == "meta":
		d.spans.Meta = here
	}
}
