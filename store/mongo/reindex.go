package mongo

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store/mongo/index"
)

// rebuildStep is how many resources are indexed anew by one command.
const rebuildStep = 100

// SetRegistry waits for the Applies under way, changes the Registry, and lets what is new be built.
func (b *Backend) SetRegistry(ctx context.Context, r *spec.Registry) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.adopt(ctx, r); err != nil {
		return err
	}
	b.registry.Store(r)
	b.begun(r)
	return nil
}

// begun tells the builder if something isn't complete.
func (b *Backend) begun(r *spec.Registry) {
	for _, name := range r.Names() {
		if t, _ := r.Type(name); !complete(b.states.get(name), t) {
			b.wake()
			return
		}
	}
}

// wake tells the builder that there is work.
func (b *Backend) wake() {
	select {
	case b.kick <- struct{}{}:
	default: // it has been told already
	}
}

// build indexes anew what must be, until Close: what is new in the Registry, what another instance left half done, what
// one that is behind wrote. A failure is made good by the next try.
func (b *Backend) build() {
	defer close(b.ended)
	tick := time.NewTicker(b.options.Watch)
	defer tick.Stop()
	me := bson.NewObjectID().Hex()
	for {
		select {
		case <-b.work.Done():
			return
		case <-tick.C:
		case <-b.kick:
		}
		if b.stillKnown() != nil {
			return
		}
		if err := b.reconcile(b.work, me); err != nil && b.work.Err() == nil {
			b.options.Logger.Warn("the indexes could not be looked after; trying again", "error", err)
		}
	}
}

// reconcile makes the indexes of the database that aren't there yet, and then sees to what they are to hold.
func (b *Backend) reconcile(ctx context.Context, me string) error {
	if err := b.makeIndexes(ctx); err != nil {
		return err
	}
	if err := b.number(ctx); err != nil {
		return err
	}
	return b.catchUp(ctx, me)
}

// catchUp builds what isn't complete, and indexes what was written by an instance that didn't know the newest
// parameters.
func (b *Backend) catchUp(ctx context.Context, me string) error {
	if err := b.load(ctx); err != nil {
		return err
	}
	r := b.Registry()
	var goals []string
	for _, name := range r.Names() {
		t, _ := r.Type(name)
		goals = append(goals, index.Goal(t))
		if st := b.states.get(name); st.Goal == index.Goal(t) && !complete(st, t) {
			if err := b.rebuild(ctx, t, me); err != nil {
				return err
			}
		}
	}
	var late resource
	err := b.resources.FindOne(ctx, bson.D{{Key: "g", Value: bson.D{{Key: "$nin", Value: goals}}}, {Key: "t", Value: bson.D{{Key: "$gt", Value: ""}}}},
		options.FindOne().SetProjection(bson.D{{Key: "t", Value: 1}})).Decode(&late)
	switch t, known := r.Type(late.Version.Type); {
	case errors.Is(err, mongo.ErrNoDocuments):
		return nil
	case err != nil:
		return fault("look for what is to be indexed", err)
	case !known || b.states.get(late.Version.Type).Goal != index.Goal(t): // a newer release looks after it
		return nil
	case !complete(b.states.get(late.Version.Type), t): // another instance is at it
		return nil
	default:
		_, err := b.reindex(ctx, t)
		return err
	}
}

func complete(st state, t *spec.Type) bool {
	return slices.Equal(st.Names, index.Names(t))
}

// rebuild goes through the resources of a type that were indexed for something else, unless another instance does.
func (b *Backend) rebuild(ctx context.Context, t *spec.Type, me string) error {
	goal, report := index.Goal(t), reporter{log: b.options.Logger, typ: t.Name}
	defer func() {
		if ctx.Err() != nil {
			b.release(context.WithoutCancel(ctx), t.Name, me)
		}
	}()
	for ctx.Err() == nil {
		if now, ok := b.Registry().Type(t.Name); !ok || index.Goal(now) != goal {
			return nil // the Registry has changed
		}
		st, mine, err := b.claim(ctx, t.Name, goal, me)
		if err != nil || !mine {
			return err
		}
		report.at(st)
		n, err := b.reindex(ctx, t)
		if err != nil {
			return err
		}
		done := bson.D{{Key: "$inc", Value: bson.D{{Key: "done", Value: int64(n)}}}}
		if n == 0 {
			done = bson.D{{Key: "$set", Value: bson.D{{Key: "names", Value: index.Names(t)}, {Key: "until", Value: int64(0)}}}}
		}
		if _, _, err = b.advance(ctx, bson.D{{Key: "_id", Value: t.Name}, {Key: "goal", Value: goal}}, done); err != nil {
			return err
		}
		if n == 0 {
			report.done()
			return b.changed(ctx)
		}
	}
	return fault("index anew", ctx.Err())
}

