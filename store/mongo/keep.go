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
)

// keep writes the records of a Batch, those that are set in one command.
func (t *transaction) keep(ctx context.Context) error {
	var set changes
	for i := range t.batch.Records {
		w := &t.batch.Records[i]
		if w.Value == nil {
			if err := t.remove(ctx, w); err != nil {
				return err
			}
			continue
		}
		filter, update, upsert := t.setting(w, t.id)
		set.add(filter, update, upsert)
	}
	return set.apply(ctx, t.records)
}

// setting is the update that sets a record, if its revision is the one it must be. Revisions go on where an expired record of the same
// key stopped, while that is still there.
func (b *Backend) setting(w *store.RecordWrite, commit string) (filter, update bson.D, upsert bool) {
	filter = bson.D{{Key: "_id", Value: recordID(w.Namespace, w.Key)}}
	switch {
	case w.Revision > 0:
		filter = append(filter, bson.E{Key: "n", Value: w.Revision}, lasting())
	case w.Revision == 0: // an unexpired one isn't met, and then the insert fails
		filter = append(filter, bson.E{Key: "x", Value: bson.D{{Key: "$gt", Value: int64(0)}, {Key: "$lte", Value: time.Now().UnixMicro()}}})
	}
	set := bson.D{{Key: "ns", Value: w.Namespace}, {Key: "v", Value: w.Value}, {Key: "tx", Value: commit}}
	update = bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: int64(1)}}}}
	if w.Expires.IsZero() {
		set = append(set, bson.E{Key: "x", Value: int64(0)})
		update = append(update, bson.E{Key: "$unset", Value: bson.D{{Key: "ttl", Value: ""}}})
	} else {
		set = append(set, bson.E{Key: "x", Value: w.Expires.UnixMicro()}, bson.E{Key: "ttl", Value: w.Expires})
	}
	return filter, append(update, bson.E{Key: "$set", Value: set}), w.Revision <= 0
}

// remove removes a record, which must be there in a revision if one is named.
func (b *Backend) remove(ctx context.Context, w *store.RecordWrite) error {
	filter := bson.D{{Key: "_id", Value: recordID(w.Namespace, w.Key)}}
	switch {
	case w.Revision > 0:
		filter = append(filter, bson.E{Key: "n", Value: w.Revision}, lasting())
	case w.Revision == 0: // nothing is to be removed; it only must not be there
		_, err := b.Records().Get(ctx, w.Namespace, w.Key)
		if fhir.KindOf(err) == fhir.NotFound && err != nil {
			return nil
		}
		if err == nil {
			err = errLost
		}
		return err
	}
	done, err := b.records.DeleteOne(ctx, filter)
	if err == nil && w.Revision > 0 && done.DeletedCount == 0 {
		return errLost
	}
	return err
}

// single writes one record, which needs no transaction: one round trip, and if the answer is lost the driver sends it again, without
// its being done twice. If that gets lost too, the record itself tells by whom it was written.
func (b *Backend) single(ctx context.Context, w store.RecordWrite) error {
	t := &transaction{Backend: b, batch: &store.Batch{Records: []store.RecordWrite{w}}, id: bson.NewObjectID().Hex()}
	for try := 0; ; try++ {
		err := t.singly(ctx, &w)
		var e mongo.ServerError
		switch duplicate := errors.As(err, &e) && e.HasErrorCode(codeDuplicate); {
		case err == nil:
			return nil
		case errors.Is(err, errLost), duplicate && w.Revision == 0:
			if there, err := t.stored(ctx); err == nil && there && try > 0 {
				return nil
			}
			return &store.Rejected{Write: -1, Require: -1, Record: 0}
		case !duplicate && !unreachable(err) || try == attempts || ctx.Err() != nil:
			return t.outcome(err)
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

func (t *transaction) singly(ctx context.Context, w *store.RecordWrite) error {
	if w.Value == nil {
		return t.remove(ctx, w)
	}
	filter, update, upsert := t.setting(w, t.id)
	done, err := t.records.UpdateOne(ctx, filter, update, options.UpdateOne().SetUpsert(upsert))
	if err == nil && done.MatchedCount+done.UpsertedCount == 0 {
		return errLost
	}
	return err
}
