package codec

import (
	"math/bits"
	"reflect"
)

// object reads an object into m. It returns false when decoding shall end.
func (d *decoder) object(p *plan, m reflect.Value, via *member, r role) bool {
	if !d.enter() || !d.expect('{') {
		return false
	}
	f := d.frame(p, m, via, r)
	empty := true
	for d.more('}', empty) {
		empty = false
		at := len(d.out)
		key, ok := d.key()
		if !ok || !d.member(f, key) {
			return false
		}
		if r != roleNone {
			d.note(f, key, at)
		}
	}
	if d.broken {
		return false
	}
	ok := d.finish(f, empty)
	d.depth--
	return ok
}

// key reads a member's name and the colon.
func (d *decoder) key() (string, bool) {
	t, ok := d.str()
	if !ok || !d.expect(':') {
		return "", false
	}
	key, _ := t.unescape() // a bad one is unknown anyway
	return key, true
}

func (d *decoder) member(f *frame, key string) bool {
	m := f.plan.members[key]
	if m == nil {
		return d.unknown(f, key)
	}
	if complaint := f.claim(m); complaint != "" {
		return d.fault(codeStructure, "%s %s.", f.plan.name, complaint) && d.skip(d.lim.Depth-d.depth)
	}
	n := d.push(m.element.name)
	ok := d.value(f, m)
	d.expr = d.expr[:n]
	return ok
}

// unknown is a key that R4 doesn't give this object.
func (d *decoder) unknown(f *frame, key string) bool {
	hint := "leave it out, or send it as an extension"
	if near := nearest(key, f.plan.members); near != "" {
		hint = "did you mean " + echo(near) + "?"
	}
	n := len(d.expr)
	if isName(key) {
		d.push(key)
	}
	ok := d.fault(codeStructure, "%s is not an element of %s; %s", echo(key), f.plan.name, hint)
	d.expr = d.expr[:n]
	return ok && d.skip(d.lim.Depth-d.depth)
}

// isName says whether a key can stand in a FHIRPath.
func isName(key string) bool {
	for i := range len(key) {
		if c := key[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return key != "" && len(key) <= maxName
}

// value reads what stands behind a key.
func (d *decoder) value(f *frame, m *member) bool {
	c := d.peek()
	switch {
	case m.special == resourceType:
		_, ok := d.str() // resource has looked at it
		return ok
	case m.element.repeated && c != '[':
		return d.mismatch("an array, also where there is only one: [ … ]")
	case m.element.repeated && m.sibling:
		return d.siblings(f, m)
	case m.element.repeated:
		return d.array(f, m)
	case m.sibling:
		return d.sibling(f, m)
	}
	v, ok := d.item(f, m)
	if v.IsValid() {
		f.put(m, v)
	}
	return ok
}

// array reads the values of a repeating element.
func (d *decoder) array(f *frame, m *member) bool {
	if !d.enter() || !d.expect('[') {
		return false
	}
	list, i := m.slot.list(f.m), 0
	earlier := list.Len() // of siblings that came first
	for ; d.more(']', i == 0); i++ {
		n := d.pushIndex(i)
		v, ok := d.nullable(f, m, i)
		if !ok {
			return false
		}
		if i < earlier {
			m.typ.adopt(v, list.Index(i))
			list.Index(i).Set(v)
		} else {
			grow(list, v)
		}
		d.expr = d.expr[:n]
	}
	d.depth--
	if earlier > 0 {
		f.pair(m).values = i
	}
	return !d.broken && (i > 0 || d.fault(codeStructure, "An array must not be empty; leave the element out."))
}

// nullable reads an item of an array. Only among primitives may it be null, where the "_" key has something in its
// place.
func (d *decoder) nullable(f *frame, m *member, i int) (reflect.Value, bool) {
	if m.typ.kind.primitive() && d.peek() == 'n' {
		f.pair(m).null(i)
		_, ok := d.literal()
		return reflect.New(m.typ.typ), ok
	}
	var v reflect.Value
	var ok bool
	if m.special == bundleEntry && d.bundle != nil && !d.inEntry {
		v, ok = d.bundleEntry(f, m, i)
	} else {
		v, ok = d.item(f, m)
	}
	if !v.IsValid() {
		v = reflect.New(m.typ.typ)
	}
	return v, ok
}

// item reads one value into a new message: not valid if it is at fault.
func (d *decoder) item(f *frame, m *member) (reflect.Value, bool) {
	if !d.count() {
		return none, false
	}
	switch t := m.typ; {
	case t.kind.primitive():
		return d.primitive(f, m)
	case d.peek() != '{':
		return none, d.mismatch("an object: { … }")
	case t.kind == kindComplex:
		r := roleNone
		if f.role == roleResource && m.key == "meta" {
			r = roleMeta
		}
		v := reflect.New(t.typ)
		return v, d.object(t.plan, v, m, r)
	default:
		return d.nested(f, m)
	}
}

// mismatch is the fault of a value that is not of the JSON type it must have.
func (d *decoder) mismatch(want string) bool {
	c := d.peek()
	if !startsValue(c) {
		return d.unexpected("a value")
	}
	hint := ""
	if c == 'n' {
		hint = "; leave the element out where there is nothing to say"
	}
	return d.fault(codeStructure, "This must be %s; found %s%s.", want, describe(c), hint) && d.skip(d.lim.Depth-d.depth)
}

// finish checks what can only be said at an object's end.
func (d *decoder) finish(f *frame, empty bool) bool {
	p := f.plan
	if empty {
		return d.fault(codeStructure, "An object must not be empty; leave the element out.")
	}
	for missing := p.required &^ f.seen(); missing != 0; missing &= missing - 1 {
		e := p.elements[bits.TrailingZeros64(missing)]
		name := e.name
		if e.choice != nil {
			name += "[x]"
		}
		n := d.push(e.name)
		ok := d.fault(codeRequired, "%s must have %s.", p.name, name)
		if d.expr = d.expr[:n]; !ok {
			return false
		}
	}
	if f.sibs != 0 && !d.valueless(f) || len(f.pairs) > 0 && !d.paired(f) {
		return false
	}
	for _, r := range p.rules {
		if !r(d, f) {
			return false
		}
	}
	return true
}
