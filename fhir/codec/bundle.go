package codec

import (
	"bytes"
	"reflect"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	bpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"

	"frontdesk/fhir"
)

// Bundle is a bundle as batch, transaction and import need it: each entry with a resource of its own.
type Bundle struct {
	Type    string // as "transaction"
	Entries []Entry
	named   map[string]bool // the fullUrls that Names has
}

// Names says whether text is what an entry is called in this Bundle alone: its fullUrl, if that is a urn, or if the
// entry is to be created and so gets another id. Not for use by several at once.
func (b *Bundle) Names(text string) bool {
	if b.named == nil {
		b.named = map[string]bool{}
		for _, e := range b.Entries {
			if strings.HasPrefix(e.FullURL, "urn:") || e.FullURL != "" && e.Request.Method == "POST" {
				b.named[e.FullURL] = true
			}
		}
	}
	return b.named[text]
}

// Entry is one entry of a Bundle, in its order.
type Entry struct {
	FullURL  string
	Resource *fhir.Resource // nil if the entry has none, or is at fault
	Request  Request
	Faults   *fhir.Error // what is wrong with this entry, under expressions as "Bundle.entry[6].resource.status"; nil if nothing
}

// Request is Bundle.entry.request. All but Method and URL may be "".
type Request struct {
	Method          string // GET, HEAD, POST, PUT, DELETE or PATCH
	URL             string
	IfMatch         string
	IfNoneMatch     string
	IfModifiedSince string // an instant, in UTC
	IfNoneExist     string
}

// entryState is an entry while it is being read.
type entryState struct {
	skipped         bool // too full of faults to be read to its end
	faults, lacks   []fhir.Issue
	resource        *resource
	message         reflect.Value // not valid if there is none
	start, end      int           // of the resource in out
	spans           fhir.Spans
	links, linksEnd int // the resource's links
}

// DecodeBundle reads a Bundle entry by entry. The error is about the envelope only; what is wrong with
// an entry is in its Faults, so that a batch can go on without it.
func DecodeBundle(json []byte, lim Limits) (*Bundle, error) {
	d, err := start(json, lim)
	if err != nil {
		return nil, err
	}
	defer d.release()
	d.bundle = new(Bundle)
	r, m := d.document()
	if r != nil && r.name != "Bundle" && !d.broken {
		return nil, fhir.Errorf(fhir.Invalid, "", "This must be a Bundle; found %s.", article(r.name))
	}
	if err := d.failure(); err != nil {
		return nil, err
	}
	return d.handOut(m.Interface().(*bpb.Bundle)), nil
}

// handOut makes the Bundle from what was read.
func (d *decoder) handOut(b *bpb.Bundle) *Bundle {
	out := bytes.Clone(d.out)
	d.bundle.Type = d.codeOf(b.GetType())
	d.bundle.Entries = make([]Entry, len(d.entries))
	for i := range d.entries {
		s, e, in := &d.entries[i], &d.bundle.Entries[i], b.GetEntry()[i]
		e.FullURL = in.GetFullUrl().GetValue()
		if r := in.GetRequest(); r != nil {
			e.Request = d.requestOf(r)
		}
		if len(s.faults) > 0 {
			e.Faults = &fhir.Error{Kind: fhir.Invalid, Issues: s.faults}
		} else if s.message.IsValid() {
			e.Resource = &fhir.Resource{Type: s.resource.name, ID: resourceID(s.message), JSON: out[s.start:s.end:s.end],
				Message: s.message.Interface().(proto.Message).ProtoReflect(), Spans: moved(s.spans, s.start),
				Links: d.linksOf(s.links, s.linksEnd, s.start), Lacks: lacking(s)}
		}
	}
	return d.bundle
}

// lacking are the lacks of an entry's resource, as if it had come by itself.
func lacking(s *entryState) []fhir.Issue {
	for i := range s.lacks {
		_, at, _ := strings.Cut(s.lacks[i].Expression, "].resource")
		s.lacks[i].Expression = s.resource.name + at
	}
	return s.lacks
}

func (d *decoder) requestOf(r *bpb.Bundle_Entry_Request) Request {
	out := Request{Method: d.codeOf(r.GetMethod()), URL: r.GetUrl().GetValue(), IfMatch: r.GetIfMatch().GetValue(),
		IfNoneMatch: r.GetIfNoneMatch().GetValue(), IfNoneExist: r.GetIfNoneExist().GetValue()}
	if t := r.GetIfModifiedSince(); t != nil {
		out.IfModifiedSince = time.UnixMicro(t.ValueUs).UTC().Format(time.RFC3339Nano)
	}
	return out
}

// codeOf is the code that a message of a required binding holds; "" for none.
func (d *decoder) codeOf(m proto.Message) string {
	v := reflect.ValueOf(m)
	if v.IsNil() {
		return ""
	}
	t := d.plans.types[m.ProtoReflect().Descriptor().FullName()]
	n := v.Elem().Field(t.value.index).Int()
	for code, number := range t.codes {
		if int64(number) == n {
			return code
		}
	}
	return ""
}

// moved gives spans relative to the place at which their resource begins.
func moved(s fhir.Spans, origin int) fhir.Spans {
	back := func(s *fhir.Span) {
		if *s != (fhir.Span{}) {
			s.Start, s.End = s.Start-origin, s.End-origin
		}
	}
	back(&s.Type)
	back(&s.ID)
	back(&s.Meta)
	for i := range s.MetaInner {
		back(&s.MetaInner[i])
	}
	return s
}

// bundleEntry reads one entry for DecodeBundle. One that is too full of faults is skipped, so that the next can be
// read.
func (d *decoder) bundleEntry(f *frame, m *member, i int) (reflect.Value, bool) {
	pos, out, depth, links, outer := d.pos, len(d.out), d.depth, len(d.links), d.scope
	d.entry = i
	d.entries = append(d.entries, entryState{})
	v, ok := d.item(f, m)
	d.entry = -1
	if ok || d.broken || len(d.issues) > 0 {
		return v, ok
	}
	d.full, d.inEntry, d.entries[i].skipped = false, false, true
	d.pos, d.out, d.depth, d.links, d.scope = pos, d.out[:out], depth, d.links[:links], outer
	return none, d.skip(d.lim.Depth - d.depth)
}

// entryResource reads the resource of an entry as one of its own.
func (d *decoder) entryResource() (*resource, reflect.Value, bool) {
	base, name, spans := d.base, d.baseName, d.spans
	d.inEntry, d.spans = true, fhir.Spans{}
	d.peek()
	s := entryState{start: len(d.out), links: len(d.links)}
	r, m, ok := d.resource(placeTop)
	s.resource, s.message, s.spans, s.end, s.linksEnd = r, m, d.spans, len(d.out), len(d.links)
	s.faults, s.lacks, d.lacks = d.entries[d.entry].faults, d.lacks, nil
	d.entries[d.entry] = s
	d.inEntry, d.base, d.baseName, d.spans = false, base, name, spans
	return r, m, ok
}
