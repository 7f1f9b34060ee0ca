package xml

import ()

// content reads the children of an element up to its end, as members of the JSON object that out is within.
func (r *reader) content(t tag, s *shape) bool {
	if t.empty {
		return r.close(t)
	}
	var last, list *part // the element that came last; the one that is open as a list
	l := listing{}
	open, ok := r.next()
	for ; ok && open; open, ok = r.next() {
		child, isOpen := r.open()
		if !isOpen {
			return false
		}
		p := s.parts[child.local]
		if !r.fits(child, s, p, last) {
			return false
		}
		if p != list {
			if list != nil {
				r.endList(list, &l)
				list = nil
			}
		}
		last = p
		switch {
		case !p.repeated:
			r.steps = append(r.steps, step{p.key, -1})
			ok = r.single(child, p)
		default:
			if list == nil {
				list = p
				if l, ok = r.beginList(p); !ok {
					return false
				}
			}
			r.steps = append(r.steps, step{p.key, l.items})
			ok = r.item(child, p, &l)
		}
		if !ok {
			return false
		}
		r.steps = r.steps[:len(r.steps)-1]
	}
	if !ok {
		return false
	}
	if list != nil {
		r.endList(list, &l)
	}
	return r.close(t)
}

// fits says whether an element may stand here: p, of a type, behind last.
func (r *reader) fits(child tag, s *shape, p, last *part) bool {
	want := fhirSpace
	if p != nil && p.form == asXHTML {
		want = xhtmlSpace
	}
	switch {
	case child.space != want:
		if p != nil && want == xhtmlSpace {
			return r.fault(child.at, "the narrative's <div> must be in XHTML's namespace: <div xmlns=%q>.", xhtmlSpace)
		}
		return r.wrongSpace(child)
	case p == nil || p.key == attributeOf(s) || p.key == "id" && !s.resource:
		return r.fault(child.at, "%s is not an element of %s%s", echo(child.local), s.name, r.didYouMean(child.local, s))
	case last == nil || p.place > last.place || p == last && p.repeated:
	case p.place < last.place:
		return r.fault(child.at, "<%s> comes too late: in XML the elements of %s have R4's order, "+
			"in which it stands before <%s>.", child.local, s.name, last.key)
	default:
		return r.fault(child.at, "<%s> can't follow <%s>: %s has it once.", child.local, last.key, s.name)
	}
	return true
}

// attributeOf is the member of a type that XML has as an attribute besides id: Extension.url (R4 xml, 2.6.1.2).
func attributeOf(s *shape) string {
	if s.name == "Extension" {
		return "url"
	}
	return ""
}

// key writes a member's name.
func (r *reader) key(k string) {
	r.out = append(append(append(r.out, '"'), k...), '"', ':')
}

// comma separates a member from the one before.
func (r *reader) comma() {
	if r.out[len(r.out)-1] != '{' {
		r.out = append(r.out, ',')
	}
}

// single reads an element that can't be repeated, as one member or, of a primitive, two.
func (r *reader) single(t tag, p *part) bool {
	r.comma()
	switch p.form {
	case asObject, asResource, asXHTML:
		r.key(p.key)
		return r.nested(t, p)
	}
	value, id, ok := r.primitiveAttributes(t)
	if !ok {
		return false
	}
	if value.raw != "" {
		r.key(p.key)
		if !r.value(p, value) {
			return false
		}
		if t.empty && id.raw == "" {
			return r.close(t)
		}
		r.out = append(r.out, ',')
	}
	r.out = append(append(append(r.out, `"_`...), p.key...), `":`...)
	start := len(r.out)
	if !r.extended(t, p, id) {
		return false
	}
	if len(r.out) == start+2 { // "{}": there was nothing but white space in it
		if value.raw == "" {
			return r.valueless(t)
		}
		r.out = r.out[:start-len(p.key)-5]
	}
	return true
}

func (r *reader) valueless(t tag) bool {
	return r.fault(t.at, "<%s> has neither a value nor an extension (ele-1); leave it out.", t.local)
}

// nested reads what an element holds that is not a primitive.
func (r *reader) nested(t tag, p *part) bool {
	switch p.form {
	case asXHTML:
		return r.narrative(t)
	case asResource:
		return r.wrapped(t, p)
	}
	var id, url attribute
	for _, a := range r.attrs {
		switch {
		case a.name == (name{"", "id"}):
			id = a
		case a.name.prefix == "" && a.name.local == attributeOf(p.shape):
			url = a
		case !r.harmless(a):
			return r.unknown(a, p.shape.name)
		default:
			continue
		}
		if a.raw == "" {
			return r.emptyAttribute(a)
		}
	}
	start := len(r.out)
	if !r.enter() || !r.object(t, p.shape, id, url) {
		return false
	}
	r.depth++
	if len(r.out) == start+2 {
		return r.valueless(t)
	}
	return true
}

// object reads the children of an element, and its attributes id and url if they have a text, as a JSON object.
func (r *reader) object(t tag, s *shape, id, url attribute) bool {
	r.out = append(r.out, '{')
	for _, a := range [...]attribute{id, url} {
		if a.raw != "" {
			r.comma()
			r.key(a.name.local)
			r.quoteAttribute(a.raw)
		}
	}
	ok := r.content(t, s)
	r.out = append(r.out, '}')
	return ok
}

// extended reads the id and the extensions of a primitive, as a JSON object.
func (r *reader) extended(t tag, p *part, id attribute) bool {
	if !r.enter() || !r.object(t, p.shape, id, attribute{}) {
		return false
	}
	r.depth++
	return true
}

// wrapped reads the one resource within an element such as contained.
func (r *reader) wrapped(t tag, p *part) bool {
	for _, a := range r.attrs {
		if !r.harmless(a) {
			return r.unknown(a, "<"+p.key+">")
		}
	}
	if t.empty {
		return r.fault(t.at, "<%s> is empty; it should hold one resource.", t.local)
	}
	open, ok := r.next()
	if !ok {
		return false
	}
	if !open {
		return r.fault(t.at, "<%s> is empty; it should hold one resource.", t.local)
	}
	if !r.resource() {
		return false
	}
	if open, ok = r.next(); ok && open {
		return r.fault(r.pos, "<%s> holds a second resource; it can hold one. Repeat the element around each.", t.local)
	}
	return ok && r.close(t)
}
