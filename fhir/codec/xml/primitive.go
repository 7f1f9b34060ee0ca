package xml

import (
	"strings"
)

// primitiveAttributes are the value and the id of a primitive; their text is "" for what it doesn't have.
func (r *reader) primitiveAttributes(t tag) (value, id attribute, ok bool) {
	for _, a := range r.attrs {
		switch {
		case a.name == (name{"", "value"}):
			value = a
		case a.name == (name{"", "id"}):
			id = a
		case !r.harmless(a):
			return value, id, r.unknown(a, "<"+t.local+">")
		default:
			continue
		}
		if a.raw == "" {
			return value, id, r.emptyAttribute(a)
		}
	}
	if value.raw == "" && id.raw == "" && t.empty {
		return value, id, r.valueless(t)
	}
	return value, id, true
}

func (r *reader) emptyAttribute(a attribute) bool {
	return r.fault(a.at, "the attribute %s is empty; leave it out.", a.name)
}

// value writes a primitive's value as JSON has it.
func (r *reader) value(p *part, a attribute) bool {
	if p.form == asText {
		r.quoteAttribute(a.raw)
		return true
	}
	v := unescape(a.raw)
	switch {
	case p.form == asBoolean && v != "true" && v != "false":
		return r.fault(a.at, "%s is not true or false.", echo(v))
	case p.form == asNumber && !isNumber(v):
		return r.fault(a.at, "%s is not a number as FHIR writes them: digits without zeros before, "+
			"a sign only if it's a minus, a point between digits.", echo(v))
	}
	r.out = append(r.out, v...)
	return true
}

// isNumber says whether a text is a number of JSON, which R4's regular expression for decimals is too.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || s[0] == '0' && whole > 1 {
		return false
	}
	s = s[whole:]
	if rest, ok := strings.CutPrefix(s, "."); ok {
		n := digits(rest)
		if n == 0 {
			return false
		}
		s = rest[n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		if n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func digits(s string) int {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// listing is a list that is being read.
type listing struct {
	items  int
	start  int  // where its member begins in out
	side   int  // where its "_" array begins in side
	values bool // an item has a value
	extras bool // an item has an id or extensions
}

func (r *reader) beginList(p *part) (listing, bool) {
	r.comma()
	l := listing{start: len(r.out), side: len(r.side)}
	r.key(p.key)
	r.out = append(r.out, '[')
	return l, r.enter()
}

// item reads an element of a list.
func (r *reader) item(t tag, p *part, l *listing) bool {
	if l.items > 0 {
		r.out = append(r.out, ',')
	}
	l.items++
	switch p.form {
	case asObject, asResource, asXHTML:
		l.values = true
		return r.nested(t, p)
	}
	value, id, ok := r.primitiveAttributes(t)
	if !ok {
		return false
	}
	if value.raw != "" {
		l.values = true
		if !r.value(p, value) {
			return false
		}
	} else {
		r.out = append(r.out, "null"...)
	}
	if t.empty && id.raw == "" {
		r.side = append(r.side, "null,"...)
		return r.close(t)
	}
	// What else it has is read onto out, as everything is, and moved aside: it's for the "_" array.
	start := len(r.out)
	if !r.extended(t, p, id) {
		return false
	}
	extra := r.out[start:]
	switch {
	case len(extra) > 2:
		l.extras = true
		r.side = append(append(r.side, extra...), ',')
	case value.raw == "":
		return r.valueless(t)
	default:
		r.side = append(r.side, "null,"...)
	}
	r.out = r.out[:start]
	return true
}

// endList closes a list, and writes the "_" array beside it if an item has more than a value (R4 json, 2.6.2.3).
func (r *reader) endList(p *part, l *listing) {
	r.depth++
	r.out = append(r.out, ']')
	if l.extras {
		if l.values {
			r.out = append(r.out, ',')
		} else {
			r.out = r.out[:l.start]
		}
		r.out = append(append(append(r.out, `"_`...), p.key...), `":[`...)
		r.out = append(r.out, r.side[l.side:len(r.side)-1]...)
		r.out = append(r.out, ']')
	}
	r.side = r.side[:l.side]
}
