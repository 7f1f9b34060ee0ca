package codec

import (
	"reflect"
	"slices"
	"strings"
)

// scope is one resource with what it contains: the room in which #x means something (R4 references, 2.3.0.4).
type scope struct {
	within bool // in a contained resource
	inside []inside
	refs   []localRef
}

// inside is a contained resource.
type inside struct{ id, typ string }

// localRef is a reference to one.
type localRef struct {
	id, expression string
	targets        []string
}

func (s *scope) refer(d *decoder, id string, targets []string) {
	if id != "" || s.within { // "#" alone is the container itself
		s.refs = append(s.refs, localRef{id, string(d.expr), targets})
	}
}

// contained takes note of a contained resource.
func (d *decoder) contained(r *resource, m reflect.Value) bool {
	id := resourceID(m)
	if id == "" {
		return d.fault(codeRequired, "A contained resource must have an id, by which the resource refers to it as #id.")
	}
	for _, i := range d.scope.inside {
		if i.id == id {
			return d.fault(codeInvariant, "Two contained resources have the id %s; give each its own.", echo(id))
		}
	}
	d.scope.inside = append(d.scope.inside, inside{id, r.name})
	return true
}

// resolve checks, at the end of a resource, that every #x is there (R4 ref-1) and of a type its element allows.
func (d *decoder) resolve() bool {
	for _, ref := range d.scope.refs {
		if ref.id == "" {
			continue
		}
		i := slices.IndexFunc(d.scope.inside, func(i inside) bool { return i.id == ref.id })
		switch {
		case i < 0:
			if !d.faultAt(ref.expression, codeInvariant,
				"%s points at a contained resource, and none of that id is contained (ref-1).", echo("#"+ref.id)) {
				return false
			}
		case len(ref.targets) > 0 && !slices.Contains(ref.targets, d.scope.inside[i].typ):
			if !d.faultAt(ref.expression, codeValue, "%s points at %s; this element may point at %s only.", echo("#"+ref.id),
				article(d.scope.inside[i].typ), strings.Join(ref.targets, ", ")) {
				return false
			}
		}
	}
	return true
}
