package memory

import (
	"context"
	"sync"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Backend holds everything behind one lock.
type Backend struct {
	mu       sync.RWMutex
	registry *spec.Registry
	log      []*version // in the order of commits
	last     map[fhir.Key][]*version
	records  map[recordKey]store.Record
	clock    time.Time
	feed     []store.Committed // in the order of their Positions
	news     store.News
	store.Tally

	// Indexer indexes what is stored by a parameter that SetRegistry brings. Set it before use.
	Indexer search.Indexer
}

// version is one version of a resource, and how it is found while it is the current one.
type version struct {
	fhir.Stored
	index []search.Entry
	until time.Time // when the next version came; zero while it is current
}

var _ store.Backend = (*Backend)(nil)

type recordKey struct{ namespace, key string }

// Open makes an empty backend.
func Open(r *spec.Registry) *Backend {
	return &Backend{registry: r, last: map[fhir.Key][]*version{}, records: map[recordKey]store.Record{}}
}

// Get is one version.
func (b *Backend) Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	vs := b.last[key.Current()]
	n := key.Version
	if n == 0 {
		n = int64(len(vs))
	}
	if n < 1 || n > int64(len(vs)) {
		return nil, fhir.Errorf(fhir.NotFound, "", "There is no %s.", key).About(key)
	}
	st := vs[n-1].Stored
	return &st, nil
}

// Cached is nothing, so that all reads take the same road.
func (b *Backend) Cached(fhir.Key) *fhir.Stored { return nil }

// GetUncached is Get.
func (b *Backend) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	return b.Get(ctx, key)
}

// Near says the same as MongoDB, so that what is done then is tested on this too.
func (b *Backend) Near() bool { return false }

// Building is nothing.
func (b *Backend) Building() []store.Building { return nil }

// current is the current version of a key, tombstones included; nil if there never was one.
func (b *Backend) current(key fhir.Key) *version {
	vs := b.last[key.Current()]
	if len(vs) == 0 {
		return nil
	}
	return vs[len(vs)-1]
}

// Index tells that all there is is ready: SetRegistry builds before it returns.
func (b *Backend) Index(p *spec.Param) store.IndexState {
	return store.IndexState{Ready: p == spec.ID || p == spec.LastUpdated || known(b.Registry(), p)}
}

// known says whether a parameter is of a Registry.
func known(r *spec.Registry, p *spec.Param) bool {
	t, ok := r.Type(p.Type)
	return ok && t.Params[p.Code] == p
}

// Health has nothing that could break.
func (b *Backend) Health(ctx context.Context) error { return alive(ctx) }

// Close has nothing to give back.
func (b *Backend) Close() error { return nil }

func alive(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fhir.Errorf(fhir.TimedOut, "", "The time for this request ran out. Send it again. (%w)", err)
	}
	return nil
}
