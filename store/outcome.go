package store

import (
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// Action is what a Change does.
type Action uint8

// The actions. Patch changes what is there by a JSON Patch (RFC 6902).
const (
	Create Action = iota + 1
	Update
	Patch
	Delete
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
	// Match makes it conditional (R4 http 3.1.0.8, If-None-Exist and criteria in the URL): Create does nothing when it finds one,
	// the others act on the one it finds. More than one is fhir.MultipleMatches.
	Match *search.Search
	// In a transaction: FullURL is what the other entries call it, At where it stands ("Bundle.entry[3]").
	FullURL, At string
}

// Outcome is what became of a Change.
type Outcome struct {
	// Stored is the version that is current now: of a Delete the tombstone, or nil if there was nothing to delete; of a Patch without JSON
	// if the caller may not read it.
	*fhir.Stored
	Created   bool // it is new (201)
	Unchanged bool // a conditional create that found one already there: nothing was written (200)
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
