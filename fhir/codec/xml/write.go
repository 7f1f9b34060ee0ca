package xml

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"frontdesk/fhir"
)

// declaration is what every document begins with.
const declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// AppendXML appends a resource's JSON as a document of FHIR XML. The JSON must be a resource as codec.Decode accepts
// it, or what is left of one after redaction: nothing is checked but that every member is an element of R4. The error
// is a fhir.Fault, for what is answered is ours. A character that XML can't hold (U+FFFE, say) becomes the
// replacement character.
func AppendXML(out, json []byte, pretty bool) ([]byte, error) {
	w := writers.Get().(*writer)
	defer w.release()
	w.out, w.pretty = out, pretty
	err := w.tape.read(json)
	if err == nil {
		w.out = append(w.out, declaration...)
		err = w.resource(0, true)
	}
	if err != nil {
		return nil, fhir.Fault("XML of a resource", err)
	}
	if pretty {
		w.out = append(w.out, '\n')
	}
	return w.out, nil
}

// writer is the state of one walk over a tape.
type writer struct {
	tape    tape
	out     []byte
	members []pair // of the objects that are being written, the innermost last
	pretty  bool
	level   int
	pending bool // the start tag that was written last has no ">" yet
}

var writers = sync.Pool{New: func() any { return new(writer) }}

func (w *writer) release() {
	w.out, w.tape.text, w.level, w.pending = nil, nil, 0, false
	clear(w.members[:cap(w.members)])
	w.members = w.members[:0]
	if cap(w.tape.nodes) > 1<<15 {
		w.tape.nodes = nil
	}
	writers.Put(w)
}

// pair is an element with the nodes of its two members, -1 for one that isn't there.
type pair struct {
	part         *part
	value, extra int
}

var errNotFHIR = errors.New("the JSON is not a resource of R4")

// resource writes the resource at a node. The outermost declares the namespace.
func (w *writer) resource(at int, outermost bool) error {
	name, err := w.typeOf(at)
	if err != nil {
		return err
	}
	shape := shapes()[name]
	if shape == nil {
		return fmt.Errorf("%w: there is no type %q", errNotFHIR, name)
	}
	w.begin(shape.name)
	if outermost {
		w.attribute("xmlns", []byte(fhirSpace))
	}
	if err := w.object(at, shape); err != nil {
		return err
	}
	w.end(shape.name)
	return nil
}

// typeOf is what the object at a node says it is.
func (w *writer) typeOf(at int) (string, error) {
	for i := at + 1; w.tape.nodes[at].kind == '{' && i < w.tape.nodes[at].next; i = w.tape.nodes[i+1].next {
		if string(w.tape.raw(i)) == `"resourceType"` && w.tape.nodes[i+1].kind == '"' {
			return string(w.tape.string(i + 1)), nil
		}
	}
	return "", fmt.Errorf("%w: an object should have a resourceType", errNotFHIR)
}

// object writes what the object at a node holds, as attributes of the start tag that is pending and elements within it.
func (w *writer) object(at int, s *shape) error {
	first := len(w.members)
	if err := w.gather(at, s); err != nil {
		return err
	}
	last := len(w.members)
	for i := first; i < last; i++ {
		m := w.members[i]
		if m.value >= 0 && (m.part.key == "id" && !s.resource || m.part.key == attributeOf(s)) {
			w.attribute(m.part.key, w.tape.string(m.value))
			continue
		}
		if err := w.element(m); err != nil {
			return err
		}
	}
	w.members = w.members[:first]
	return nil
}

// gather puts the members of an object onto w.members, in R4's order, attributes before all else.
func (w *writer) gather(at int, s *shape) error {
	if w.tape.nodes[at].kind != '{' {
		return fmt.Errorf("%w: %s should be an object", errNotFHIR, s.name)
	}
	first := len(w.members)
	for i := at + 1; i < w.tape.nodes[at].next; i = w.tape.nodes[i+1].next {
		key := w.tape.string(i)
		sibling := len(key) > 0 && key[0] == '_'
		if sibling {
			key = key[1:]
		}
		p := s.parts[string(key)]
		if p == nil {
			if s.resource && string(key) == "resourceType" {
				continue
			}
			return fmt.Errorf("%w: %s has no %q", errNotFHIR, s.name, key)
		}
		m := pair{p, i + 1, -1}
		if sibling {
			m = pair{p, -1, i + 1}
		}
		w.insert(first, m, attributeOf(s))
	}
	return nil
}

