package store

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
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
	Limits      codec.Limits     // for what a patch or a transaction's links make of a resource; default the codec's
	MaxIncludes int              // included resources on a page, above which it ends earlier; default 1,000
	// as far as a search counts its matches unasked, where that is cheap; default 0, only what is on one page
	Totals  int64
	Retries int          // how often a write that lost a race is tried again; default 50
	Logger  *slog.Logger // default slog.Default()
}

func (o Options) withDefaults() Options {
	if o.NewID == nil {
		o.NewID = newID
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxIncludes <= 0 {
		o.MaxIncludes = 1000
	}
	if o.Retries <= 0 {
		o.Retries = 50
	}
	o.Logger = cmp.Or(o.Logger, slog.Default())
	return o
}

// newID is a UUID of version 7: new resources lie together in an index, and 74 random bits can't be guessed.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Store is a Backend bound to the Registry. It gives out Sessions and nothing else of the data.
type Store struct {
	backend Backend
	base    *spec.Registry // what the program itself knows
	options Options

	// read are the index entries of versions, which never change: judging by what a resource refers to needs no
	// decoding twice.
	read *lru.Cache[versionOf, []search.Entry]
	// outlines are what is left out of versions for those who are online.
	outlines *lru.Cache[versionOf, outline]

	health health

	refreshing sync.Mutex
	revision   int64 // of the record of search parameters that the Registry was last made by
}

// Open binds a Backend that was opened with the same Registry. The Store owns it: Close closes it.
func Open(b Backend, r *spec.Registry, o Options) *Store {
	read, _ := lru.New[versionOf, []search.Entry](remembered) // an error only for a size of 0
	outlines, _ := lru.New[versionOf, outline](outlined)
	return &Store{backend: b, base: r, options: o.withDefaults(), read: read, outlines: outlines, revision: -1}
}

// remembered is how many versions' index entries are kept in memory: some 4 kB each.
const remembered = 4096

// versionOf is a version as it was indexed: a type that gets other search parameters is another *spec.Type.
type versionOf struct {
	key fhir.Key
	t   *spec.Type
}

// As is the door: what the grant doesn't reach doesn't exist for the Session, and the observer is told of all that is
// done by it. There must be an observer; for Frontdesk's own parts it is Unobserved.
func (s *Store) As(g access.Grant, o Observer) *Session {
	if o == nil {
		panic("store: a Session without an observer")
	}
	return &Session{store: s, grant: g, observer: o}
}

// By is whose Session it is.
func (s *Session) By() access.Identity { return s.grant.Identity() }

// SaferView says that the caller may know of patients' reduced views.
func (s *Session) SaferView() bool { return s.grant.SaferView() }

// Registry is R4 as this store knows it now: with the search parameters that were posted. Ask anew for every request.
func (s *Store) Registry() *spec.Registry { return s.backend.Registry() }

// Ready says whether a parameter may be searched by: it is supported and its index is complete.
func (s *Store) Ready(p *spec.Param) bool {
	return p.Unsupported == "" && !slices.ContainsFunc(p.Answers(), func(b spec.Branch) bool {
		return b.Param.Unsupported != "" || b.Param.Indexed() && !s.backend.Index(b.Param).Ready
	})
}

// Progress tells of a parameter that isn't Ready how many resources are indexed, and of how many.
func (s *Store) Progress(p *spec.Param) (done, total int64) {
	i := s.backend.Index(p)
	return i.Done, i.Total
}

// SearchOptions are what search.Parse needs to know of this store; how much is asked for at a time is still to be set.
func (s *Store) SearchOptions() search.Options {
	return search.Options{Base: s.options.Base, Zone: s.options.Zone, Now: s.options.Now(), Ready: s.Ready, Progress: s.Progress}
}

// Totals is as far as a search counts its matches though nobody asked; 0: it doesn't.
func (s *Store) Totals() int64 { return s.options.Totals }

// Now is the time as this store has it.
func (s *Store) Now() time.Time { return s.options.Now() }

// Records is the state that isn't a resource: an import's checkpoints, later accounts and keys. It answers to no grant,
// so it is for Frontdesk's own parts and never for what a client asks.
func (s *Store) Records() Records { return s.backend.Records() }

// WriteRecords writes records, all or none, for Frontdesk's own parts. fhir.Conflict if one hasn't the Revision that
// it must have.
func (s *Store) WriteRecords(ctx context.Context, ws ...RecordWrite) error {
	_, err := s.backend.Apply(ctx, Batch{Records: ws})
	var lost *Rejected
	if errors.As(err, &lost) {
		return fhir.Errorf(fhir.Conflict, "", "This has been done meanwhile by another, and nothing was changed. (%w)",
			err)
	}
	return err
}

// Close closes the Backend.
func (s *Store) Close() error { return s.backend.Close() }

// Session is the store as one caller sees it: what it serves is what the grant reaches, redacted, and each of its
// methods that reads or writes reports exactly once to the observer. It is cheap to make, and safe for concurrent use
// if its observer is.
type Session struct {
	store    *Store
	grant    access.Grant
	observer Observer
	plain    bool // nothing is redacted: what it shows is judged by a rule, or redacted and reported as a whole by Compose
}
