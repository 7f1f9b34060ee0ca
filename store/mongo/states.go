package mongo

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// state is how far the index of a type is: a document of indexes, which all instances share.
type state struct {
	Type  string   `bson:"_id"`
	Goal  string   `bson:"goal"`  // what documents are to be indexed for
	Rank  int      `bson:"rank"`  // spec.IndexVersion of the program that said so: an older one doesn't change it back
	Names []string `bson:"names"` // parameters by which all documents are indexed
	Done  int64    `bson:"done"`
	Total int64    `bson:"total"`
	By    string   `bson:"by,omitempty"` // the instance that builds, until then or until it says so again
	Until int64    `bson:"until,omitempty"`
}

// states are those of all types, as last read.
type states struct {
	mu    sync.RWMutex
	types map[string]state
	seen  int64 // the revision of them all
}

func (s *states) get(typ string) state {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.types[typ]
}

func (s *states) set(st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.types[st.Type] = st
}

// of is the state of one parameter of a type.
func (s *states) of(t *spec.Type, p *spec.Param) store.IndexState {
	name := index.Name(p)
	if !slices.Contains(index.Names(t), name) {
		return store.IndexState{}
	}
	st := s.get(t.Name)
	if slices.Contains(st.Names, name) {
		return store.IndexState{Ready: true}
	}
	return store.IndexState{Done: min(st.Done, st.Total), Total: st.Total}
}

// revision is a document of meta that changes with every change of a state, so that others see it by one look.
var revision = bson.D{{Key: "_id", Value: "indexes"}}

// load reads the states if they have changed.
func (b *Backend) load(ctx context.Context) error {
	now, err := b.metaNow(ctx)
	if err != nil {
		return err
	}
	b.states.mu.RLock()
	known := b.states.types != nil && b.states.seen == now
	b.states.mu.RUnlock()
	if known {
		return nil
	}
	cursor, err := b.indexes.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ""}}}})
	if err != nil {
		return fault("read how far the indexes are", err)
	}
	var all []state
	if err := cursor.All(ctx, &all); err != nil {
		return fault("read how far the indexes are", err)
	}
	types := map[string]state{}
	for _, st := range all {
		types[st.Type] = st
	}
	b.states.mu.Lock()
	b.states.types, b.states.seen = types, now
	b.states.mu.Unlock()
	return nil
}

// metaNow is the revision of the states. It looks at the format by the way.
func (b *Backend) metaNow(ctx context.Context) (int64, error) {
	cursor, err := b.meta.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{formatID[0].Value, revision[0].Value}}}}})
	if err != nil {
		return 0, fault("read how far the indexes are", err)
	}
	var docs []struct {
		Format   format `bson:",inline"`
		Revision int64  `bson:"n"`
	}
	if err := cursor.All(ctx, &docs); err != nil {
		return 0, fault("read how far the indexes are", err)
	}
	revision := int64(0)
	for _, d := range docs {
		b.watchFormat(d.Format)
		revision = max(revision, d.Revision)
	}
	return revision, nil
}

// changed tells the other instances that a state has.
func (b *Backend) changed(ctx context.Context) error {
	_, err := b.meta.UpdateOne(ctx, revision, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: int64(1)}}}}, options.UpdateOne().SetUpsert(true))
	if err != nil {
		return fault("tell of the indexes", err)
	}
	return nil
}

// adopt makes the parameters of a Registry those by which documents are to be indexed, unless a newer release has said
// otherwise.
func (b *Backend) adopt(ctx context.Context, r *spec.Registry) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	if err := b.begin(ctx, r); err != nil {
		return err
	}
	any := false
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		st := b.states.get(name)
		if st.Goal == index.Goal(t) || st.Rank > spec.IndexVersion {
			continue
		}
		if err := b.aim(ctx, t, st); err != nil {
			return err
		}
		any = true
	}
	if !any {
		return nil
	}
	return b.changed(ctx)
}

// begin makes the states of types that have none: complete in a new database, for there is nothing to be indexed.
func (b *Backend) begin(ctx context.Context, r *spec.Registry) error {
	var missing []string
	for _, name := range r.Names() {
		if b.states.get(name).Goal == "" {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return nil
	}
	err := b.resources.FindOne(ctx, bson.D{{Key: "t", Value: bson.D{{Key: "$gt", Value: ""}}}}, options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return fault("look whether the store is new", err)
	}
	var docs []any
	for _, name := range missing {
		t, _ := r.Type(name)
		st := state{Type: name, Goal: "none", Names: []string{}}
		if err != nil {
			st = state{Type: name, Goal: index.Goal(t), Rank: spec.IndexVersion, Names: index.Names(t)}
		}
		docs = append(docs, st)
	}
	if _, err := b.indexes.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false)); err != nil && !mongo.IsDuplicateKeyError(err) {
		return fault("make the states of the indexes", err)
	}
	if err := b.changed(ctx); err != nil { // another instance may have made them at the same time
		return err
	}
	return b.load(ctx)
}

// aim sets what the documents of a type are to be indexed for. What is complete and stays is complete still.
func (b *Backend) aim(ctx context.Context, t *spec.Type, st state) error {
	names, goal := index.Names(t), index.Goal(t)
	stale, err := b.resources.CountDocuments(ctx, staleOf(t.Name, goal))
	if err != nil {
		return fault("count what is to be indexed", err)
	}
	next := state{Type: t.Name, Goal: goal, Rank: spec.IndexVersion, Total: stale, Names: names}
	if stale > 0 {
		next.Names = slices.DeleteFunc(slices.Clone(st.Names), func(name string) bool { return !slices.Contains(names, name) })
	}
	set := bson.D{{Key: "goal", Value: next.Goal}, {Key: "rank", Value: next.Rank}, {Key: "names", Value: next.Names}, {Key: "done", Value: next.Done},
		{Key: "total", Value: next.Total}, {Key: "until", Value: int64(0)}}
	done, err := b.indexes.UpdateOne(ctx, bson.D{{Key: "_id", Value: t.Name}, {Key: "goal", Value: st.Goal}}, bson.D{{Key: "$set", Value: set}})
	if err != nil {
		return fault("set what is to be indexed", err)
	}
	if done.MatchedCount > 0 { // else another instance was faster, and what it set is read soon
		b.states.set(next)
	}
	return nil
}

// staleOf finds the current resources of a type that were indexed for something else.
func staleOf(typ, goal string) bson.D {
	return bson.D{{Key: "t", Value: typ}, {Key: "g", Value: bson.D{{Key: "$ne", Value: goal}}}}
}

// claimed is how long an instance may be silent before another goes on with what it builds.
const claimed = 5 * time.Second
