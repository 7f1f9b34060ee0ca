package fhir

import (
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Resource is one resource as it came in: decoded, validated, minified, not yet stored.
// codec.Decode makes it; Session turns it into a Body under the id it shall have.
type Resource struct {
	Type    string               // from resourceType
	ID      string               // the body's own id, "" if it has none
	JSON    []byte               // the client's bytes, minified; never changed after decoding
	Message protoreflect.Message // the typed google/fhir message (a Patient, not a ContainedResource)
	Spans   Spans                // where in JSON the parts stand that storing must change
	Links   []Link               // every literal reference and URI, for transactions to rewrite
	// Lacks are what R4 requires and it lacks, as far as that was accepted (codec.Limits.Lacking); nil if it is whole.
	Lacks []Issue
}

// Span is a half-open range of bytes [Start, End) within Resource.JSON. The zero Span means "not there".
type Span struct{ Start, End int }

// Spans are the places at which Body splices (I3).
type Spans struct {
	Type Span // the member "resourceType":"…", without commas
	ID   Span // the member "id":"…", without commas
	Meta Span // the member "meta":{…}, without commas
	// MetaInner are meta's members other than versionId and lastUpdated, each without commas, in order.
	MetaInner []Span
}

// LinkKind tells what a Link's text is, because R4 http 3.1.0.11.2 rewrites each in its own way.
type LinkKind uint8

// The places at which a transaction replaces links. Elements of type canonical are not replaced (R4 http 3.1.0.11.2).
const (
	LinkReference LinkKind = iota // Reference.reference
	LinkURI                       // an element of type uri or url
	LinkNarrative                 // an xhtml div, in which <a href> and <img src> are replaced
)

// Link is one place in a resource that may point at another resource.
type Link struct {
	Kind       LinkKind
	Span       Span   // the JSON string in Resource.JSON, quotes included
	Expression string // FHIRPath of the element, as "Observation.subject.reference"
}

// Stored is one version of a resource as a Backend holds it.
type Stored struct {
	Key          Key       // Version is never 0 here
	Updated      time.Time // meta.lastUpdated: UTC, whole microseconds, later than that of every earlier commit
	Method       Method    // the interaction that made this version
	JSON         []byte    // what is served, byte for byte; nil if Method is Delete
	Compartments []string  // ids of the Patients in whose compartment it is, sorted
	Facts        Facts     // what the practice has said of it; beside the resource, not in it
}

// Deleted says whether this version is a tombstone.
func (s *Stored) Deleted() bool { return s.Method == Delete }

// Method is the HTTP verb a version was made by, as history shows it (R4 http, history: Bundle.entry.request.method).
type Method uint8

// The ways in which a version comes about. Zero is not a Method. Their numbers are stored.
const (
	Post Method = iota + 1
	Put
	Delete
	Again // a PUT of what had been deleted: it creates (R4 http 3.1.0.7)
)

// String is the verb as Bundle.entry.request.method spells it.
func (m Method) String() string { return [...]string{"", "POST", "PUT", "DELETE", "PUT"}[m] }

// Puts says that it is a PUT.
func (m Method) Puts() bool { return m == Put || m == Again }

// Facts are what the practice decides about a resource, kept beside it so that the EHR's next PUT can't undo them.
// The zero Facts are those of a resource nobody has said anything of.
type Facts struct {
	Section  string    // the section of the record it belongs to, "" if none
	Recorded time.Time // when it was added to the record; decides prospective access
	Release  time.Time // not visible to the patient before this; zero: at once
	Hidden   bool      // a clinician hid it from online view
	// Suspended says of a Patient, RelatedPerson or Organization that staff switched off online access: a copy, to be
	// found by, of what is decided.
	Suspended bool
}

// Shown says that it is neither hidden nor held back at a time.
func (f Facts) Shown(now time.Time) bool { return !f.Hidden && !f.Release.After(now) }

// Same says that nothing in two Facts differs. Times are compared as instants.
func (f Facts) Same(o Facts) bool {
	return f.Section == o.Section && f.Hidden == o.Hidden && f.Suspended == o.Suspended &&
		f.Recorded.Equal(o.Recorded) && f.Release.Equal(o.Release)
}
