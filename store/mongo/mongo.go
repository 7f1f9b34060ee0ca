package mongo

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo/cluster"
)

// Options are the settings. Zero fields take the defaults.
type Options struct {
	Logger  *slog.Logger   // default slog.Default()
	Base    string         // our own FHIR base URL, for indexing anew
	Zone    *time.Location // where dates without a zone are read, for indexing anew; default Europe/London
	MaxCost int64          // documents that one search may have to read; default 2,000,000
	// Inner is how many resources the far end of a chain may have for it to be looked up first; default 200, up to
	// which MongoDB merges the keys of an $in in the order of a sort (internalQueryMaxScansToExplode). Of a larger one
	// only what the candidates of a page lead to is looked up.
	Inner int
	// Watch is how often this instance looks for what others have changed about indexes; default a second.
	Watch time.Duration
	// Secondaries lets pages of searches and histories be read from secondaries, by the readPreference of the URI (else
	// secondaryPreferred). They can be behind: what was written a moment ago may be missing, and what was hidden still
	// there.
	Secondaries bool
	// Monitor is told of every command that is sent; nil for none.
	Monitor *event.CommandMonitor
}

// Backend is a store.Backend on one database.
type Backend struct {
	options Options
	client  *mongo.Client
	collections
	pages collections // the same, read where pages may be
	clock clock
	news  store.News

	numbering sync.Mutex // of this process one numbers changes at a time
	forgotten int64      // the last batch of the feed of which nothing is in pending any more; with numbering held

	changing sync.RWMutex // held to write while the Registry changes, to read by every Apply
	registry atomic.Pointer[spec.Registry]
	states   states
	making   making
	outdated atomic.Pointer[fhir.Error] // why this release can't go on, if it can't

	work   context.Context // ends with Close
	cancel context.CancelFunc
	kick   chan struct{} // tells the builder that there may be work
	ended  chan struct{} // closed when it has ended
	close  sync.Once
}

var _ store.Backend = (*Backend)(nil)

// Open connects to the MongoDB that a URI names ("mongodb://host/database?replicaSet=rs0"), and makes collections and
// indexes that aren't there. Without a database in the URI it is frontdesk. fhir.Unavailable with the cure if it can't
// serve.
func Open(ctx context.Context, uri string, r *spec.Registry, o Options) (*Backend, error) {
	o.Logger, o.MaxCost, o.Inner = cmp.Or(o.Logger, slog.Default()), cmp.Or(o.MaxCost, 2_000_000), cmp.Or(o.Inner, 200)
	o.Watch = cmp.Or(o.Watch, time.Second)
	client, database, err := cluster.Connect(uri, cluster.Options{Secondaries: o.Secondaries, Monitor: o.Monitor})
	if err != nil {
		return nil, err
	}
	b := &Backend{options: o, client: client, kick: make(chan struct{}, 1), ended: make(chan struct{})}
	if err := b.open(ctx, client.Database(database), r); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx)) // the first error is the one to tell
		return nil, err
	}
	b.work, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go b.build()
	return b, nil
}

// open makes everything ready that other instances don't need to know of yet.
func (b *Backend) open(ctx context.Context, db *mongo.Database, r *spec.Registry) error {
	if err := cluster.Suitable(ctx, db); err != nil {
		return fault("connect", err)
	}
	b.collections, b.pages = collectionsOf(db, readpref.Primary()), collectionsOf(db, nil)
	if err := b.agree(ctx); err != nil {
		return err
	}
	if err := cluster.Snapshots(ctx, b.meta, formatID); err != nil {
		return fault("connect", err)
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	r, err := store.Extended(ctx, b.Records().Get, r, b.options.Logger)
	if err != nil {
		return err
	}
	b.registry.Store(r)
	if err := b.adopt(ctx, r); err != nil {
		return err
	}
	b.begun(r)
	if len(b.making.left) > 0 {
		b.wake()
	}
	return nil
}

// Registry is what resources are indexed by now.
func (b *Backend) Registry() *spec.Registry { return b.registry.Load() }

// Health reads the newest version of the primary, by a session as requests use it.
func (b *Backend) Health(ctx context.Context) error {
	return b.readFrom(ctx, b.collections, func(r *reader) error {
		if _, err := b.newest(r.ctx); err != nil {
			return fault("probe the database", err)
		}
		return nil
	})
}

// apart is a context for what must be ended though that of the request has: it has a deadline of its own.
func apart(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), closing)
}

// Close ends what goes on in the background and gives the connections back. What was acknowledged is in the database.
func (b *Backend) Close() (err error) {
	b.close.Do(func() {
		b.cancel()
		b.news.Tell() // who waits sees that it is closed
		<-b.ended
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		if e := b.client.Disconnect(ctx); e != nil {
			err = fault("close the connections", e)
		}
	})
	return err
}

// closing is how long Close waits for operations under way.
const closing = 10 * time.Second

// Index tells how far the index of a parameter is.
func (b *Backend) Index(p *spec.Param) store.IndexState {
	if p == spec.ID || p == spec.LastUpdated {
		return store.IndexState{Ready: true}
	}
	t, ok := b.Registry().Type(p.Type)
	if !ok || !p.Indexed() {
		return store.IndexState{}
	}
	return b.states.of(t, p)
}

// typeOf is a type by its name, fhir.UnknownType if there is none.
func (b *Backend) typeOf(name string) (*spec.Type, error) {
	t, ok := b.Registry().Type(name)
	if !ok {
		return nil, fhir.Errorf(fhir.UnknownType, "", "%q is not a resource type of FHIR R4. Type names are case-sensitive, as in \"Patient\".", name)
	}
	return t, nil
}
