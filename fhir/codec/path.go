package codec

import (
	"reflect"
	"slices"

	"google.golang.org/protobuf/proto"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir/path"
)

// hops lead from an object to elements within it: verificationStatus.coding.where(code = 'x').
type hops []hop

// hop goes to an element, as far as where holds.
type hop struct {
	element *element
	members []*member // the keys it may come under: several of a value[x]
	only    bool      // of a value[x], members are but one of those it has
	where   condition // may be nil
}

// item is a value that hops lead to.
type item struct {
	typ *typ
	m   reflect.Value // pointer to the message; not valid if there is nothing
}

// hops are those of a path from the object, whose own name may stand before it; ok is false if it has more to it.
func (c compiler) hops(n *path.Node) (out hops, ok bool) {
	switch {
	case n == nil:
		return nil, false
	case n.Calls("where", 1) && n.On != nil:
		out, ok = c.hops(n.On)
		return out, ok && c.restrict(out, n.Args[0])
	case n.Op == path.As:
		out, ok = c.hops(n.On)
		return out, ok && out[len(out)-1].as(n.Text)
	case n.Op != path.Name:
		return nil, false
	}
	at := c.plan
	if n.On != nil && !(n.On.Op == path.Name && n.On.On == nil && n.On.Text == c.plan.name) {
		if out, ok = c.hops(n.On); !ok {
			return nil, false
		}
		at = out[len(out)-1].to()
	}
	if at == nil {
		return nil, false
	}
	h := at.hop(n.Text)
	return append(out, h), h.element != nil
}

// restrict adds a condition on the objects at the end of hops; false if there can't be one.
func (c compiler) restrict(h hops, n *path.Node) bool {
	last := &h[len(h)-1]
	at := last.to()
	if at == nil || last.where != nil {
		return false
	}
	where, ok := compiler{plan: at, root: c.root}.condition(n)
	last.where = where
	return ok
}

// as leaves one type of a value[x]; false if it isn't among them.
func (h *hop) as(name string) bool {
	i := slices.IndexFunc(h.members, func(m *member) bool { return m.typ.name == name })
	if i < 0 || h.where != nil {
		return false
	}
	h.members, h.only = h.members[i:i+1], len(h.members) > 1
	return true
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

// typ is the type of what hops lead to; nil if that may be of several.
func (p hops) typ() *typ {
	if last := p[len(p)-1]; len(last.members) == 1 {
		return last.members[0].typ
	}
	return nil
}

// ends says that it is but the name of an element.
func (p hops) ends() bool { return len(p) == 1 && p[0].where == nil && !p[0].only }

// exists says whether it leads to anything. A frame knows also of an element that is there and at fault.
func (p hops) exists(f *frame) truth {
	if p.ends() {
		return truthOf(f.seen()&p[0].element.bit() != 0)
	}
	return truthOf(len(p.items(f, nil)) > 0)
}

// one is the one value that it leads to; nothing if there are none or several.
func (p hops) one(f *frame) item {
	if p.ends() && len(p[0].members) == 1 && !p[0].element.repeated {
		return item{p[0].members[0].typ, f.get(p[0].members[0])}
	}
	if all := p.items(f, nil); len(all) == 1 {
		return all[0]
	}
	return item{}
}

// items appends all that it leads to.
func (p hops) items(f *frame, to []item) []item {
	for _, v := range p[0].items(f) {
		if len(p) == 1 && p[0].where == nil {
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
