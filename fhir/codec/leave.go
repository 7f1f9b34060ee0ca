package codec

import (
	"bytes"
	"iter"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"frontdesk/fhir"
)

// locating are the members by which a resource may point at another, of whatever type that is in: Reference.reference,
// and each uri, url and canonical.
var locating = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, t := range r4().types {
		if t.plan == nil {
			continue
		}
		for name, m := range t.plan.members {
			if !m.sibling && m.typ != nil && (m.typ.kind.locates() || m.typ.kind == kindReference) {
				names[name] = true
			}
		}
	}
	return names
})

// Pointers are what a stored resource may point at others by, as it stands there: literal references, and URIs of which
// most are something else. The resource isn't decoded.
func Pointers(stored []byte) iter.Seq[string] {
	names := locating()
	return func(yield func(string) bool) {
		points := false
		for rest := stored; ; {
			i := bytes.IndexByte(rest, '"')
			if i < 0 {
				return
			}
			rest = rest[i:]
			end := ending(rest)
			if end == 0 {
				return
			}
			if len(rest) > end && rest[end] == ':' {
				points = names[string(rest[1:end-1])]
			} else if text, n := "", 0; points {
				if text, n = quoted(rest); n == 0 || !yield(text) {
					return
				}
			}
			rest = rest[end:]
		}
	}
}

