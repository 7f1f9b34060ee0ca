package store

import (
	"slices"

	dpb "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// Action is what a Change does.
type Action uint8

// The actions. Patch changes what is there by a JSON Patch (RFC 6902). Read writes nothing: the resource must be there,
// and be the caller's to read, when the rest of the transaction is committed; without an ID it asks nothing.
const (
	Create Action = iota + 1
	Update
	Patch
	Delete
	Read
)

// Change is one write a client asks for.
type Change struct {
	Action   Action
	Key      fhir.Key       // Type always; ID for Update, Patch and Delete of a known resource
	Resource *fhir.Resource // for Create and Update
	Patch    []byte         // for Patch: the JSON Patch document
	// IfMatch are the versions of which one must be current (If-Match), 0 for whichever is; none: no such condition.
	IfMatch []int64
	IfNone  bool // If-None-Match: * on Update: the resource must not be there
	History bool // with Read: it is the history that is wanted, which what was deleted has too
	// Match makes it conditional (R4 http 3.1.0.8, If-None-Exist and criteria in the URL): Create does nothing when it
	// finds one, the others act on the one it finds. More than one is fhir.MultipleMatches.
	Match *search.Search
	// Criteria are those of Match as they were sent, if they name other entries of the transaction by their fullUrl:
	// they are read again when it is known what those will be (R4 http 3.1.0.11.2).
	Criteria string
	// Provenance is a Provenance without its target, in JSON: it is written in the same commit, about the version that
	// the change makes (R4 http 3.1.0.1.13, X-Provenance). If the change makes none, it isn't written.
	Provenance []byte
	// In a transaction: FullURL is what the other entries call it, At where it stands ("Bundle.entry[3]").
	FullURL, At string
}

// Check says what is wrong with a change by itself: the body must fit the address that it was sent to (R4 http
// 3.1.0.4), and be the whole of the resource (R4 resource 2.26.3.4, SUBSETTED).
func (c *Change) Check() error {
	r := c.Resource
	if r == nil {
		return nil
	}
	byID := c.Action == Update && c.Match == nil && c.Criteria == ""
	switch {
	case r.Type != c.Key.Type:
		return fhir.Errorf(fhir.Invalid, r.Type, "A %s was sent to %s. Send it to %[1]s, or correct resourceType.", r.Type, c.Key.Type)
	case byID && r.ID == "":
		return fhir.Errorf(fhir.Invalid, r.Type+".id", "The resource has no id. Give it the one in the address, %q.", c.Key.ID)
	case byID && r.ID != c.Key.ID:
		return fhir.Errorf(fhir.Invalid, r.Type+".id", "The resource's id is %q, but it was sent to %q. Make them the same.", r.ID, c.Key)
	case c.Action == Update && subsetted(r):
		return fhir.Errorf(fhir.Unprocessable, r.Type+".meta.tag",
			"The tag SUBSETTED says that this is a part of the resource, and an update would lose the rest. Read all of it, without _elements and _summary, and change that.")
	}
	return nil
}

// subsetted says that a resource is marked as incomplete (R4 search 3.1.1.5.8).
func subsetted(r *fhir.Resource) bool {
	for _, tag := range metaOf(r).GetTag() {
		if tag.GetCode().GetValue() == "SUBSETTED" && tag.GetSystem().GetValue() == "http://terminology.hl7.org/CodeSystem/v3-ObservationValue" {
			return true
		}
	}
	return false
}

// metaOf is the meta of a resource, nil if it has none.
func metaOf(r *fhir.Resource) *dpb.Meta {
	if m, ok := r.Message.Interface().(interface{ GetMeta() *dpb.Meta }); ok {
		return m.GetMeta()
	}
	return nil
}

// Outcome is what became of a Change.
type Outcome struct {
	// Stored is the version that is current now: of a Delete the tombstone, or nil if there was nothing to delete; of a
	// Patch without JSON if the caller may not read it.
	*fhir.Stored
	Created    bool         // it is new (201)
	Unchanged  bool         // nothing was written (200): a conditional create found one, or what was to be written is there already
	Provenance *fhir.Stored // what was written about it, if the Change asks for that
	// Left are the Patients in whose compartment it was before, and isn't any more.
	Left []string
}

// Touched is Stored as what the change did to: also in the compartments that it has left. nil if nothing was done.
func (o *Outcome) Touched() *fhir.Stored {
	if o.Stored == nil || len(o.Left) == 0 {
		return o.Stored
	}
	st := *o.Stored
	st.Compartments = slices.Concat(o.Stored.Compartments, o.Left)
	return &st
}
