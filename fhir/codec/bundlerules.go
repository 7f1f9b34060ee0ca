package codec

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	bpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"
)

// checkEntry is bdl-5 and bdl-8 of R4 bundle.
func checkEntry(d *decoder, f *frame) bool {
	has := func(key string) bool { return f.seen()&f.plan.members[key].element.bit() != 0 }
	if !has("resource") && !has("request") && !has("response") {
		return d.fault(codeInvariant, "An entry must have a resource, a request or a response (bdl-5).")
	}
	e, _ := f.m.Interface().(*bpb.Bundle_Entry)
	if strings.Contains(e.GetFullUrl().GetValue(), "/_history/") {
		return d.fault(codeInvariant, "fullUrl must not name a version (bdl-8); leave out /_history/….")
	}
	return true
}

// checkBundle is what depends on the bundle's type (bdl-1 to bdl-4), and that no fullUrl is there twice (bdl-7).
func checkBundle(d *decoder, f *frame) bool {
	b, _ := f.m.Interface().(*bpb.Bundle)
	if b.GetType() == nil {
		return true // said already
	}
	typ := d.codeOf(b.GetType())
	asked := d.bundle != nil && !d.inEntry && (typ == "batch" || typ == "transaction") // where a total says nothing, and isn't held against anybody
	if b.GetTotal() != nil && typ != "searchset" && typ != "history" && !asked &&
		!d.fault(codeInvariant, "total is for a searchset or history only (bdl-1).") {
		return false
	}
	if !d.checkFirst(typ, b) {
		return false
	}
	outer, urls := d.entry, map[string]bool{}
	defer func() { d.entry = outer }()
	for i, e := range b.GetEntry() {
		if d.bundle != nil && !d.inEntry {
			if d.entry = i; d.entries[i].skipped {
				continue
			}
		}
		n := d.push("entry")
		d.pushIndex(i)
		ok := d.checkTyped(typ, e) && d.checkUnique(typ, e, urls)
		d.expr = d.expr[:n]
		if !ok && (d.entry < 0 || len(d.issues) > 0) {
			return false
		}
		d.full = d.full && ok
	}
	return true
}

// firsts are the types that the first entry of a bundle must have, by the bundle's type (bdl-11, bdl-12).
var firsts = map[string][2]string{"document": {"Composition", "bdl-11"}, "message": {"MessageHeader", "bdl-12"}}

func (d *decoder) checkFirst(typ string, b *bpb.Bundle) bool {
	want, ok := firsts[typ]
	if !ok || d.lim.Kept {
		return true
	}
	if len(b.GetEntry()) > 0 {
		c := b.GetEntry()[0].GetResource().ProtoReflect()
		if !c.IsValid() { // it is at fault itself, or it is not there
			return true
		}
		fd := c.WhichOneof(c.Descriptor().Oneofs().Get(0))
		if fd != nil && string(fd.Message().Name()) == want[0] {
			return true
		}
	}
	return d.fault(codeInvariant, "The first entry of a %s must be %s (%s).", typ, article(want[0]), want[1])
}

func (d *decoder) checkTyped(typ string, e *bpb.Bundle_Entry) bool {
	request := typ == "batch" || typ == "transaction" || typ == "history"
	response := typ == "batch-response" || typ == "transaction-response" || typ == "history"
	for _, c := range [...]struct {
		at   string
		bad  bool
		text string
	}{
		{"request", request && e.GetRequest() == nil, "An entry of a %s must have a request (bdl-3)."},
		{"request", !request && e.GetRequest() != nil, "An entry of a %s must not have a request (bdl-3)."},
		{"response", response && e.GetResponse() == nil, "An entry of a %s must have a response (bdl-4)."},
		{"response", !response && e.GetResponse() != nil, "An entry of a %s must not have a response (bdl-4)."},
		{"search", typ != "searchset" && e.GetSearch() != nil, "An entry of a %s must not have search (bdl-2)."},
	} {
		if !c.bad {
			continue
		}
		n := d.push(c.at)
		ok := d.fault(codeInvariant, c.text, typ)
		if d.expr = d.expr[:n]; !ok {
			return false
		}
	}
	return true
}

func (d *decoder) checkUnique(typ string, e *bpb.Bundle_Entry, urls map[string]bool) bool {
	url := e.GetFullUrl().GetValue()
	if url == "" || typ == "history" {
		return true
	}
	key := url + " " + versionOf(e.GetResource().ProtoReflect())
	if urls[key] {
		n := d.push("fullUrl")
		ok := d.fault(codeInvariant, "The fullUrl %s is there twice (bdl-7).", echo(url))
		d.expr = d.expr[:n]
		return ok
	}
	urls[key] = true
	return true
}

// versionOf is the meta.versionId of the resource in a ContainedResource.
func versionOf(c protoreflect.Message) string {
	if !c.IsValid() {
		return ""
	}
	fd := c.WhichOneof(c.Descriptor().Oneofs().Get(0))
	if fd == nil {
		return ""
	}
	m, _ := c.Get(fd).Message().Interface().(interface{ GetMeta() *dpb.Meta })
	if m == nil {
		return ""
	}
	return m.GetMeta().GetVersionId().GetValue()
}
