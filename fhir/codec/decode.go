package codec

import (
	"bytes"
	"reflect"
	"sync"

	"google.golang.org/protobuf/proto"

	"frontdesk/fhir"
)

// Decode reads one resource of any R4 type, a Bundle included. The error is a *fhir.Error of Kind Invalid that lists
// every fault with its expression, or of Kind TooLarge if the JSON is over one of the limits. Bytes before the
// opening brace other than white space, a byte order mark among them, are refused (RFC 8259, 8.1).
func Decode(json []byte, lim Limits) (*fhir.Resource, error) {
	d, err := start(json, lim)
	if err != nil {
		return nil, err
	}
	defer d.release()
	r, m := d.document()
	if err := d.failure(); err != nil {
		return nil, err
	}
	out := bytes.Clone(d.out)
	return &fhir.Resource{Type: r.name, ID: resourceID(m), JSON: out, Message: m.Interface().(proto.Message).ProtoReflect(), Spans: d.spans,
		Links: d.linksOf(0, len(d.links), 0), Lacks: d.lacks}, nil
}

// decoder is the state of one walk.
type decoder struct {
	scanner
	lim    Limits
	plans  *plans
	expr   []byte // the current element's FHIRPath
	depth  int
	values int
	steps  int      // left for what is asked of the document
	frames []*frame // one for each depth, used again and again
	scope  scope
	spans  fhir.Spans

	links    []link
	linkText []byte // the links' expressions, one behind the other
	base     int    // how much of expr stands before the resource that links are relative to
	baseName string // that resource's type

	issues []fhir.Issue
	lacks  []fhir.Issue // what Limits.Lacking lets pass, of the resource that is being read
	total  int          // faults so far, in all entries
	full   bool         // one list is full, and decoding of what it is about ends

	bundle  *Bundle // what DecodeBundle fills; nil in Decode
	entries []entryState
	entry   int  // the entry of bundle that is being read; -1 outside
	inEntry bool // within the resource of that entry
}

// pool keeps decoders, whose buffers are most of what decoding would allocate.
var pool = sync.Pool{New: func() any { return new(decoder) }}

// maxKept is the largest buffer that a decoder takes back into the pool.
const maxKept = 1 << 20

func start(json []byte, lim Limits) (*decoder, error) {
	lim = lim.WithDefaults()
	if len(json) > lim.Bytes {
		e := fhir.Errorf(fhir.TooLarge, "", "The body has %d bytes; at most %d are accepted. Send it in parts.", len(json), lim.Bytes)
		e.Issues[0].Code = codeTooLong
		return nil, e
	}
	d := pool.Get().(*decoder)
	if cap(d.out) < len(json) {
		d.out = make([]byte, 0, len(json))
	}
	*d = decoder{lim: lim, plans: r4(), entry: -1, steps: freeSteps + byteSteps*len(json), frames: d.frames, links: d.links[:0], linkText: d.linkText[:0],
		expr: d.expr[:0], scanner: scanner{text: string(json), out: d.out[:0]}}
	return d, nil
}

// release gives the decoder back, without anything of what it read.
func (d *decoder) release() {
	if cap(d.out) > maxKept {
		d.out = nil
	}
	if cap(d.links) > maxKept/64 {
		d.links, d.linkText = nil, nil
	}
	d.text, d.bundle, d.entries, d.issues, d.lacks, d.scope = "", nil, nil, nil, nil, scope{}
	for _, f := range d.frames {
		*f = frame{choices: f.choices[:0], pairs: f.pairs[:0]}
	}
	pool.Put(d)
}

// document reads the whole text: one resource, and nothing behind it.
func (d *decoder) document() (*resource, reflect.Value) {
	if len(d.text) >= 3 && d.text[:3] == "\uFEFF" {
		d.fail(0, "found a byte order mark; send UTF-8 without one")
		return nil, none
	}
	r, m, ok := d.resource(placeTop)
	if ok && d.peek() != 0 || ok && d.pos < len(d.text) {
		d.fail(d.pos, "found more text behind the end of the resource; send one resource and nothing else")
	}
	return r, m
}

// failure is what is wrong with the document as a whole, or nil.
func (d *decoder) failure() error {
	switch {
	case d.excess != nil:
		return d.excess
	case d.broken:
		e := d.syntax()
		e.Issues = append(d.issues, e.Issues...)
		return e
	case len(d.issues) > 0:
		return &fhir.Error{Kind: fhir.Invalid, Issues: d.issues}
	}
	return nil
}

// resourceID is the id of a resource's message, or "".
func resourceID(m reflect.Value) string {
	id, _ := m.Interface().(interface{ GetId() *idMessage })
	if id == nil {
		return ""
	}
	return id.GetId().GetValue()
}

// count counts one value against the limit.
func (d *decoder) count() bool {
	if d.values++; d.values > d.lim.Values {
		return d.exceed("The body holds more than %d values; send it in parts.", d.lim.Values)
	}
	return true
}

// enter goes one level down. The caller counts the level back.
func (d *decoder) enter() bool {
	if d.depth++; d.depth > d.lim.Depth {
		return d.fail(d.pos, tooDeep)
	}
	return true
}
