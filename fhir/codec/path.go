package codec

import (
	"reflect"
	"slices"

	"google.golang.org/protobuf/proto"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
)

// path leads from an object to elements within it: verificationStatus.coding.where(code = 'x').
type path []hop

// hop goes to an element, as far as where holds.
type hop struct {
	element *element
	members []*member // the keys it may come under: several of a value[x]
	where   condition // may be nil
}

// item is a value that a path leads to.
type item struct {
	typ *typ
	m   reflect.Value // pointer to the message; not valid if there is nothing
}

// path is a path from the object, whose own name may stand before it.
func (c *compiler) path() path {
	c.take(c.plan.name, ".")
	var out path
	for at := c.plan; ; {
		h := hop{}
		if at != nil {
			h = at.hop(c.next())
		}
		if c.ok = c.ok && h.element != nil; !c.ok {
			return nil
		}
		at = h.to()
		if c.take(".", "where", "(") {
			h.where = c.within(at)
		}
		out = append(out, h)
		if len(c.tokens) < 2 || c.tokens[0] != "." || len(c.tokens) > 2 && c.tokens[2] == "(" {
			return out
		}
		c.take(".")
	}
}

// within is a condition on the objects of a plan, and the parenthesis behind it.
func (c *compiler) within(p *plan) condition {
	if p == nil {
		c.ok = false
		return nil
	}
	inner := compiler{plan: p, root: c.root, tokens: c.tokens, ok: c.ok}
	out := inner.condition()
	inner.ok = inner.take(")") && inner.ok
	c.tokens, c.ok = inner.tokens, inner.ok
	return out
}

// hop is that to an element of a name; one without element if there is none.
func (p *plan) hop(name string) (h hop) {
	i := slices.IndexFunc(p.elements, func(e *element) bool { return e.name == name && name != "resourceType" })
	if i < 0 {
		return h
	}
	h.element = p.elements[i]
	for _, m := range p.members {
		if m.element == h.element && !m.sibling {
			h.members = append(h.members, m)
		}
	}
	return h
}

// to is the plan of the objects it leads to; nil if they aren't objects of one.
func (h hop) to() *plan {
	if len(h.members) != 1 || h.members[0].typ.kind != kindComplex {
		return nil
	}
	return h.members[0].typ.plan
}

// typ is the type of what a path leads to; nil if that may be of several.
func (p path) typ() *typ {
	if last := p[len(p)-1]; len(last.members) == 1 {
		return last.members[0].typ
	}
	return nil
}

// ends says that the path is but the name of an element.
func (p path) ends() bool { return len(p) == 1 && p[0].where == nil }

// exists says whether it leads to anything. A frame knows also of an element that is there and at fault.
func (p path) exists(f *frame) truth {
	if p.ends() {
		return truthOf(f.seen()&p[0].element.bit() != 0)
	}
	return truthOf(len(p.items(f, nil)) > 0)
}

// one is the one value that it leads to; nothing if there are none or several.
func (p path) one(f *frame) item {
	if p.ends() && len(p[0].members) == 1 && !p[0].element.repeated {
		return item{p[0].members[0].typ, f.get(p[0].members[0])}
	}
	if all := p.items(f, nil); len(all) == 1 {
		return all[0]
	}
	return item{}
}

// items appends all that it leads to.
func (p path) items(f *frame, to []item) []item {
	for _, v := range p[0].items(f) {
		if p.ends() {
			to = append(to, v)
			continue
		}
		inner := v.frame(f)
		switch {
		case p[0].where != nil && p[0].where(inner) != yes:
		case len(p) == 1:
			to = append(to, v)
		default:
			to = p[1:].items(inner, to)
		}
	}
	return to
}

func (h hop) items(f *frame) (out []item) {
	for _, m := range h.members {
		if !h.element.repeated {
			if v := f.get(m); v.IsValid() {
				out = append(out, item{m.typ, v})
			}
			continue
		}
		list := m.slot.list(f.m)
		for i := range list.Len() {
			out = append(out, item{m.typ, list.Index(i)})
		}
	}
	return out
}

// frame is an object within that of another frame, both read before: its elements are those that the message has.
func (v item) frame(within *frame) *frame {
	f := &frame{plan: v.typ.plan, m: v.m, within: within}
	for _, e := range f.plan.elements {
		if in := e.slot.get(v.m); in.IsValid() && (!e.repeated || in.Len() > 0) {
			f.values |= e.bit()
		}
	}
	return f
}

// root is the frame from which a path came here.
func (f *frame) root() *frame {
	for f.within != nil {
		f = f.within
	}
	return f
}

func (v item) equals(other item) bool {
	one, _ := v.m.Interface().(proto.Message)
	two, _ := other.m.Interface().(proto.Message)
	return proto.Equal(one, two)
}

// valued says whether a primitive is there with a value, and not for its extensions only.
func (v item) valued() bool {
	if !v.m.IsValid() || v.typ.ext == noSlot {
		return v.m.IsValid()
	}
	list := v.typ.ext.list(v.m).Interface().([]*dpb.Extension)
	return !slices.ContainsFunc(list, func(e *dpb.Extension) bool { return e.GetUrl().GetValue() == noValue })
}
