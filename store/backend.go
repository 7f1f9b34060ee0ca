package store

import (
	"context"
	"fmt"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Backend keeps resources, their history and their index. It knows nothing of grants or workflow: the Session has done
// all that. It is safe for concurrent use, and every error is a *fhir.Error. The suites of package conformance hold a
// Backend to all that is said here.
//
// What one can and another can't is in the interface too, with an answer for those that can't: so a type that embeds a
// Backend and changes some of its methods loses nothing of it.
type Backend interface {
	// Get is one version of a resource, the current one if key.Version is 0, tombstones included.
	// fhir.NotFound if there never was such a version.
	Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error)
	// Find is a page of the current resources that a query finds, in its order.
	Find(ctx context.Context, q *search.Query) (*Page, error)
	// History is a page of versions, newest first, tombstones included.
	History(ctx context.Context, scope Scope) (*Page, error)
	// Apply commits everything or nothing, durably, before it returns (I4). The results are in the order of the writes.
	// A precondition that doesn't hold is a *Rejected.
	Apply(ctx context.Context, b Batch) ([]Result, error)
	// Changes are the changes behind a Position, in the order of commits, at most limit of them, and fewer only if
	// there are no more by now: each version and each mark, once and whole, of all processes that write the store. A
	// change that is acknowledged is there, none comes before one that was given already, and of one resource they
	// come by version. If there is none it waits for one, for as long as wait says: for another process' at most a
	// second longer than need be. Versions and marks stay in the feed as long as versions are kept, which is for ever.
	// But what was marked before a copy is only in the store it was copied from, and in MongoDB the feed begins with
	// the first release that has one.
	Changes(ctx context.Context, after Position, limit int, wait time.Duration) ([]Committed, error)
	// Moment is a place in the feed: that behind everything acknowledged by now if a time is zero. Else, all that was
	// made after the time lies behind it, and hardly anything else. Package feed reads the state at a Moment while
	// others write.
	Moment(ctx context.Context, at time.Time) (Moment, error)
	// Records is the key-value side of the same store.
	Records() Records
	// Registry is what resources are indexed by now: what the Backend was opened with, Extended by what is stored in
	// it.
	Registry() *spec.Registry
	// SetRegistry makes another the Registry: a successor of the present one (spec.Registry.Next), in which what they
	// share is the very same *Param. When it returns, Registry gives it, and a Batch that was indexed by another is
	// Rejected. What is new in it is built from the stored resources in the background, going on after a crash where it
	// was; until then Index says how far that is. What is gone from it can't be searched by any more, and its entries
	// are removed. A backend that several instances share builds only what no write of an instance that is behind can
	// miss: an instance looks for a new Registry every second (Store.Follow), so begin when twice that and the time
	// limit of a request have passed, or mark each resource with the revision it was indexed by.
	SetRegistry(ctx context.Context, r *spec.Registry) error
	// Index tells how far the index of a parameter is.
	Index(p *spec.Param) IndexState
	// Health says whether requests can be answered by now: nil when a short read and whatever a write needs went well,
	// by the very connections that requests use, and what is read is what was committed last. It is asked every few
	// seconds (/readyz).
	Health(ctx context.Context) error
	// Close waits for what was acknowledged and gives everything back.
	Close() error
	CachedReads
	Watcher
	Explainer
	Preparer
	Portable
}

// IndexState is how much of a parameter's index there is. A parameter is advertised and searched only when it is Ready.
type IndexState struct {
	Ready       bool
	Done, Total int64 // resources indexed so far, and to be indexed, while it is not
}

// Page is part of an answer.
type Page struct {
	Items    []Item
	Next     search.Position // where the next page starts; nil when this was the last
	Previous search.Position // where the page before it ends; nil when this was the first
	// Total is the number of all matches; -1 if it wasn't to be counted, or there are more than Query.Total.
	Total int64
	// Issues are what the page leaves out and why; each becomes a warning in the Bundle's outcome entry. Only Session
	// sets them.
	Issues []fhir.Issue
}

// Item is one resource of a Page.
type Item struct {
	*fhir.Stored
	Mode string          // Bundle.entry.search.mode: "match" or "include", which Session sets; "" in a history
	At   search.Position // where it stands in a history; nil in the answer to a search
}

