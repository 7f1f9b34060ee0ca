package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// Rule is what a write means at the practice: booking, ordering, release, integrity of references. It sees all writes
// of one commit together, may refuse them with a *fhir.Error, and may add writes and requirements to the Batch, so that
// the workflow holds whichever way the write came: POST, PUT, PATCH, bundle or import.
type Rule interface {
	Apply(ctx context.Context, c *Commit) error
}

// Commit is what a Rule works on. System reads without the caller's limits: what a refusal tells must not come from
// there, but from Caller (I2). Who the caller is, is in Grant.
type Commit struct {
	Grant   access.Grant
	System  *Session
	Caller  *Session
	Pending []Pending // one for each of Batch.Writes, in the same order
	Batch   *Batch
}

// Pending is one write with its images.
//
// What a person may change, and what may be referred to, is judged by Seen and Sent: those are the same whether or not
// there is anything that the person isn't served, and so is the judgement (I2). What the write means to others, as to
// who has a Slot, is judged by Before and After.
type Pending struct {
	Before *fhir.Stored   // the version that was current; nil if there was none
	After  *fhir.Resource // what shall be; nil for a Delete
	Seen   *fhir.Stored   // Before as the caller is served it
	Sent   *fhir.Resource // After as the caller made it: without what he or she isn't served of Before
	At     string         // where it stands in the request ("Bundle.entry[3].resource"), "" if it stands alone
	// Matched says that the client named the version it was changing (If-Match), and that it is the current one.
	Matched bool
}
