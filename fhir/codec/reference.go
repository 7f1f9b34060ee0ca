package codec

import (
	"reflect"
	"slices"
	"strings"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir"
)

// reference is a Reference.reference taken apart (R4 references, 2.3.0.1).
type reference struct {
	text  string
	local string // of "#x": x
	typ   string // of Type/id, Type/id/_history/v, Type?query, and of an absolute URL that ends so
	id    string
	vid   string
	query bool // Type?query
	here  bool // relative, so that it names a resource of this server
}

// parseReference takes a reference apart, or says why it is none.
func (ps *plans) parseReference(s string) (r reference, complaint string) {
	r.text = s
	if s[0] == '#' {
		r.local = s[1:]
		if r.local != "" && !fhir.ValidID(r.local) {
			complaint = "points at a contained resource, but what follows # is not an id"
		}
		return r, complaint
	}
	if complaint = checkURI(s); complaint != "" {
		return r, complaint
	}
	if scheme, rest, ok := strings.Cut(s, ":"); ok && fhir.IsScheme(scheme) {
		if scheme == "urn" && strings.Contains(rest, "#") {
			return r, "is not a reference: a fragment (#…) names what is contained in the same resource; leave it out"
		}
		return ps.parseAbsolute(r)
	}
	if typ, query, ok := strings.Cut(s, "?"); ok && !strings.Contains(typ, "/") {
		r.typ, r.query = typ, true
		if !ps.known(typ) || query == "" {
			complaint = "is neither a reference nor a condition of the form Type?parameter=value"
		}
		return r, complaint
	}
	r.here = true
	typ, rest, relative := strings.Cut(s, "/")
	id, vid, versioned := strings.Cut(rest, "/_history/")
	if !relative || strings.Contains(id, "/") || strings.Contains(vid, "/") {
		return r, "is not a reference; write Type/id, an absolute URL, urn:uuid:…, or #id of a contained resource"
	}
	r.typ, r.id, r.vid = typ, id, vid
	switch {
	case !ps.known(r.typ):
		complaint = "points at " + echo(r.typ) + ", which is not a resource type of R4; write Type/id"
	case !fhir.ValidID(r.id) || versioned && !fhir.ValidID(r.vid):
		complaint = "does not end in an id (1 to 64 of A-Z a-z 0-9 - .)"
	}
	return r, complaint
}

// known says whether something of that type can be pointed at.
func (ps *plans) known(typ string) bool {
	_, ok := ps.refs[typ]
	return ok
}

// parseAbsolute finds the type in an http URL of the RESTful form. Other URLs may be of any form.
func (ps *plans) parseAbsolute(r reference) (reference, string) {
	if !strings.HasPrefix(r.text, "http://") && !strings.HasPrefix(r.text, "https://") {
		return r, ""
	}
	path := r.text
	if before, after, ok := strings.Cut(path, "/_history/"); ok && fhir.ValidID(after) {
		path = before
	}
	i := strings.LastIndexByte(path, '/')
	j := strings.LastIndexByte(path[:i], '/')
	if typ := path[j+1 : i]; ps.known(typ) && fhir.ValidID(path[i+1:]) {
		r.typ = typ
	}
	return r, ""
}

// referenceTo reads Reference.reference. Like google/fhir's, the message holds type and id where the form tells them.
func (d *decoder) referenceTo(f *frame, m *member, v string, at int) (reflect.Value, bool) {
	r, complaint := d.plans.parseReference(v)
	f.refType = r.typ
	if r.local == "" && v[0] != '#' {
		d.link(linkReference, at)
	}
	if complaint != "" {
		return none, d.fault(codeValue, "%s %s.", echo(v), complaint)
	}
	if r.query && !d.lim.Conditional {
		return none, d.fault(codeValue, "%s is a condition; these are allowed within a transaction only. Name the resource: Type/id.", echo(v))
	}
	targets := []string(nil)
	if f.via != nil {
		targets = f.via.targets
	}
	if r.typ != "" && len(targets) > 0 && !slices.Contains(targets, r.typ) &&
		!d.fault(codeValue, "%s points at %s; this element may point at %s only.", echo(v), article(r.typ), strings.Join(targets, ", ")) {
		return none, false
	}
	switch {
	case v[0] == '#':
		d.scope.refer(d, r.local, targets)
		f.m.Interface().(*dpb.Reference).Reference = &dpb.Reference_Fragment{Fragment: &dpb.String{Value: r.local}}
	case r.here:
		id := &dpb.ReferenceId{Value: r.id}
		if r.vid != "" {
			id.History = &dpb.Id{Value: r.vid}
		}
		d.plans.refs[r.typ].set(f.m, reflect.ValueOf(id))
	default:
		return reflect.ValueOf(&dpb.String{Value: v}), true
	}
	return none, true
}

func article(typ string) string {
	if strings.IndexByte("AEIO", typ[0]) >= 0 {
		return "an " + typ
	}
	return "a " + typ
}

// checkReference is the rule of a whole Reference: its type must be that of its reference and one the element allows.
func checkReference(d *decoder, f *frame) bool {
	ref, _ := f.m.Interface().(*dpb.Reference)
	typ := strings.TrimPrefix(ref.GetType().GetValue(), "http://hl7.org/fhir/StructureDefinition/")
	if typ == "" || strings.Contains(typ, ":") { // a logical model's URL
		return true
	}
	n := d.push("type")
	defer func() { d.expr = d.expr[:n] }()
	switch {
	case d.plans.resources[typ] == nil:
		return d.fault(codeValue, "%s is not a resource type of R4.", echo(typ))
	case f.refType != "" && f.refType != typ:
		return d.fault(codeValue, "The type is %s, but the reference points at %s; make them agree.", typ, article(f.refType))
	case f.refType == "" && f.via != nil && len(f.via.targets) > 0 && !slices.Contains(f.via.targets, typ):
		return d.fault(codeValue, "This element may point at %s only, not at %s.", strings.Join(f.via.targets, ", "), article(typ))
	}
	return true
}