// release lets another instance go on at once. If it fails, that one waits until the claim has run out.
func (b *Backend) release(ctx context.Context, typ, me string) {
	ctx, cancel := context.WithTimeout(ctx, closing)
	defer cancel()
	_, _, _ = b.advance(ctx, bson.D{{Key: "_id", Value: typ}, {Key: "by", Value: me}}, bson.D{{Key: "$set", Value: bson.D{{Key: "until", Value: int64(0)}}}})
}

// claim makes this instance the one that builds a type, or keeps it so. mine is false if another is.
func (b *Backend) claim(ctx context.Context, typ, goal, me string) (st state, mine bool, err error) {
	now := time.Now()
	free := bson.A{bson.D{{Key: "by", Value: me}}, bson.D{{Key: "until", Value: bson.D{{Key: "$lt", Value: now.UnixMicro()}}}},
		bson.D{{Key: "until", Value: bson.D{{Key: "$exists", Value: false}}}}}
	return b.advance(ctx, bson.D{{Key: "_id", Value: typ}, {Key: "goal", Value: goal}, {Key: "$or", Value: free}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "by", Value: me}, {Key: "until", Value: now.Add(claimed).UnixMicro()}}}})
}

// advance changes a state, in the database and here. ok is false if none met the filter.
func (b *Backend) advance(ctx context.Context, filter, update bson.D) (st state, ok bool, err error) {
	err = b.indexes.FindOneAndUpdate(ctx, filter, update, options.FindOneAndUpdate().SetReturnDocument(options.After)).Decode(&st)
	switch {
	case err == nil:
		b.states.set(st)
		return st, true, nil
	case errors.Is(err, mongo.ErrNoDocuments):
		return st, false, nil
	}
	return st, false, fault("say how far the index is", err)
}

// reindex indexes some of those anew, and says of how many it was.
func (b *Backend) reindex(ctx context.Context, t *spec.Type) (int, error) {
	goal := index.Goal(t)
	cursor, err := b.resources.Find(ctx, staleOf(t.Name, goal), options.Find().SetLimit(rebuildStep).SetProjection(
		bson.D{{Key: "t", Value: 1}, {Key: "id", Value: 1}, {Key: "v", Value: 1}, {Key: "j", Value: 1}, {Key: "c", Value: 1}, {Key: "g", Value: 1}, {Key: index.HomeField, Value: 1}}))
	if err != nil {
		return 0, fault("read what is to be indexed", err)
	}
	var stale []resource
	if err := cursor.All(ctx, &stale); err != nil {
		return 0, fault("read what is to be indexed", err)
	}
	x := search.Indexer{Base: b.options.Base, Zone: b.options.Zone}
	models := make([]mongo.WriteModel, len(stale))
	for i := range stale {
		d := &stale[i]
		update := bson.D{{Key: "$set", Value: bson.D{{Key: "g", Value: goal}}}}
		if r, err := codec.Decode(d.Version.JSON, codec.Unlimited()); err != nil {
			b.options.Logger.Warn("a stored resource can't be read; it keeps its old index entries", "resource", d.Key, "error", err)
		} else if update, err = replacing(index.Of(t, x.Index(t, r.Message), d.Version.Compartments)); err != nil {
			return 0, err
		}
		as := bson.D{{Key: "_id", Value: d.Key}, {Key: index.HomeField, Value: d.Home}, {Key: "v", Value: d.Version.Number}, {Key: "g", Value: d.Index.Goal}}
		models[i] = mongo.NewUpdateOneModel().SetFilter(as).SetUpdate(update)
	}
	if len(models) == 0 {
		return 0, nil
	}
	if _, err := b.resources.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false)); err != nil {
		return 0, fault("index anew", err)
	}
	return len(models), nil
}

// replacing is the update that puts one document's Fields in the place of what is there.
func replacing(f index.Fields) (bson.D, error) {
	raw, err := bson.Marshal(f)
	if err != nil {
		return nil, fault("write a document", err)
	}
	var set bson.D
	if err := bson.Unmarshal(raw, &set); err != nil {
		return nil, fault("write a document", err)
	}
	var unset bson.D
	for _, name := range index.Optional {
		if !slices.ContainsFunc(set, func(e bson.E) bool { return e.Key == name }) {
			unset = append(unset, bson.E{Key: name, Value: ""})
		}
	}
	out := bson.D{{Key: "$set", Value: set}}
	if unset != nil {
		out = append(out, bson.E{Key: "$unset", Value: unset})
	}
	return out, nil
}

// reporter logs how far the index of a type is, at each tenth.
type reporter struct {
	log   *slog.Logger
	typ   string
	tenth int64
	begun bool
}

func (r *reporter) at(s state) {
	tenth := 10 * s.Done / max(s.Total, 1)
	if !r.begun || tenth > r.tenth {
		r.begun, r.tenth = true, tenth
		r.log.Info("building the index", "type", r.typ, "done", s.Done, "of", s.Total)
	}
}

func (r *reporter) done() {
	if r.begun {
		r.log.Info("the index is complete", "type", r.typ)
	}
}
