package codec

import (
	"reflect"
	"slices"
	"strings"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// scope is one resource with what it contains: the room in which #x means something (R4 references, 2.3.0.4).
type scope struct {
	within bool // in a contained resource
	inside []inside
	refs   []localRef
	asked  []question
	named  []string // what uris and canonicals name by #x
	outer  bool     // the contained resource that is being read refers to what contains it
}

// inside is a contained resource.
type inside struct {
	id, typ, expression string
	refersOut           bool // it refers to what contains it, by #
}

// localRef is a reference to one.
type localRef struct {
	id, expression string
	targets        []string
}

func (s *scope) refer(d *decoder, id string, targets []string) {
	s.outer = s.outer || id == ""
	if id != "" || s.within { // "#" alone is the container itself
		s.refs = append(s.refs, localRef{id, string(d.expr), targets})
	}
}

// name takes note of a uri, which may name a contained resource by #x.
func (s *scope) name(uri string) {
	if id, local := strings.CutPrefix(uri, "#"); local {
		s.named = append(s.named, id)
		s.outer = s.outer || id == ""
	}
}

// contained takes note of a contained resource.
func (d *decoder) contained(r *resource, m reflect.Value) bool {
	id, refersOut := resourceID(m), d.scope.outer
	if d.scope.outer = false; id == "" {
		return d.fault(codeRequired, "A contained resource must have an id, by which the resource refers to it as #id.")
	}
	for _, i := range d.scope.inside {
		if i.id == id {
			return d.fault(codeInvariant, "Two contained resources have the id %s; give each its own.", echo(id))
		}
	}
	d.scope.inside = append(d.scope.inside, inside{id, r.name, string(d.expr), refersOut})
	return d.lim.Kept || d.containedMeta(m)
}

// containedMeta is dom-4 and dom-5: what is contained has no versions and no security of its own.
func (d *decoder) containedMeta(m reflect.Value) bool {
	of, _ := m.Interface().(interface{ GetMeta() *dpb.Meta })
	if of == nil || of.GetMeta() == nil {
		return true
	}
	n := d.push("meta")
	defer func() { d.expr = d.expr[:n] }()
	meta := of.GetMeta()
	if (meta.GetVersionId() != nil || meta.GetLastUpdated() != nil) &&
		!d.fault(codeInvariant, "A contained resource must not have a versionId or lastUpdated (dom-4); leave them out.") {
		return false
	}
	return len(meta.GetSecurity()) == 0 ||
		d.fault(codeInvariant, "A contained resource must not have security labels (dom-5); put them on the resource that contains it.")
}

// unreferenced is dom-3: what is contained is referred to, or refers to what contains it.
func (d *decoder) unreferenced() bool {
	if d.lim.Kept {
		return true
	}
	for _, i := range d.scope.inside {
		if i.refersOut || slices.Contains(d.scope.named, i.id) ||
			slices.ContainsFunc(d.scope.refs, func(r localRef) bool { return r.id == i.id }) {
			continue
		}
		if !d.faultAt(i.expression, codeInvariant,
			"Nothing refers to this contained resource (dom-3); refer to it as %s, or leave it out.", echo("#"+i.id)) {
			return false
		}
	}
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
	return d.unreferenced()
}