// Scope is which versions History gives: those of an instance (Type and ID), a type (Type), or of all.
type Scope struct {
	Type, ID string
	Types    []string  // of all, only versions of these types; nil: no such limit
	Since    time.Time // only versions made at or after it; zero: all
	At       time.Time // only versions that were current at some time at or after it and before AtEnd (_at); zero: no such limit
	AtEnd    time.Time
	search.Place
	Limit int
	// as far as all versions are counted, as in a search.Query; less than 0: not even as far as is known anyway
	Total int64
	// Oldest first: only Session.History takes it.
	Oldest bool
	// Compartment restricts to versions that were in the compartment of the Patient with this id; "" doesn't.
	Compartment string
}

// Batch is what one Apply commits.
type Batch struct {
	Writes  []Write
	Require []fhir.Key // each with the version that must still be current: a rule holds still what it judged by
	Records []RecordWrite
	// Marks change what the practice says of resources and make no new version: nobody can tell from a version's number
	// that something was hidden and shown again (I2). Each Key, with its Version, stands in Require too.
	Marks []Mark
	// Known are the facts by which all this was planned. They must be those of the current versions still: a mark makes
	// no new version, so that a write that was planned before it would undo it unnoticed.
	Known []Mark
	// Registry is the one by which the Writes were indexed; nil says that it doesn't matter.
	Registry *spec.Registry
}

// Changes says that something of it is to be in the feed of changes.
func (b *Batch) Changes() bool { return len(b.Writes)+len(b.Marks) > 0 }

// Write is one resource to be written. No two writes of a Batch have the same Key. Every write has the precondition
// that the current version is Key.Version-1 (for version 1: that the resource was never there), so that no update is
// ever lost (I4). The versions of a deleted resource go on counting.
type Write struct {
	Key          fhir.Key // Version is what the new one will have: the current one's plus 1, or 1
	Method       fhir.Method
	Body         fhir.Body // not with Delete
	Index        []search.Entry
	Compartments []string // ids of Patients, sorted, without repeats
	Facts        fhir.Facts
	// NoMatch, if not nil, must find nothing when the write is committed, the state before this Batch counting: it
	// makes a conditional create race-proof. Only Query.From counts.
	NoMatch *search.Query
}

// Mark is a resource and the facts that it has or shall have. Key has the current version.
type Mark struct {
	Key   fhir.Key
	Facts fhir.Facts
}

// Result is what became of one Write.
type Result struct {
	Updated time.Time
	JSON    []byte // the stamped body; nil for a Delete
}

// Rejected says which precondition of a Batch failed. Nothing was written. It is not shown to clients: the Session
// tries again, or makes a fhir.Error of it.
type Rejected struct {
	Reason  Reason
	Index   int      // into what Reason says
	Current fhir.Key // the version that is current, Version 0 if there is none; of MatchFound, one that matches
}

// Reason is why a Batch was Rejected.
type Reason uint8

// The reasons, with what Index is into.
const (
	VersionChanged  Reason = iota + 1 // Batch.Writes: another version is current than the one before it
	MatchFound                        // Batch.Writes: its NoMatch finds something
	RequiredChanged                   // Batch.Require: another version is current
	FactsChanged                      // Batch.Known: others are the facts
	RecordChanged                     // Batch.Records: it has another Revision
	RegistryChanged                   // Batch.Registry is no longer the Backend's; Index is 0
)

// String is for logs.
func (r Reason) String() string {
	return [...]string{"", "version changed", "match found", "required version changed", "facts changed",
		"record changed",
		"registry changed"}[r]
}

// Error is for logs.
func (r *Rejected) Error() string {
	return fmt.Sprintf("precondition failed: %s (%d); current is %s", r.Reason, r.Index, r.Current)
}

// Records is a namespaced key-value store with expiry and compare-and-set, for state that isn't a resource (I8):
// accounts, clients, keys, codes, refresh families, used jti, limits, section switches, checkpoints.
type Records interface {
	// Get is a record, fhir.NotFound if there is none or it has expired.
	Get(ctx context.Context, namespace, key string) (Record, error)
	// Scan calls yield with the records of a namespace whose key starts with prefix, by key, until it says false.
	Scan(ctx context.Context, namespace, prefix string, yield func(Record) bool) error
}

// Record is one value.
type Record struct {
	Namespace, Key string
	Value          []byte
	Revision       int64     // 1, 2, 3 …; changes with every write
	Expires        time.Time // zero: never
}

// RecordWrite sets a record, or removes it if Value is nil, as part of an Apply.
type RecordWrite struct {
	Namespace, Key string
	Value          []byte
	Expires        time.Time
	// Revision is the one that must be current: 0 that there is none (or it has expired), -1 that it doesn't matter.
	Revision int64
}
