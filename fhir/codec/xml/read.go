package xml

import (
	"strings"
	"sync"
	"unicode/utf8"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
)

// ToJSON is the JSON that a document of FHIR XML means: one resource of any R4 type, minified, its members in R4's
// order. It must be valid against R4's structure as far as XML can say it (names, order, cardinality of at most one,
// attributes, namespaces); what the values hold is for codec.Decode to judge, with the same limits. The error is a
// *fhir.Error of Kind Invalid, which names the element with line and column, or of Kind TooLarge.
func ToJSON(document []byte, lim codec.Limits) ([]byte, error) {
	lim = lim.WithDefaults()
	if len(document) > lim.Bytes {
		e := fhir.Errorf(fhir.TooLarge, "", "The body has %d bytes; at most %d are accepted. Send it in parts.",
			len(document), lim.Bytes)
		e.Issues[0].Code = "too-long"
		return nil, e
	}
	r := readers.Get().(*reader)
	*r = reader{text: string(document), depth: lim.Depth, out: make([]byte, 0, len(document)),
		side: r.side[:0], attrs: r.attrs[:0], bindings: r.bindings[:0], steps: r.steps[:0]}
	defer r.release()
	if !r.document() {
		return nil, r.err
	}
	return r.out, nil
}

// reader is the state of one walk over a document.
type reader struct {
	text  string
	pos   int
	out   []byte
	side  []byte // the "_" arrays of lists that are being read, one behind the other
	depth int    // how many more objects and arrays may be opened
	err   *fhir.Error

	attrs    []attribute // of the tag that was read last
	bindings []binding
	steps    []step
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// release gives a reader back, without anything of what it read.
func (r *reader) release() {
	clear(r.attrs[:cap(r.attrs)])
	clear(r.bindings[:cap(r.bindings)])
	clear(r.steps[:cap(r.steps)])
	if cap(r.side) > 1<<20 {
		r.side = nil
	}
	*r = reader{side: r.side[:0], attrs: r.attrs[:0], bindings: r.bindings[:0], steps: r.steps[:0]}
	readers.Put(r)
}

// document reads all of it: one resource, and nothing behind it.
func (r *reader) document() bool {
	r.has("\uFEFF")
	if !r.characters() || !r.declaration() {
		return false
	}
	open, ok := r.next()
	switch {
	case !ok:
		return false
	case !open:
		return r.malformed(r.pos-2, "it begins with an end tag.")
	case !r.resource():
		return false
	}
	for r.blank(); r.pos < len(r.text); r.blank() {
		if !strings.HasPrefix(r.text[r.pos:], "<!--") && !strings.HasPrefix(r.text[r.pos:], "<?") {
			return r.malformed(r.pos, "nothing may follow the resource; send one, or a Bundle.")
		}
		if !r.aside() {
			return false
		}
	}
	return true
}

// characters checks that the text has only those that XML allows.
func (r *reader) characters() bool {
	wide := false
	for i := r.pos; i < len(r.text); i++ {
		c := r.text[i]
		if c < ' ' && !isSpace(c) {
			return r.malformed(i, "the character %U can't be in XML; leave it out.", rune(c))
		}
		wide = wide || c >= utf8.RuneSelf
	}
	if !wide {
		return true
	}
	for i, c := range r.text {
		if c == utf8.RuneError && !strings.HasPrefix(r.text[i:], "\uFFFD") {
			return r.malformed(i, "the text is not UTF-8 here; send UTF-8.")
		}
		if c == 0xFFFE || c == 0xFFFF {
			return r.malformed(i, "the character %U can't be in XML; leave it out.", c)
		}
	}
	return true
}

// declaration reads <?xml version="1.0" encoding="UTF-8"?>, which may be there.
func (r *reader) declaration() bool {
	at := r.pos
	if len(r.text) < at+6 || r.text[at:at+5] != "<?xml" || !isSpace(r.text[at+5]) {
		return true
	}
	end := strings.Index(r.text[at:], "?>")
	if end < 0 {
		return r.cut()
	}
	inner := reader{text: r.text[:at+end] + "/>", pos: at + 5, steps: r.steps}
	if _, ok := inner.attributes(); !ok || inner.pos != at+end+2 {
		return r.malformed(at, "the XML declaration should be <?xml version=\"1.0\" encoding=\"UTF-8\"?>.")
	}
	r.pos = at + end + 2
	for _, a := range inner.attrs {
		switch {
		case a.name.String() == "version" && a.raw == "1.0":
		case a.name.String() == "encoding" && (strings.EqualFold(a.raw, "utf-8") || strings.EqualFold(a.raw, "us-ascii")):
		case a.name.String() == "standalone" && (a.raw == "yes" || a.raw == "no"):
		default:
			return r.fault(a.at, "%s=%s isn't accepted; send XML 1.0 in UTF-8.", a.name, echo(a.raw))
		}
	}
	return true
}

// resource reads an element that is a resource. Its "<" is next.
func (r *reader) resource() bool {
	at := r.pos
	t, ok := r.open()
	if !ok {
		return false
	}
	shape := shapes()[t.local]
	switch {
	case t.space != fhirSpace:
		return r.wrongSpace(t)
	case shape == nil:
		return r.fault(at, "%s is not a resource type of R4; types are spelled as <Patient>, <AllergyIntolerance>.",
			echo(t.local))
	}
	if len(r.steps) == 0 {
		r.steps = append(r.steps, step{t.local, -1})
	}
	for _, a := range r.attrs {
		if !r.harmless(a) {
			return r.unknown(a, shape.name)
		}
	}
	if !r.enter() {
		return false
	}
	r.out = append(append(append(r.out, `{"resourceType":"`...), t.local...), '"')
	ok = r.content(t, shape)
	r.depth++
	r.out = append(r.out, '}')
	return ok
}

// enter goes one level of JSON down. The caller counts it back.
func (r *reader) enter() bool {
	if r.depth--; r.depth < 0 {
		return r.fault(r.pos, "elements are nested deeper than is accepted here; no R4 resource needs this.")
	}
	return true
}

// harmless says that an attribute is of XML's own and means nothing to FHIR: the declarations of namespaces, and
// where a schema is.
func (r *reader) harmless(a attribute) bool {
	if a.name.prefix == "xmlns" || a.name == (name{"", "xmlns"}) {
		return true
	}
	space, _ := r.spaceOf(a.name.prefix)
	return a.name.prefix != "" && space == schemaSpace && a.name.local == "schemaLocation"
}

func (r *reader) unknown(a attribute, of string) bool {
	return r.fault(a.at, "the attribute %s is not one that %s has.", a.name, of)
}

func (r *reader) wrongSpace(t tag) bool {
	if t.space == "" {
		return r.fault(t.at, "<%s> is in no namespace; declare FHIR's on the resource: xmlns=%q.", t.name, fhirSpace)
	}
	return r.fault(t.at, "<%s> is in the namespace %s; elements of FHIR are in %s.", t.name, echo(t.space), fhirSpace)
}
