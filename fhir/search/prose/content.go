package prose

import (
	"sync"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	bundle "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// Narrative is the words of a narrative, "" if it has none.
func Narrative(n *dt.Narrative) string { return Words(unmarked(n.GetDiv().GetValue())) }

// Content is the words of all that is written in a resource: those of its narrative first, then, each behind a Break,
// those of every string and markdown in it, in extensions and contained resources too: names, displays, notes,
// addresses, identifiers. Codes, URIs, references, dates and numbers aren't words; there are other parameters for them.
func Content(m protoreflect.Message) string {
	var w writer
	var own protoreflect.FieldDescriptor
	if r, ok := m.Interface().(interface{ GetText() *dt.Narrative }); ok {
		own = m.Descriptor().Fields().ByName("text")
		w.walk(r.GetText().ProtoReflect())
	}
	w.elements(m, own)
	return w.String()
}

// walk adds what is in an element.
func (w *writer) walk(m protoreflect.Message) {
	switch v := m.Interface().(type) {
	case *dt.String:
		w.add(v.GetValue())
	case *dt.Markdown:
		w.add(v.GetValue())
	case *dt.Xhtml:
		w.add(unmarked(v.GetValue()))
	case *anypb.Any:
		w.contained(v)
		return
	}
	w.elements(m, nil)
}

// add adds a text of its own.
func (w *writer) add(s string) {
	w.apart = true
	w.words(s)
}

// elements adds what is in the elements of one, but for field except.
func (w *writer) elements(m protoreflect.Message, except protoreflect.FieldDescriptor) {
	for _, f := range fieldsOf(m.Descriptor()) {
		switch {
		case f == except || !m.Has(f):
		case f.IsList():
			list := m.Get(f).List()
			for i := range list.Len() {
				w.walk(list.Get(i).Message())
			}
		default:
			w.walk(m.Get(f).Message())
		}
	}
}

// contained adds the text of a contained resource, which google/fhir keeps encoded.
func (w *writer) contained(resource *anypb.Any) {
	r := &bundle.ContainedResource{}
	if proto.Unmarshal(resource.GetValue(), r) == nil {
		w.walk(r.ProtoReflect())
	}
}

var fields sync.Map // protoreflect.MessageDescriptor -> []protoreflect.FieldDescriptor

// fieldsOf are the fields of a message in which there may be text.
func fieldsOf(d protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	if known, ok := fields.Load(d); ok {
		return known.([]protoreflect.FieldDescriptor)
	}
	var found []protoreflect.FieldDescriptor
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		literal := f.ContainingOneof() != nil && f.ContainingOneof().Name() == "reference"
		if f.Message() != nil && f.Name() != "id" && f.Name() != "url" && !literal {
			found = append(found, f)
		}
	}
	fields.Store(d, found)
	return found
}
