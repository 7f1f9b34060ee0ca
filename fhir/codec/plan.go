package codec

import (
	"reflect"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	cpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/resources/bundle_and_contained_resource_go_proto"

	"frontdesk/fhir/model"
)

// plan is what one kind of JSON object may hold, and how that lands in its message.
type plan struct {
	name     string             // for texts: "Patient", "Patient.contact"
	members  map[string]*member // by JSON key
	elements []*element         // by their bit
	required uint64             // the bits of elements that R4 requires
	rules    []rule             // what holds between elements; checked when the object ends
}

// element is one element of R4, whatever JSON keys it may come under: "deceased" is deceasedBoolean and
// deceasedDateTime.
type element struct {
	name     string
	index    int // its bit in a frame's sets
	slot     slot
	choice   reflect.Type // the message in between, for value[x]; else nil
	repeated bool
}

// member is one JSON key.
type member struct {
	key     string
	sibling bool // the "_" key that holds a primitive's id and extensions (R4 json 2.6.2.3)
	element *element
	slot    slot // in the message, or in the choice within it
	typ     *typ
	targets []string // the types a Reference may point at; empty is any
	special special
}

// special marks the few keys that the decoder treats in a way of its own.
type special uint8

const (
	ordinary      special = iota
	resourceType          // names the plan of the object it stands in
	unlinked              // a uri that names a definition, which no transaction may rewrite
	bundleEntry           // Bundle.entry
	entryResource         // Bundle.entry.resource
)

// typ is what a value may be.
type typ struct {
	name  string // R4's name: "dateTime", "HumanName"
	kind  kind
	typ   reflect.Type                       // the message's struct
	plan  *plan                              // of the object; for a primitive, of its id and extensions
	value slot                               // a code's value
	ext   slot                               // a primitive's extension
	id    slot                               // a primitive's id
	codes map[string]protoreflect.EnumNumber // of a required binding
	list  string                             // those codes, for texts
}

// rule is a check of an object that has been read. It returns false when decoding shall end.
type rule func(*decoder, *frame) bool

// plans are those of every message that can be reached from ContainedResource.
type plans struct {
	types     map[protoreflect.FullName]*typ
	resources map[string]*resource
	refs      map[string]slot // Reference's field for each resource type
}

// resource is one resource type: its message and its place in ContainedResource.
type resource struct {
	name string
	typ  *typ
	slot slot
}

// r4 is made on first use; it takes some tens of milliseconds.
var r4 = sync.OnceValue(func() *plans {
	b := builder{plans: &plans{
		types:     map[protoreflect.FullName]*typ{},
		resources: map[string]*resource{},
		refs:      map[string]slot{},
	}}
	mt := (&cpb.ContainedResource{}).ProtoReflect().Type()
	for _, of := range model.R4().Resources() {
		b.plans.resources[of.Name] = &resource{name: of.Name, typ: b.typeOf(of.Descriptor), slot: slotOf(mt, model.R4().Holder(of.Name))}
	}
	b.findReferences()
	for _, do := range b.later {
		do()
	}
	return b.plans
})
