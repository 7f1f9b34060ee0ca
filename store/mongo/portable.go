package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// Versions counts them.
func (b *Backend) Versions(ctx context.Context) (int64, error) {
	n, err := b.history.CountDocuments(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: ""}}}}) // all of them, by an index
	if err != nil {
		return 0, fault("count the versions", err)
	}
	return n, nil
}

// AllRecords goes through the records of all namespaces.
func (b *Backend) AllRecords(ctx context.Context, yield func(store.Record) bool) error {
	return b.scanRecords(ctx, bson.D{{Key: "$gt", Value: ""}}, yield)
}

// Restore writes what comes from elsewhere, in one transaction.
func (b *Backend) Restore(ctx context.Context, versions []store.Restored, records []store.Record) error {
	batch := store.Batch{} // by which the outcome is found out if the answer is lost
	for i := range versions {
		batch.Writes = append(batch.Writes, store.Write{Key: versions[i].Key})
	}
	for _, r := range records {
		batch.Records = append(batch.Records, store.RecordWrite{Namespace: r.Namespace, Key: r.Key})
	}
	t := &transaction{Backend: b, batch: &batch}
	began := time.Now()
	for try := 0; ; try++ {
		_, err := t.run(ctx, func(ctx context.Context) ([]store.Result, error) {
			if err := t.restore(ctx, versions); err != nil {
				return nil, err
			}
			return []store.Result{}, t.restoreRecords(ctx, records)
		})
		again := errors.Is(err, errLost) && try < attempts
		if err != nil && transient(err) {
			again = time.Since(began) < abandoned
		}
		if !again {
			return faultOf(err)
		}
		if results, err := t.done(ctx); results != nil || err != nil {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

// abandoned is for how long a restore is tried while another transaction is in the way. It may be that of a process
// which was killed, and which MongoDB ends after a minute (transactionLifetimeLimitSeconds).
const abandoned = 90 * time.Second

// faultOf is an error of a restore that isn't tried again, nil of none.
func faultOf(err error) error {
	var e mongo.ServerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.HasErrorCode(codeWriteConflict):
		return fhir.Errorf(fhir.Conflict, "", "Another process writes what was to be restored. Stop it, and restore once more. (%w)", err)
	case errors.Is(err, errLost) && !unreachable(err):
		return fhir.Errorf(fhir.Conflict, "", "Something that was to be restored is there already. Restore into an empty store. (%w)", err)
	}
	return fault("restore", err)
}

// restore writes versions, which come newest first.
func (t *transaction) restore(ctx context.Context, versions []store.Restored) error {
	if len(versions) == 0 {
		return nil
	}
	next, err := t.nextTimes(ctx, versions)
	if err != nil {
		return err
	}
	r := &reader{Backend: t.Backend, collections: t.collections, ctx: ctx}
	there, err := r.versionsOf(t.batch)
	if err != nil {
		return err
	}
	var now, then changes
	for i := range versions {
		v := &versions[i]
		if len(v.JSON) > largest {
			return tooLarge().About(v.Key)
		}
		key := v.Key.Current()
		doc := version{Type: key.Type, ID: key.ID, Number: v.Key.Version, Updated: v.Updated.UnixMicro(), Method: int32(v.Method), JSON: v.JSON,
			Compartments: v.Compartments, Facts: factsOf(v.Facts)}
		then.models = append(then.models, mongo.NewInsertOneModel().SetDocument(
			past{Key: v.Key.String(), Resource: key.String(), Version: doc, Until: next[v.Key], Commit: t.id}))
		if there[key] != 0 {
			continue
		}
		there[key] = v.Key.Version
		current, err := t.currentOf(v, doc)
		if err != nil {
			return err
		}
		now.models = append(now.models, mongo.NewInsertOneModel().SetDocument(current))
	}
	if err := now.apply(ctx, t.resources); err != nil {
		return err
	}
	if err := then.apply(ctx, t.history); err != nil {
		return err
	}
	return t.retell(ctx, versions)
}

// currentOf is the document of a resource with this version.
func (b *Backend) currentOf(v *store.Restored, doc version) (*resource, error) {
	t, err := b.typeOf(v.Key.Type)
	if err != nil {
		return nil, err
	}
	out := &resource{Key: v.Key.Current().String(), Home: index.Home(v.Key.Type, v.Key.ID, v.Compartments), Version: doc}
	if v.Deleted() {
		out.Version.Type = ""
	} else {
		out.Index = index.Of(t, v.Index, v.Compartments)
	}
	return out, nil
}

// nextTimes are the times of the versions that came after those of some keys, in microseconds: they are among them, or
// stored already.
func (t *transaction) nextTimes(ctx context.Context, versions []store.Restored) (map[fhir.Key]int64, error) {
	times := map[fhir.Key]int64{}
	ask := []string{}
	for i := range versions {
		times[versions[i].Key] = versions[i].Updated.UnixMicro()
	}
	for i := range versions {
		if after := following(versions[i].Key, 1); times[after] == 0 {
			ask = append(ask, after.String())
		}
	}
	cursor, err := t.history.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ask}}}},
		options.Find().SetProjection(bson.D{{Key: "t", Value: 1}, {Key: "id", Value: 1}, {Key: "v", Value: 1}, {Key: "u", Value: 1}}))
	if err != nil {
		return nil, err
	}
	var found []past
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	for i := range found {
		times[found[i].Version.key()] = found[i].Version.Updated
	}
	next := map[fhir.Key]int64{}
	for key, at := range times {
		next[following(key, -1)] = at
	}
	return next, nil
}

// following is the key of a version so many later.
func following(key fhir.Key, by int64) fhir.Key {
	key.Version += by
	return key
}

// restoreRecords puts records in the place of those of the same keys.
func (t *transaction) restoreRecords(ctx context.Context, records []store.Record) error {
	var set changes
	for _, r := range records {
		doc := record{ID: recordID(r.Namespace, r.Key), Namespace: r.Namespace, Value: r.Value, Revision: r.Revision, Commit: t.id}
		if !r.Expires.IsZero() {
			doc.Expires, doc.TTL = r.Expires.UnixMicro(), &r.Expires
		}
		set.meets++
		set.models = append(set.models, mongo.NewReplaceOneModel().SetFilter(bson.D{{Key: "_id", Value: doc.ID}}).SetReplacement(doc).SetUpsert(true))
	}
	return set.apply(ctx, t.records)
}
