package filled

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/fhir/go/proto/google/fhir/proto/annotations_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/model"
)

// primitives are the values of primitive types.
var primitives = map[protoreflect.Name]any{
	"Base64Binary": "ZmlsbGVk", "Boolean": true, "Canonical": "http://example.org/fhir/canonical/filled", "Code": "filled", "Date": "2024-02-03",
	"DateTime": "2024-02-03T04:05:06Z", "Decimal": json.Number("12.5"), "Id": "filled", "Instant": "2024-02-03T04:05:06Z", "Integer": 1,
	"Markdown": "Filled words", "Oid": "urn:oid:1.2.3.4", "PositiveInt": 3, "String": "Filled words", "Time": "04:05:06", "UnsignedInt": 3,
	"Uri": "http://example.org/uri/filled", "Url": "http://example.org/url/filled", "Uuid": "urn:uuid:3f1f0a1a-2b2e-4b8e-9d53-0d8a5b1b7c11",
}

// begins are elements that an object of a type begins with: its minimum is nothing, and nothing can't be there.
var begins = map[protoreflect.Name]map[string]any{
	"HumanName": {"family": "Filled"}, "Address": {"city": "Filled"}, "Identifier": {"system": "http://example.org/id", "value": "filled"},
	"ContactPoint": {"system": "phone", "value": "0201234567"}, "CodeableConcept": {"text": "Filled words"},
	"Coding": {"system": "http://example.org/codes", "code": "filled"}, "Period": {"start": "2024-02-03"}, "Range": {"low": map[string]any{"value": json.Number("12.5")}},
	"Attachment": {"title": "Filled"}, "Money": {"value": json.Number("12.5"), "currency": "GBP"}, "Timing": {"event": []any{"2024-02-03"}},
	"TriggerDefinition": {"type": "named-event", "name": "Filled words"}, "Bundle": {"type": "collection"},
	"StructureDefinition": {"type": "Patient", "differential": map[string]any{"element": []any{map[string]any{"id": "Patient", "path": "Patient"}}}},
	"Ratio":               {"numerator": map[string]any{"value": 1}, "denominator": map[string]any{"value": 2}},
}

// kinds is a list with one value of each kind, for types of which a search parameter finds just one kind; else nil.
func kinds(of protoreflect.Name) (all []any) {
	switch of {
	case "ContactPoint":
		for _, system := range []string{"phone", "email"} {
			all = append(all, map[string]any{"system": system, "value": system + "-filled"})
		}
	case "RelatedArtifact":
		for _, kind := range []string{"depends-on", "composed-of", "derived-from", "predecessor", "successor"} {
			all = append(all, map[string]any{"type": kind, "resource": primitives["Canonical"]})
		}
	}
	return all
}

// quantities are the types that are a Quantity with rules of their own.
var quantities = []protoreflect.Name{"Quantity", "SimpleQuantity", "Age", "Duration", "Distance", "Count", "MoneyQuantity"}

// one is one value of a type.
func (g *grower) one(fd protoreflect.FieldDescriptor, of protoreflect.MessageDescriptor) any {
	if code := g.code(of); code != "" {
		return code
	}
	if v, ok := primitives[of.Name()]; ok {
		return v
	}
	if of.Name() == "Reference" {
		return g.reference(fd)
	}
	if concept := g.bound(fd); concept != nil {
		return concept
	}
	v := map[string]any{}
	if slices.Contains(quantities, of.Name()) {
		v["value"], v["system"], v["code"] = 12, "http://unitsofmeasure.org", map[protoreflect.Name]string{"Count": "1", "Distance": "m"}[of.Name()]
		if v["code"] == "" {
			v["code"] = "h"
		}
		return v
	}
	for name, value := range begins[of.Name()] {
		v[name] = copied(value)
	}
	g.require(of, v)
	if len(v) == 0 && of.Fields().Len() > 0 {
		g.begin(of, v)
	}
	return v
}

// copied is a value of its own, because what it is in grows.
func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, inner := range v {
			out[key] = copied(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = copied(inner)
		}
		return out
	}
	return v
}

// bound is a concept of the value set that an element must have a code of; nil if it may have others, or isn't a
// concept.
func (g *grower) bound(fd protoreflect.FieldDescriptor) any {
	of := model.R4().Of(fd.ContainingMessage())
	if of == nil {
		return nil
	}
	e := of.Element(fd.JSONName())
	if e == nil || e.Binding == nil || e.Binding.Lists == nil {
		return nil
	}
	list := e.Binding.Lists[0]
	return map[string]any{"coding": []any{map[string]any{"system": list.System, "code": list.Codes[g.variant%len(list.Codes)]}}}
}

// begin gives an object without required elements the first one that isn't an object itself, for it must not be empty.
func (g *grower) begin(md protoreflect.MessageDescriptor, v map[string]any) {
	for i := range md.Fields().Len() {
		fd := md.Fields().Get(i)
		key, of, one := g.element(fd)
		if of == nil || passed[key] {
			continue
		}
		if first := g.value(one, of); !empty(first) {
			v[key] = first
			return
		}
	}
}

// code is one of the codes of a type that is bound to a value set; "" if it isn't.
func (g *grower) code(of protoreflect.MessageDescriptor) string {
	value := of.Fields().ByName("value")
	switch {
	case value == nil:
		return ""
	case value.Enum() == nil && value.Kind() == protoreflect.StringKind && of.Parent() != of.ParentFile():
		return "text/plain" // google/fhir has such messages for media types only
	case value.Enum() == nil:
		return ""
	}
	all := value.Enum().Values()
	v := all.Get(1 + g.variant%(all.Len()-1)) // the first stands for none
	if code, _ := proto.GetExtension(v.Options(), annotations_go_proto.E_FhirOriginalCode).(string); code != "" {
		return code
	}
	return strings.ToLower(strings.ReplaceAll(string(v.Name()), "_", "-"))
}

// reference points to the filled resource of a type that it may point to.
func (g *grower) reference(fd protoreflect.FieldDescriptor) any {
	targets, _ := proto.GetExtension(fd.Options(), annotations_go_proto.E_ValidReferenceType).([]string)
	target := "Patient"
	if len(targets) > 0 && !slices.Contains(targets, "Resource") {
		target = targets[g.variant%len(targets)]
	}
	return map[string]any{"reference": target + "/" + ID, "display": "Filled words"}
}
