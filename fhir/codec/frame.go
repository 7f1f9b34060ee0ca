package codec

import "reflect"

// frame is one object while it is being read.
type frame struct {
	plan    *plan
	m       reflect.Value // pointer to the message
	start   int           // where it begins in the decoder's out
	via     *member       // the key it came under; nil for a resource at the top
	role    role
	values  uint64 // elements that came with a value
	sibs    uint64 // elements that came with a "_" key
	choices []chosen
	pairs   []pairing
	refType string // of a Reference: the type its reference names
	within  *frame // of an object that a constraint's path leads to: from where
}

// role tells the two objects whose members' places are noted for Body.
type role uint8

const (
	roleNone role = iota
	roleResource
	roleMeta
)

// chosen is the first member under which a value[x] came.
type chosen struct {
	element *element
	member  *member
}

// frame gives the frame of the current depth, fresh.
func (d *decoder) frame(p *plan, m reflect.Value, via *member, r role) *frame {
	for len(d.frames) <= d.depth {
		d.frames = append(d.frames, new(frame))
	}
	f := d.frames[d.depth]
	*f = frame{plan: p, m: m, start: len(d.out) - 1, via: via, role: r, choices: f.choices[:0], pairs: f.pairs[:0]}
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
			f.choices = append(f.choices, chosen{e, m})
		case first.typ != m.typ:
			return "holds more than one " + e.name + "[x]: as " + first.typ.name + " and as " + m.typ.name + "; keep one of them"
		}
	}
	if *set&e.bit() != 0 {
		return "holds the key " + m.key + " twice; keep one of them"
	}
	*set |= e.bit()
	return ""
}

// choice is the member under which a value[x] came, or nil.
func (f *frame) choice(e *element) *member {
	for _, c := range f.choices {
		if c.element == e {
			return c.member
		}
	}
	return nil
}

// only is the one member that an element came under.
func (f *frame) only(e *element) *member {
	if e.choice != nil {
		return f.choice(e)
	}
	return f.plan.members[e.name]
}

// get is the message under a member; not valid if there is none.
func (f *frame) get(m *member) reflect.Value {
	in := f.m
	if m.element.choice != nil {
		if in = m.element.slot.get(in); !in.IsValid() {
			return in
		}
	}
	return m.slot.get(in)
}

// put sets the message under a member. If the member's "_" key came first, its id and extensions are kept.
func (f *frame) put(m *member, v reflect.Value) {
	if f.sibs&m.element.bit() != 0 {
		if old := f.get(m); old.IsValid() {
			m.typ.adopt(v, old)
		}
	}
	if m.element.choice == nil {
		m.slot.set(f.m, v)
		return
	}
	c := reflect.New(m.element.choice)
	m.slot.set(c, v)
	m.element.slot.set(f.m, c)
}

// adopt copies a primitive's id and extensions from one message to another.
func (t *typ) adopt(to, from reflect.Value) {
	for _, s := range [...]slot{t.id, t.ext} {
		if s != noSlot {
			to.Elem().Field(s.index).Set(from.Elem().Field(s.index))
		}
	}
}
