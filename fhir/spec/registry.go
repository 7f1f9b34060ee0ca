package spec

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Kind is a search parameter's type (R4 search 3.1.1.4.3).
type Kind uint8

// The kinds of R4. Zero is not a Kind.
const (
	Number Kind = iota + 1
	Date
	String
	Token
	Reference
	Composite
	Quantity
	URI
	// Special parameters have no index: _list and _filter are made of others.
	Special
	// Prose is a text that is searched by its words: _text and _content. R4 says that they are strings, too.
	Prose
)

// kinds are the codes of the value set search-param-type, and the one that data/ has besides.
var kinds = [...]string{"", "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special", "prose"}

// String is the kind's code in the value set search-param-type.
func (k Kind) String() string {
	if k == Prose {
		k = String
	}
	return kinds[k]
}

// kindOf is the Kind of a code; 0 if there is none.
func kindOf(code string) Kind { return Kind(max(0, slices.Index(kinds[:], code))) }

// Type is a resource type: a row of data/, with what the Registry compiled for it.
type Type struct {
	Name       string
	Descriptor protoreflect.MessageDescriptor // of its google/fhir message
	// Params are its search parameters by code, those of Resource and DomainResource among them
	// (each type has its own *Param for them, but for ID and LastUpdated).
	Params map[string]*Param
	Codes  []string // the keys of Params, sorted
	// Compartments gives, by compartment type ("Patient"), the reference parameters by which a resource of this
	// type is in a compartment (CompartmentDefinition). ID stands for a resource's place in its own ("{def}"); that a
	// Patient is in its own isn't listed.
	Compartments map[string][]*Param
	// Access is who may reach it, beside what scopes say; nil for system scopes only.
	Access *Access
	// Online is what patients and proxies may write of it: rows of online.tsv.
	Online []OnlineWrite
	// Date is the parameter that tells when it happened, by which it's shown newest first; nil if it has none.
	Date    *Param
	Summary *Elements // what _summary=true keeps
	// Required are the top-level elements that may not be missing, which _summary=text and _elements keep.
	Required []string

	date string // the code of Date
}

// New is an empty resource of this type.
func (t *Type) New() protoreflect.Message {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(t.Descriptor.FullName())
	if err != nil { // can't be: the descriptor is of a generated message, which registers its type
		panic(fmt.Sprintf("no google/fhir message for %s: %v", t.Name, err))
	}
	return mt.New()
}

// Elements is a tree of element names. A nil *Elements in Of stands for the whole element.
type Elements struct{ Of map[string]*Elements }

// Param is a search parameter of one type: a row of data/, with its expression compiled.
type Param struct {
	Type        string // the resource type it searches; "" for ID and LastUpdated, which are every type's
	Code        string // its name in a URL, as "birthdate"
	Kind        Kind
	URL         string      // the canonical URL of its definition
	Expression  string      // FHIRPath, as R4 gives it for this type
	Targets     []string    // of a reference: the types it may point to, sorted
	Components  []Component // of a composite
	Branches    []Branch    // if not empty it has no index of its own: it is the union of these
	Hot         bool        // often asked of one patient: worth an index with the compartment in front
	Unsupported string      // why it isn't offered, in plain English; "" if it is
	// Fingerprint changes when what is to be indexed changes; a backend compares it to know what to build anew.
	Fingerprint string

	program program // the compiled Expression
}

// Component is one part of a composite parameter.
type Component struct {
	Param *Param // kind and expression of the part; its expression is relative to the composite's own
}

// Branch says that a parameter can be answered by another's index: patient = subject where it refers to a Patient.
type Branch struct {
	Param  *Param
	Target string // only references to this type; "" for all
}

// The two parameters every type has that need no index of their own. Each gives nothing for them: what they search is
// known of every resource.
var (
	ID          = &Param{Code: "_id", Kind: Token, URL: "http://hl7.org/fhir/SearchParameter/Resource-id", Expression: "Resource.id", Fingerprint: "builtin"}
	LastUpdated = &Param{Code: "_lastUpdated", Kind: Date, URL: "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated", Expression: "Resource.meta.lastUpdated", Fingerprint: "builtin"}
)

// Each calls yield with the elements of msg that the parameter searches, until it says false. msg is a resource of the
// parameter's type, or for the Param of a Component what its composite gave; of anything else there are none. The
// elements are data types of google/fhir (CodeableConcept, Reference, Observation.StatusCode …), with choices made. A
// primitive may be there without a value, with only an extension; the same element may come twice. A data type that the
// Kind can't search by (as a boolean for a quantity) may come, and is to be passed over.
func (p *Param) Each(msg protoreflect.Message, yield func(protoreflect.Message) bool) {
	p.program.each(msg, yield)
}

// Name is how logs and indexes call it: "Observation.code".
func (p *Param) Name() string { return p.Type + "." + p.Code }

// Indexed says whether resources get index entries for it: it is supported, and nothing else answers it.
func (p *Param) Indexed() bool {
	return p.Unsupported == "" && len(p.Branches) == 0 && p.Kind != Special && p != ID && p != LastUpdated
}

// Answers are the Indexed parameters by which a resource is found when p is asked for: its Branches, or p itself.
func (p *Param) Answers() []Branch {
	if len(p.Branches) > 0 {
		return p.Branches
	}
	return []Branch{{Param: p}}
}

// Registry is everything known of R4, and of the practice's own search parameters. It never changes:
// With makes a new one. It is safe for concurrent use.
type Registry struct {
	types   map[string]*Type
	names   []string
	defined map[string]Kind // the kinds of all definitions by their URL, for components to refer to

	sections []Section
}

// Type looks a resource type up; ok is false for one that R4 hasn't got. Names are case-sensitive.
func (r *Registry) Type(name string) (t *Type, ok bool) {
	t, ok = r.types[name]
	return t, ok
}

// OfMessage is the Type of a resource's message; ok is false for a message that isn't a resource.
func (r *Registry) OfMessage(m protoreflect.Message) (t *Type, ok bool) {
	t, ok = r.types[string(m.Descriptor().Name())]
	return t, ok && t.Descriptor == m.Descriptor()
}

// Names are all resource types, sorted.
func (r *Registry) Names() []string { return r.names }
