package search

import (
	"slices"
	"strings"
	"time"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir/spec"
)

// kind is what a parameter of one type means: how a value in a URL is read, and what a data type is found by.
type kind struct {
	modifiers []string // besides :missing
	example   string   // a right value, for error messages
	parse     func(c *parser, p *spec.Param, modifier, value string) (Criterion, error)
	take      func(t *extractor, m proto.Message, yield func(Value))
}

// kinds binds the types of parameters to their rules. A kind without parse is not offered.
var kinds = [spec.Prose + 1]kind{
	spec.Number:    {example: "5", parse: parseNumber, take: takeNumber},
	spec.Date:      {example: "ge2024-01-31", parse: parseDate, take: takeDate},
	spec.String:    {[]string{"exact", "contains"}, "smith", parseString, takeString},
	spec.Token:     {[]string{"not", "text", "of-type"}, "http://loinc.org|1234-5", parseToken, takeToken},
	spec.Reference: {[]string{"identifier", "text"}, "Patient/123", parseReference, takeReference},
	spec.Quantity:  {example: "gt5.4|http://unitsofmeasure.org|mg", parse: parseQuantity, take: takeQuantity},
	spec.URI:       {[]string{"above", "below"}, "http://example.org/fhir/1", parseURI, takeURI},
	spec.Prose:     {example: "(bone or liver) and metastases", parse: parseWords, take: takeWords},
}

// Indexer takes from resources the values they are found by.
type Indexer struct {
	Base string         // our own FHIR base URL: absolute references below it are local
	Zone *time.Location // where dates without a zone are read; nil is London
}

// Index is what Indexer.Index gives with dates read in London.
func Index(t *spec.Type, msg protoreflect.Message, base string) []Entry {
	return Indexer{Base: base}.Index(t, msg)
}

// Index is every value of every Indexed parameter of a resource, by parameter, then as they stand in it, without
// repeats.
func (x Indexer) Index(t *spec.Type, msg protoreflect.Message) []Entry {
	take := x.extractor()
	var entries []Entry
	for _, code := range t.Codes {
		p := t.Params[code]
		if !p.Indexed() {
			continue
		}
		seen := unique{entries: len(entries)}
		take.each(p, msg, func(v Value) {
			if seen.add(entries, v) {
				entries = append(entries, Entry{Param: p, Value: v})
			}
		})
	}
	return entries
}

// Values are those of one parameter, as they stand in the resource.
func (x Indexer) Values(p *spec.Param, msg protoreflect.Message) (all []Value) {
	take := x.extractor()
	take.each(p, msg, func(v Value) { all = append(all, v) })
	return all
}

func (x Indexer) extractor() *extractor {
	zone := x.Zone
	if zone == nil {
		zone = London()
	}
	return &extractor{base: strings.TrimSuffix(x.Base, "/"), zone: zone}
}

// extractor takes the values of one parameter.
type extractor struct {
	base  string
	zone  *time.Location
	param *spec.Param // the one being taken, for composites
}

func (t *extractor) each(p *spec.Param, msg protoreflect.Message, yield func(Value)) {
	take := kinds[p.Kind].take
	if take == nil {
		return
	}
	outer := t.param
	t.param = p
	p.Each(msg, func(m protoreflect.Message) bool {
		if v := m.Interface(); !empty(v) {
			take(t, v, yield)
		}
		return true
	})
	t.param = outer
}

// noValue is how google/fhir marks a primitive that has only an extension. Others are told by their empty value.
const noValue = "https://g.co/fhir/StructureDefinition/primitiveHasNoValue"

// empty says whether a primitive whose zero is a value (false, 0) has none.
func empty(m proto.Message) bool {
	switch v := m.(type) {
	case *dt.Boolean:
		return !v.GetValue() && marked(v.GetExtension())
	case *dt.Integer:
		return v.GetValue() == 0 && marked(v.GetExtension())
	case *dt.UnsignedInt:
		return v.GetValue() == 0 && marked(v.GetExtension())
	case *dt.PositiveInt:
		return v.GetValue() == 0
	}
	return false
}

func marked(extensions []*dt.Extension) bool {
	return slices.ContainsFunc(extensions, func(e *dt.Extension) bool { return e.GetUrl().GetValue() == noValue })
}

// unique tells the values of one parameter that are new: of a few by looking, of many by a set.
type unique struct {
	entries int // where they begin
	set     map[any]struct{}
}

func (u *unique) add(entries []Entry, v Value) bool {
	key := identity(v)
	own := entries[u.entries:]
	if len(own) < 8 {
		return !slices.ContainsFunc(own, func(e Entry) bool { return identity(e.Value) == key })
	}
	if u.set == nil {
		u.set = map[any]struct{}{}
		for _, e := range own {
			u.set[identity(e.Value)] = struct{}{}
		}
	}
	n := len(u.set)
	u.set[key] = struct{}{}
	return len(u.set) > n
}

// identity is equal for equal values, and can be compared.
func identity(v Value) any {
	switch v := v.(type) {
	case Ref:
		if v.Identifier != nil {
			token := *v.Identifier
			v.Identifier = nil
			return [2]any{v, token}
		}
	case Tuple:
		var parts [4]any // R4 has no composite of more than three
		for i, part := range v {
			parts[i%len(parts)] = [2]any{parts[i%len(parts)], identity(part)}
		}
		return parts
	}
	return v
}

// Compartments are the ids of the Patients in whose compartment a resource is, sorted: those that Type.Patients refer
// to, and a Patient's own. id and entries are the resource's.
func Compartments(t *spec.Type, id string, entries []Entry) []string {
	var ids []string
	if t.Name == "Patient" {
		ids = append(ids, id)
	}
	for _, p := range t.Patients() {
		for _, b := range p.Answers() {
			if b.Target != "" && b.Target != "Patient" {
				continue
			}
			for _, e := range entries {
				if r, ok := e.Value.(Ref); ok && same(e.Param, b.Param) && r.Type == "Patient" && r.ID != "" {
					ids = append(ids, r.ID)
				}
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
