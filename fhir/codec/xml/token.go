package xml

import (
	"strings"
	"unicode/utf8"
)

// The namespaces that may stand in a resource.
const (
	fhirSpace   = "http://hl7.org/fhir"
	xhtmlSpace  = "http://www.w3.org/1999/xhtml"
	schemaSpace = "http://www.w3.org/2001/XMLSchema-instance"
	xmlSpace    = "http://www.w3.org/XML/1998/namespace"
)

// maxAttributes bounds one tag: comparing each with each must stay cheap. FHIR's elements have three at most.
const maxAttributes = 50

// name is a name with the prefix that stands for its namespace.
type name struct{ prefix, local string }

func (n name) String() string {
	if n.prefix == "" {
		return n.local
	}
	return n.prefix + ":" + n.local
}

// attribute is one attribute as it stands there: its value isn't unescaped yet.
type attribute struct {
	name name
	raw  string
	at   int
}

// tag is a start tag.
type tag struct {
	name
	space string // its namespace
	at    int    // where its < is
	empty bool   // <like this/>
	bound int    // how many prefixes were bound before it
}

// binding is a prefix and the namespace it stands for; "" is the default.
type binding struct{ prefix, space string }

// blank skips white space.
func (r *reader) blank() {
	for r.pos < len(r.text) && isSpace(r.text[r.pos]) {
		r.pos++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// has consumes a text if it stands here.
func (r *reader) has(s string) bool {
	if !strings.HasPrefix(r.text[r.pos:], s) {
		return false
	}
	r.pos += len(s)
	return true
}

// next goes to the next tag, over white space, comments and processing instructions. open is false for an end tag,
// whose "</" it consumes; both are at "<" otherwise.
func (r *reader) next() (open, ok bool) {
	for {
		r.blank()
		switch {
		case r.pos >= len(r.text):
			return false, r.cut()
		case r.text[r.pos] != '<':
			return false, r.fault(r.pos, "text can't stand here: in FHIR a value is in the attribute value, "+
				"as <status value=\"final\"/>.")
		case r.has("</"):
			return false, true
		case strings.HasPrefix(r.text[r.pos:], "<!"), strings.HasPrefix(r.text[r.pos:], "<?"):
			if !r.aside() {
				return false, false
			}
		default:
			return true, true
		}
	}
}

// aside skips a comment or a processing instruction, and refuses whatever else begins with <! or <?.
func (r *reader) aside() bool {
	at := r.pos
	switch {
	case r.has("<!--"):
		i := strings.Index(r.text[r.pos:], "--")
		if i < 0 {
			return r.cut()
		}
		if r.pos += i; !r.has("-->") {
			return r.malformed(r.pos, "a comment can't hold \"--\".")
		}
		return true
	case r.has("<?"):
		i := strings.Index(r.text[r.pos:], "?>")
		if i < 0 {
			return r.cut()
		}
		target := r.qname()
		if target.local == "" || strings.EqualFold(target.local, "xml") {
			return r.malformed(at, "<?xml …?> can only be the very first of a document.")
		}
		r.pos += strings.Index(r.text[r.pos:], "?>") + 2
		return true
	case r.has("<!DOCTYPE"):
		return r.fault(at, "document type declarations aren't accepted, nor the entities they could declare; leave it out.")
	}
	return r.fault(at, "this can't stand here; send elements with attributes only.")
}

// open reads a start tag, leaves its attributes in r.attrs until the next, and binds the prefixes it declares. close
// unbinds them.
func (r *reader) open() (t tag, ok bool) {
	t = tag{at: r.pos, bound: len(r.bindings)}
	r.pos++
	if t.name = r.qname(); t.local == "" {
		return t, r.malformed(r.pos, "an element's name should follow \"<\"; write a < in a value as &lt;.")
	}
	if t.empty, ok = r.attributes(); !ok {
		return t, false
	}
	for _, a := range r.attrs {
		switch {
		case a.name.prefix == "xmlns":
			r.bindings = append(r.bindings, binding{a.name.local, unescape(a.raw)})
		case a.name.prefix == "" && a.name.local == "xmlns":
			r.bindings = append(r.bindings, binding{"", unescape(a.raw)})
		}
	}
	if len(r.bindings) > maxBindings {
		return t, r.fault(t.at, "more than %d namespaces are declared here; FHIR needs two.", maxBindings)
	}
	t.space, ok = r.spaceOf(t.prefix)
	if !ok {
		return t, r.malformed(t.at, "the prefix %s isn't declared.", echo(t.prefix))
	}
	return t, true
}

// maxBindings bounds the search for a prefix.
const maxBindings = 100

// spaceOf is the namespace that a prefix stands for.
func (r *reader) spaceOf(prefix string) (string, bool) {
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == prefix {
			return r.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return xmlSpace, true
	}
	return "", prefix == ""
}

// attributes reads those of a start tag, and its end: empty if that is "/>".
func (r *reader) attributes() (empty, ok bool) {
	r.attrs = r.attrs[:0]
	for {
		before := r.pos
		r.blank()
		switch {
		case r.pos >= len(r.text):
			return false, r.cut()
		case r.has(">"):
			return false, true
		case r.has("/>"):
			return true, true
		case r.pos == before:
			return false, r.malformed(r.pos, "white space should stand before an attribute, or a tag end here.")
		case !r.attribute():
			return false, false
		}
	}
}

// close ends an element: it reads the rest of its end tag, of which "</" is consumed, if it has one.
func (r *reader) close(t tag) bool {
	if t.empty {
		r.bindings = r.bindings[:t.bound]
		return true
	}
	at := r.pos
	if n := r.qname(); n != t.name {
		return r.malformed(at-2, "</%s> ends an element that isn't open; </%s> should come first.", n, t.name)
	}
	r.blank()
	if !r.has(">") {
		return r.malformed(r.pos, "the end tag should end with \">\".")
	}
	r.bindings = r.bindings[:t.bound]
	return true
}

// attribute reads one attribute onto r.attrs.
func (r *reader) attribute() bool {
	a := attribute{at: r.pos}
	if a.name = r.qname(); a.name.local == "" {
		return r.malformed(r.pos, "an attribute's name, \">\" or \"/>\" should stand here.")
	}
	for _, other := range r.attrs {
		if other.name == a.name {
			return r.malformed(a.at, "the attribute %s stands twice on one element.", a.name)
		}
	}
	if len(r.attrs) >= maxAttributes {
		return r.fault(a.at, "an element here can have no more than %d attributes.", maxAttributes)
	}
	r.blank()
	if !r.has("=") {
		return r.malformed(r.pos, "\"=\" should follow the attribute %s.", a.name)
	}
	r.blank()
	if r.pos >= len(r.text) || r.text[r.pos] != '"' && r.text[r.pos] != '\'' {
		return r.malformed(r.pos, "the value of the attribute %s should be in quotes.", a.name)
	}
	quote := r.text[r.pos]
	r.pos++
	end := strings.IndexByte(r.text[r.pos:], quote)
	if end < 0 {
		return r.cut()
	}
	a.raw = r.text[r.pos : r.pos+end]
	if !r.checkEscapes(r.pos, a.raw) {
		return false
	}
	r.pos += end + 1
	r.attrs = append(r.attrs, a)
	return true
}

// qname reads a name with its prefix. local is "" if there is none.
func (r *reader) qname() (n name) {
	start := r.pos
	colon := -1
	for r.pos < len(r.text) && nameByte[r.text[r.pos]] {
		if r.text[r.pos] == ':' && colon < 0 {
			colon = r.pos
		}
		r.pos++
	}
	if start == r.pos || !startByte(r.text[start]) {
		r.pos = start
		return n
	}
	if colon < 0 {
		return name{"", r.text[start:r.pos]}
	}
	return name{r.text[start:colon], r.text[colon+1 : r.pos]}
}

// nameByte are the bytes of names. Beyond ASCII all letters count as such: no name of FHIR or XHTML has any, so such
// a name is refused later.
var nameByte = func() (set [256]bool) {
	for c := range 256 {
		set[c] = c >= utf8.RuneSelf || c == ':' || c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' ||
			c|0x20 >= 'a' && c|0x20 <= 'z'
	}
	return set
}()

func startByte(c byte) bool { return c != '-' && c != '.' && (c < '0' || c > '9') }
