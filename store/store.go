package store

import (
	"context"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Options are the settings of a Store. Zero fields take the defaults.
type Options struct {
	Base        string           // our own FHIR base URL, without a trailing slash: references below it are local
	Rules       []Rule           // what a write means at this practice, applied in order
	NewID       func() string    // ids for created resources; default: time-ordered, hard to guess
	Now         func() time.Time // default time.Now
	Zone        *time.Location   // for dates without one; default Europe/London
	MaxIncludes int              // included resources on a page; default 1,000
	Retries     int              // how often a write that lost a race is tried again; default 50
}

// Store is a Backend bound to the Registry. It gives out Sessions and nothing else of the data.
type Store struct {
	backend  Backend
	registry *spec.Registry
	options  Options
}

// Open binds a Backend. The Store owns it: Close closes it.
func Open(b Backend, r *spec.Registry, o Options) *Store {
	return &Store{backend: b, registry: r, options: o}
}

// As is the door: what the grant doesn't reach doesn't exist for the Session.
func (s *Store) As(g access.Grant) *Session { return &Session{store: s, grant: g} }

// Registry is R4 as this store knows it.
func (s *Store) Registry() *spec.Registry { return s.registry }

// Ready says whether a parameter may be searched by: it is supported and its index is complete.
func (s *Store) Ready(p *spec.Param) bool { return false }

// Close closes the Backend.
func (s *Store) Close() error { return s.backend.Close() }

// Session is the store as one caller sees it. It is cheap to make, and safe for concurrent use.
type Session struct {
	store *Store
	grant access.Grant
}

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
	IfMatch  int64          // the version that must be current (If-Match); 0: no such condition
	IfNone   bool           // If-None-Match: * on Update: the resource must not be there
	// Match makes it conditional (R4 http 3.1.0.8, If-None-Exist and criteria in the URL): Create does nothing when it finds one,
	// the others act on the one it finds. More than one is fhir.MultipleMatches.
	Match *search.Search
	// In a transaction: FullURL is what the other entries call it, At where it stands ("Bundle.entry[3]").
	FullURL, At string
}

// Outcome is what became of a Change.
type Outcome struct {
	*fhir.Stored      // the version that is current now; of a Delete the tombstone, or nil if there was nothing to delete
	Created      bool // it is new (201)
	Unchanged    bool // a conditional create that found one already there: nothing was written (200)
}

// Rule is what a write means at the practice: booking, ordering, release, integrity of references. It sees all writes of one
// commit together, may refuse them with a *fhir.Error, and may add writes and requirements to the Batch, so that the workflow
// holds whichever way the write came: POST, PUT, PATCH, bundle or import.
type Rule interface {
	Apply(ctx context.Context, c *Commit) error
}

// Commit is what a Rule works on. System reads without the caller's limits; who the caller is, is in Grant.
type Commit struct {
	Grant   access.Grant
	System  *Session
	Pending []Pending // one for each of Batch.Writes, in the same order
	Batch   *Batch
}

// Pending is one write with its images.
type Pending struct {
	Before *fhir.Stored   // the version that was current; nil if there was none
	After  *fhir.Resource // what shall be; nil for a Delete
	At     string         // where it stands in the request ("Bundle.entry[3].resource"), "" if it stands alone
}

// Read is a resource, or the version key.Version of it. fhir.NotFound if the grant doesn't reach it or it never was;
// fhir.Gone if that version is a tombstone that the grant reaches.
func (s *Session) Read(ctx context.Context, key fhir.Key) (*fhir.Stored, error) { return nil, errTodo }

// Search is a page: matches first, then what they bring along. The search is not changed.
func (s *Session) Search(ctx context.Context, q *search.Search) (*Page, error) { return nil, errTodo }

// History is a page of versions, newest first, each judged by what it was. fhir.NotFound for an instance that the grant
// doesn't reach or that never was.
func (s *Session) History(ctx context.Context, scope Scope) (*Page, error) { return nil, errTodo }

// Write makes one change.
func (s *Session) Write(ctx context.Context, c Change) (*Outcome, error) { return nil, errTodo }

// Transact makes all changes or none (R4 http 3.1.0.11.2). Links between them (urn:uuid and other full URLs) and conditional
// references ("Patient?identifier=…") are resolved. The outcomes are in the order of the changes. Expressions in errors begin
// with the change's At.
func (s *Session) Transact(ctx context.Context, cs []Change) ([]Outcome, error) { return nil, errTodo }

var errTodo = fhir.Errorf(fhir.Internal, "", "not written yet")