// ending is the length of the JSON string that a text begins with; 0 if it has no end.
func ending(text []byte) int {
	for at := 1; ; {
		i := bytes.IndexByte(text[at:], '"')
		if i < 0 {
			return 0
		}
		at += i + 1
		slashes := 0
		for text[at-2-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

// quoted is the JSON string that a text begins with, and its length there; 0 if it isn't one.
func quoted(text []byte) (string, int) {
	end := ending(text)
	if end == 0 {
		return "", 0
	}
	if plain := text[1 : end-1]; bytes.IndexByte(plain, '\\') < 0 {
		return string(plain), end
	}
	out, err := jsontext.AppendUnquote(nil, text[:end])
	if err != nil {
		return "", 0
	}
	return string(out), end
}

// Without is a stored resource without the references, attachments and URIs for which gone is true of what they point
// by. What can't be without them goes too: an entry of a List without an item, an empty array. Of the resource itself
// nothing is required any more. All other bytes stay as they are (I3).
//
// Narrative goes with it: that of the resource and of what it contains always, for it tells in words what the
// references tell, and nobody can say of which; that of a part of it, as a section of a Composition, if the part has
// lost something. R4 narrative 2.4: a resource should have one, and needs none. gone may be nil.
func Without(stored []byte, gone func(pointer string) bool) ([]byte, error) {
	l := redactor{gone: gone}
	out := l.object(stored, nil)
	if l.err != nil || out == nil {
		return nil, fhir.Fault("leaving references out", l.err)
	}
	return out, nil
}

// Narrated says that a stored resource may have narrative that Without leaves out. The resource isn't decoded.
func Narrated(stored []byte) bool { return bytes.Contains(stored, []byte(`"div":"`)) }

// redactor copies JSON. Its methods give nil for what is left out.
type redactor struct {
	gone func(string) bool
	err  error
}

// points are the data types that point at something, and by which member.
var points = map[string]string{"Reference": "reference", "Attachment": "url"}

// object copies an object. p is nil for a resource, which says itself what it is.
func (l *redactor) object(raw []byte, p *plan) []byte {
	members, err := split(raw)
	if err != nil {
		l.err = err
		return nil
	}
	if p == nil {
		p = planOf(members)
	}
	if !l.members(members, p) {
		return nil
	}
	return joined(members)
}

// members leaves out what the members of an object hold: kept is what remains of each, nil for nothing. It is false if
// nothing remains of the object itself.
func (l *redactor) members(members []given, p *plan) bool {
	for i := range members {
		g := &members[i]
		m := p.members[g.name]
		switch {
		case g.name == points[p.name] && g.name != "" && l.leads(g.value):
			return false
		case p.resource() && inWords(m):
		case l.gone == nil && g.name != "contained":
			g.kept = g.value
		default:
			g.kept = l.value(g.value, m)
		}
	}
	beside(members, p)
	there, lost := 0, false
	for _, g := range members {
		m := p.members[g.name]
		if g.kept == nil && !p.resource() && (p.name == "Extension" || m != nil && p.required&(1<<m.element.index) != 0) {
			return false
		}
		lost = lost || len(g.kept) != len(g.value)
	}
	for i := range members {
		if lost && inWords(p.members[members[i].name]) {
			members[i].kept = nil
		}
		if members[i].kept != nil {
			there++
		}
	}
	return there > 0 || len(members) == 0
}

// beside leaves out what stands beside a primitive that was left out: its id and extensions. Of several primitives that
// have any all go, for their places tell which belongs to which (R4 json 2.6.2.3).
func beside(members []given, p *plan) {
	for i := range members {
		if m := p.members[members[i].name]; m == nil || !m.sibling {
			continue
		}
		for k := range members {
			if g := &members[k]; "_"+g.name == members[i].name && len(g.kept) != len(g.value) {
				g.kept, members[i].kept = nil, nil
			}
		}
	}
}

// leads says that a JSON value is a string that points at what is gone.
func (l *redactor) leads(value []byte) bool {
	if l.gone == nil || value[0] != '"' {
		return false
	}
	text, n := quoted(value)
	return n > 0 && l.gone(text)
}

// inWords says that a member is narrative.
func inWords(m *member) bool { return m != nil && m.typ != nil && m.typ.name == "Narrative" }

// value copies what a member holds.
func (l *redactor) value(raw []byte, m *member) []byte {
	switch raw[0] {
	case '{':
		return l.object(raw, within(m))
	case '[':
		return l.array(raw, m)
	}
	if m != nil && m.typ != nil && m.typ.kind.locates() && l.leads(raw) {
		return nil
	}
	return raw
}

// within is the plan of the objects that a member holds, nil for resources.
func within(m *member) *plan {
	switch {
	case m == nil || m.typ == nil:
		return &plan{}
	case m.typ.kind == kindResource || m.typ.kind == kindAny:
		return nil
	case m.sibling || m.typ.kind == kindComplex:
		return m.typ.plan
	}
	return &plan{}
}

func (l *redactor) array(raw []byte, m *member) []byte {
	all, err := elements(raw)
	if err != nil {
		l.err = err
		return nil
	}
	kept := make([][]byte, 0, len(all))
	for _, one := range all {
		if value := l.value(one, m); value != nil {
			kept = append(kept, value)
		}
	}
	if len(kept) == 0 && len(all) > 0 {
		return nil
	}
	return listed(kept)
}

// given is a member of an object as it stands there.
type given struct {
	name       string
	raw, value []byte
	kept       []byte // what a leaver leaves of the value
}

// joined is an object of what is kept of its members.
func joined(members []given) []byte {
	out := []byte{'{'}
	for _, g := range members {
		if g.kept == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, g.raw...), ':'), g.kept...)
	}
	return append(out, '}')
}

// elements are those of an array.
func elements(raw []byte) (all [][]byte, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != ']' {
		one, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		all = append(all, bytes.Clone(one))
	}
	return all, nil
}

// listed is an array of elements.
func listed(all [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(all, []byte{','})...), ']')
}

// split are the members of an object, in their order.
func split(raw []byte) (all []given, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		one := given{raw: bytes.Clone(name)}
		one.name, _ = quoted(one.raw)
		value, err := d.ReadValue()
		if err != nil {
			return nil, err
		}
		one.value = bytes.Clone(value)
		all = append(all, one)
	}
	return all, nil
}

// resource says that a plan is of a whole resource.
func (p *plan) resource() bool { return p.members["resourceType"] != nil }

// planOf is the plan of a resource; one without elements for what isn't known.
func planOf(members []given) *plan {
	for _, m := range members {
		if m.name == "resourceType" {
			name, _ := quoted(m.value)
			if r := r4().resources[name]; r != nil {
				return r.typ.plan
			}
		}
	}
	return &plan{}
}
