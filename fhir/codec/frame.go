package codec

import "google.golang.org/protobuf/reflect/protoreflect"

// frame is one object while it is being read.
type frame struct {
	plan    *plan
	m       protoreflect.Message
	via     *member // the key it came under; nil for a resource at the top
	role    role
	values  uint64 // elements that came with a value
	sibs    uint64 // elements that came with a "_" key
	choices []chosen
	pairs   []pairing
	ref     reference // of a Reference: what its reference says
}

// role tells the two objects whose members' places are noted for Body.
type role uint8

const (
	roleNone role = iota
	roleResource
	roleMeta
)

// chosen is the type that a value[x] came in.
type chosen struct {
	element *element
	typ     *typ
}

// frame gives the frame of the current depth, fresh.
func (d *decoder) frame(p *plan, m protoreflect.Message, via *member, r role) *frame {
	for len(d.frames) <= d.depth {
		d.frames = append(d.frames, new(frame))
	}
	f := d.frames[d.depth]
	*f = frame{plan: p, m: m, via: via, role: r, choices: f.choices[:0], pairs: f.pairs[:0]}
	return f
}

func (f *frame) seen() uint64 { return f.values | f.sibs }

func (e *element) bit() uint64 { return 1 << e.index }

// claim marks a member as read; the complaint says why it must not be.
func (f *frame) claim(m *member) (complaint string) {
	set, e := &f.values, m.element
	if m.sibling {
		set = &f.sibs
	}
	if e.choice != nil {
		first := f.choice(e)
		switch {
		case first == nil:
			f.choices = append(f.choices, chosen{e, m.typ})
		case first != m.typ:
			return "holds more than one " + e.name + "[x]: as " + first.name + " and as " + m.typ.name + "; keep one of them"
		}
	}
	if *set&e.bit() != 0 {
		return "holds the key " + m.key + " twice; keep one of them"
	}
	*set |= e.bit()
	return ""
}

// choice is the type in which a value[x] came, or nil.
func (f *frame) choice(e *element) *typ {
	for _, c := range f.choices {
		if c.element == e {
			return c.typ
		}
	}
	return nil
}

// get is the message under a member, or nil.
func (f *frame) get(m *member) protoreflect.Message {
	in := f.m
	if m.element.choice != nil {
		if !in.Has(m.element.fd) {
			return nil
		}
		in = in.Get(m.element.fd).Message()
	}
	if !in.Has(m.fd) {
		return nil
	}
	return in.Get(m.fd).Message()
}

// put sets the message under a member. If the member's "_" key came first, its id and extensions are kept.
func (f *frame) put(m *member, v protoreflect.Message) {
	if f.sibs&m.element.bit() != 0 {
		if old := f.get(m); old != nil && old != v {
			m.typ.adopt(v, old)
		}
	}
	if m.element.choice == nil {
		f.m.Set(m.fd, protoreflect.ValueOfMessage(v))
		return
	}
	c := m.element.choice.New()
	c.Set(m.fd, protoreflect.ValueOfMessage(v))
	f.m.Set(m.element.fd, protoreflect.ValueOfMessage(c))
}

// adopt copies a primitive's id and extensions from one message to another.
func (t *typ) adopt(to, from protoreflect.Message) {
	for _, fd := range [...]protoreflect.FieldDescriptor{t.id, t.ext} {
		if from.Has(fd) {
			to.Set(fd, from.Get(fd))
		}
	}
}
