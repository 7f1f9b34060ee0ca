package codec

import (
	"math/bits"
	"reflect"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// noValue is google/fhir's mark on a primitive that has extensions but no value.
const noValue = "https://g.co/fhir/StructureDefinition/primitiveHasNoValue"

// pairing holds what array and "_" array of a repeating primitive have at each index (R4 json 2.6.2.3).
type pairing struct {
	member   *member
	values   int // length of the array
	siblings int // length of the "_" array
	nulls    []bool
	bare     []bool // null in the "_" array
}

func (p *pairing) null(i int) { p.nulls = mark(p.nulls, i) }

func mark(set []bool, i int) []bool {
	for len(set) <= i {
		set = append(set, false)
	}
	set[i] = true
	return set
}

func marked(set []bool, i int) bool { return i < len(set) && set[i] }

// pair is the pairing of a member's element, made on first need.
func (f *frame) pair(m *member) *pairing {
	for i := range f.pairs {
		if f.pairs[i].member.element == m.element {
			return &f.pairs[i]
		}
	}
	f.pairs = append(f.pairs, pairing{member: m})
	return &f.pairs[len(f.pairs)-1]
}

// sibling reads the "_" object of a primitive.
func (d *decoder) sibling(f *frame, m *member) bool {
	if d.peek() != '{' {
		return d.mismatch("an object with the extensions of the element")
	}
	v := f.get(m)
	fresh := !v.IsValid()
	if fresh {
		v = reflect.New(m.typ.typ)
	}
	if !d.count() || !d.object(m.typ.plan, v, m, roleNone) {
		return false
	}
	if fresh && f.values&m.element.bit() == 0 {
		f.put(m, v)
	}
	return true
}

// siblings reads the "_" array of a repeating primitive.
func (d *decoder) siblings(f *frame, m *member) bool {
	if !d.enter() || !d.expect('[') {
		return false
	}
	list, i := m.slot.list(f.m), 0
	f.pair(m)
	if f.values&m.element.bit() != 0 {
		f.pair(m).values = list.Len()
	}
	for ; d.more(']', i == 0); i++ {
		if i >= list.Len() {
			grow(list, reflect.New(m.typ.typ))
		}
		n := d.pushIndex(i)
		ok := d.count()
		switch c := d.peek(); {
		case !ok:
		case c == 'n':
			_, ok = d.literal()
			p := f.pair(m)
			p.bare = mark(p.bare, i)
		case c != '{':
			ok = d.mismatch("an object with the extensions of this item, or null")
		default:
			ok = d.object(m.typ.plan, list.Index(i), m, roleNone)
		}
		if !ok {
			return false
		}
		d.expr = d.expr[:n]
	}
	d.depth--
	f.pair(m).siblings = i
	return !d.broken && (i > 0 || d.fault(codeStructure, "An array must not be empty; leave it out."))
}

// valueless marks the primitives that came with a "_" key only.
func (d *decoder) valueless(f *frame) bool {
	for left := f.sibs &^ f.values; left != 0; left &= left - 1 {
		e := f.plan.elements[bits.TrailingZeros64(left)]
		if e.repeated {
			continue
		}
		m := f.only(e)
		v := f.get(m)
		if !v.IsValid() {
			continue // at fault already
		}
		n := d.push(e.name)
		ok := d.markValueless(m.typ, v)
		if d.expr = d.expr[:n]; !ok {
			return false
		}
	}
	return true
}

// markValueless adds google/fhir's mark; a primitive must have a value or an extension (R4 ele-1).
func (d *decoder) markValueless(t *typ, v reflect.Value) bool {
	var list *[]*dpb.Extension
	if t.ext != noSlot {
		list = t.ext.list(v).Addr().Interface().(*[]*dpb.Extension)
	}
	if list == nil || len(*list) == 0 {
		return d.fault(codeInvariant, "This must have a value or an extension (ele-1).")
	}
	*list = append(*list, &dpb.Extension{
		Url:   &dpb.Uri{Value: noValue},
		Value: &dpb.Extension_ValueX{Choice: &dpb.Extension_ValueX_Boolean{Boolean: &dpb.Boolean{Value: true}}},
	})
	return true
}

// paired checks arrays of primitives against their "_" arrays.
func (d *decoder) paired(f *frame) bool {
	for i := range f.pairs {
		n := d.push(f.pairs[i].member.element.name)
		ok := d.pairedOne(f, &f.pairs[i])
		if d.expr = d.expr[:n]; !ok {
			return false
		}
	}
	return true
}

func (d *decoder) pairedOne(f *frame, p *pairing) bool {
	list, bit := p.member.slot.list(f.m), p.member.element.bit()
	if f.values&bit != 0 && p.values == 0 {
		p.values = list.Len()
	}
	if f.values&bit != 0 && f.sibs&bit != 0 && p.values != p.siblings && !d.fault(codeStructure,
		"%[1]s has %[2]d items and _%[1]s has %[3]d; fill the shorter one up with null.",
		p.member.element.name, p.values, p.siblings) {
		return false
	}
	for i := range list.Len() {
		value := i < p.values && !marked(p.nulls, i)
		extended := i < p.siblings && !marked(p.bare, i)
		if value {
			continue
		}
		n, ok := d.pushIndex(i), true
		if extended {
			ok = d.markValueless(p.member.typ, list.Index(i))
		} else {
			ok = d.fault(codeStructure, "null may stand here only where the array of _%s has extensions at the same place.",
				p.member.element.name)
		}
		if d.expr = d.expr[:n]; !ok {
			return false
		}
	}
	return true
}
