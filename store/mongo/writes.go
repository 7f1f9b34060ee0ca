package mongo

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// write does everything of a Batch inside the transaction. Each step is one command for all that is to be done in it.
func (t *transaction) write(ctx context.Context) ([]store.Result, error) {
	newest, err := t.newest(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.lock(ctx); err != nil {
		return nil, err
	}
	at := t.clock.after(newest)
	if err := t.tell(ctx, at); err != nil { // before the facts are set that it tells of
		return nil, err
	}
	if err := t.hold(ctx); err != nil {
		return nil, err
	}
	results, err := t.versions(ctx, at)
	if err != nil {
		return nil, err
	}
	return results, t.keep(ctx)
}

// lock makes transactions with the same criteria collide, and then looks whether something meets them: a snapshot alone
// would let two through. What must not be referred to when it is deleted is locked by itself: who refers to it holds
// it.
func (t *transaction) lock(ctx context.Context) error {
	var locks changes
	for _, w := range t.batch.Writes {
		if w.NoMatch == nil || w.Method == fhir.Delete {
			continue
		}
		for _, f := range w.NoMatch.From {
			locks.add(bson.D{{Key: "_id", Value: index.Lock(f)}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}},
				{Key: "$set", Value: bson.D{{Key: "at", Value: time.Now()}}}}, true)
		}
	}
	if err := locks.apply(ctx, t.locks); err != nil {
		return err
	}
	for i := range t.batch.Writes {
		if match, err := t.match(ctx, t.batch.Writes[i].NoMatch); err != nil {
			return err
		} else if match != nil {
			return errLost
		}
	}
	return nil
}

// hold write-locks what must stay as it is, in its version, and sets facts.
func (t *transaction) hold(ctx context.Context) error {
	var held, past changes
	seen := map[fhir.Key]bool{}
	for _, m := range t.batch.Marks {
		seen[m.Key] = true
		facts := bson.D{{Key: "$set", Value: bson.D{{Key: "f", Value: factsOf(m.Facts)}}}}
		held.add(t.planned(m.Key), facts, false)
		past.add(versionAt(m.Key), bson.D{{Key: "$set", Value: bson.D{{Key: "f", Value: factsOf(m.Facts)},
			{Key: "mark", Value: t.id}}}}, false)
	}
	for _, key := range t.batch.Require {
		if !seen[key] {
			seen[key] = true
			held.add(t.planned(key), bson.D{{Key: "$inc", Value: bson.D{{Key: "held", Value: 1}}}}, false)
		}
	}
	if err := held.apply(ctx, t.resources); err != nil {
		return err
	}
	return past.apply(ctx, t.history)
}

// planned finds a resource if it is in the version, and has the facts, by which the Batch was planned.
func (t *transaction) planned(key fhir.Key) bson.D {
	filter := bson.D{{Key: "_id", Value: key.Current().String()}, {Key: "v", Value: key.Version}}
	if i := slices.IndexFunc(t.batch.Known, func(m store.Mark) bool { return m.Key == key }); i >= 0 {
		filter = append(filter, bson.E{Key: "f", Value: factsOf(t.batch.Known[i].Facts)})
	}
	return filter
}

// versions writes the new ones.
func (t *transaction) versions(ctx context.Context, at time.Time) ([]store.Result, error) {
	homes, err := t.homes(ctx)
	if err != nil {
		return nil, err
	}
	results := make([]store.Result, len(t.batch.Writes))
	var gone, now, then changes
	for i := range t.batch.Writes {
		w := &t.batch.Writes[i]
		v := versionOf(w, at)
		if len(v.JSON) > largest {
			return nil, tooLarge()
		}
		results[i] = store.Result{Updated: at, JSON: v.JSON}
		current := &resource{Key: w.Key.Current().String(), Home: index.Home(w.Key.Type, w.Key.ID, w.Compartments), Version: v}
		if w.Method == fhir.Delete {
			current.Version.Type = ""
		} else {
			typ, err := t.typeOf(w.Key.Type)
			if err != nil {
				return nil, err
			}
			current.Index = index.Of(typ, w.Index, w.Compartments)
		}
		before := w.Key
		before.Version--
		then.models = append(then.models, mongo.NewInsertOneModel().SetDocument(past{Key: w.Key.String(), Resource: current.Key, Version: v, Commit: t.id}))
		if before.Version == 0 {
			now.models = append(now.models, mongo.NewInsertOneModel().SetDocument(current))
			continue
		}
		t.replaced(before, current, homes, &gone, &now)
		then.add(versionAt(before), bson.D{{Key: "$set", Value: bson.D{{Key: "until", Value: at.UnixMicro()}}}}, false)
	}
	for _, c := range []changes{gone, now} {
		if err := c.apply(ctx, t.resources); err != nil {
			return nil, err
		}
	}
	return results, then.apply(ctx, t.history)
}

// largest is how many bytes a body may have: MongoDB's limit for a document is 16 MiB, and what it is found by needs
// room, too.
const largest = 12 << 20

// changes are writes to one collection that are done together.
type changes struct {
	models []mongo.WriteModel
	meets  int64 // how many of the updates and deletes must meet a document, or make one
}

// add adds an update that must meet one document.
func (c *changes) add(filter, update bson.D, upsert bool) {
	c.meets++
	c.models = append(c.models, mongo.NewUpdateOneModel().SetFilter(filter).SetUpdate(update).SetUpsert(upsert))
}

// codeDuplicate is the server's for a document whose _id is there already.
const codeDuplicate = 11000

// apply does them: errLost if one finds another state than it must.
func (c *changes) apply(ctx context.Context, in *mongo.Collection) error {
	if len(c.models) == 0 {
		return nil
	}
	done, err := in.BulkWrite(ctx, c.models, options.BulkWrite().SetOrdered(false))
	var e mongo.ServerError
	switch {
	case err != nil && errors.As(err, &e) && e.HasErrorCode(codeDuplicate):
		return errLost
	case err != nil:
		return err
	case done.MatchedCount+done.UpsertedCount+done.DeletedCount != c.meets:
		return errLost
	}
	return nil
}