// insert puts a member among those from first on. Mostly that's the end: what is stored came in R4's order, more
// often than not.
func (w *writer) insert(first int, m pair, attribute string) {
	place := func(p *part) int {
		if p.key == attribute {
			return 1 // behind id, before the first element
		}
		return p.place
	}
	i := len(w.members)
	for i > first && place(w.members[i-1].part) > place(m.part) {
		i--
	}
	if i > first && w.members[i-1].part == m.part {
		old := &w.members[i-1]
		old.value, old.extra = max(old.value, m.value), max(old.extra, m.extra)
		return
	}
	w.members = append(w.members, pair{})
	copy(w.members[i+1:], w.members[i:])
	w.members[i] = m
}

// element writes a member, or the two of a primitive.
func (w *writer) element(m pair) error {
	if !m.part.repeated {
		return w.one(m)
	}
	values, err := w.items(m.value)
	if err != nil {
		return err
	}
	extras, err := w.items(m.extra)
	if err != nil {
		return err
	}
	for values.more() || extras.more() {
		if err := w.one(pair{m.part, values.next(w), extras.next(w)}); err != nil {
			return err
		}
	}
	return nil
}

// items are the nodes of an array, still to come.
type items struct{ at, end int }

func (w *writer) items(array int) (items, error) {
	if array < 0 {
		return items{}, nil
	}
	if w.tape.nodes[array].kind != '[' {
		return items{}, fmt.Errorf("%w: a list should be an array", errNotFHIR)
	}
	return items{array + 1, w.tape.nodes[array].next}, nil
}

func (i *items) more() bool { return i.at < i.end }

// next is the next node; -1 for null, and behind the end.
func (i *items) next(w *writer) int {
	if !i.more() {
		return -1
	}
	at := i.at
	i.at = w.tape.nodes[at].next
	if w.tape.nodes[at].kind == 'n' {
		return -1
	}
	return at
}

// one writes one element.
func (w *writer) one(m pair) error {
	p := m.part
	if p.form == asXHTML {
		return w.narrative(m.value)
	}
	if m.value < 0 && p.form >= asObject {
		return fmt.Errorf("%w: %s should be an object", errNotFHIR, p.key)
	}
	w.begin(p.key)
	switch {
	case p.form == asResource:
		if err := w.resource(m.value, false); err != nil {
			return err
		}
	case p.form == asObject:
		if err := w.object(m.value, p.shape); err != nil {
			return err
		}
	default:
		if err := w.primitive(m); err != nil {
			return err
		}
	}
	w.end(p.key)
	return nil
}

func (w *writer) primitive(m pair) error {
	if m.value >= 0 {
		switch w.tape.nodes[m.value].kind {
		case '"':
			w.attribute("value", w.tape.string(m.value))
		case '0', 't', 'f':
			w.attribute("value", w.tape.raw(m.value))
		default:
			return fmt.Errorf("%w: %s should be a primitive", errNotFHIR, m.part.key)
		}
	}
	if m.extra < 0 {
		return nil
	}
	return w.object(m.extra, m.part.shape)
}

// begin writes a start tag without its ">": attributes may follow.
func (w *writer) begin(name string) {
	w.closeTag()
	w.line()
	w.level++
	w.out = append(append(w.out, '<'), name...)
	w.pending = true
}

func (w *writer) closeTag() {
	if w.pending {
		w.out = append(w.out, '>')
		w.pending = false
	}
}

// end ends the element that was begun last.
func (w *writer) end(name string) {
	w.level--
	if w.pending {
		w.out = append(w.out, "/>"...)
		w.pending = false
		return
	}
	w.line()
	w.out = append(append(append(w.out, "</"...), name...), '>')
}

func (w *writer) line() {
	if w.pretty {
		w.out = append(w.out, '\n')
		w.out = append(w.out, bytes.Repeat([]byte("  "), w.level)...)
	}
}

// attribute writes an attribute of the tag that is pending.
func (w *writer) attribute(name string, value []byte) {
	w.out = append(append(append(w.out, ' '), name...), '=', '"')
	w.out = appendEscaped(w.out, value)
	w.out = append(w.out, '"')
}
