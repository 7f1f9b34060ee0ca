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

// setting is the update that sets a record, if its revision is the one it must be. Revisions go on where an expired
// record of the same key stopped, while that is still there.
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

// attempts is how often what needs no transaction of its own is tried.
const attempts = 60

// single writes one record, which needs no transaction: one round trip, and if the answer is lost the driver sends it
// again, without its being done twice. If that gets lost too, the record itself tells by whom it was written.
func (b *Backend) single(ctx context.Context, w store.RecordWrite) error {
	t := &transaction{Backend: b, batch: &store.Batch{Records: []store.RecordWrite{w}}, id: bson.NewObjectID().Hex()}
	rejected := &store.Rejected{Reason: store.RecordChanged}
	for try := 0; ; try++ {
		err := t.singly(ctx, &w)
		var e mongo.ServerError
		duplicate := errors.As(err, &e) && e.HasErrorCode(codeDuplicate)
		lost := errors.Is(err, errLost) || duplicate && w.Revision == 0
		switch {
		case err == nil:
			return nil
		case lost && try == 0:
			return rejected
		case lost:
			return t.settle(ctx, &w, rejected)
		case !duplicate && !unreachable(err) || try == attempts || pause(ctx, try) != nil:
			return t.settle(ctx, &w, fault("write a record", err))
		}
	}
}

// settle finds out whether a record was written of which no answer came. otherwise is what to say if it wasn't.
func (t *transaction) settle(ctx context.Context, w *store.RecordWrite, otherwise error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), asking)
	defer cancel()
	var now struct {
		Revision int64  `bson:"n"`
		Commit   string `bson:"tx"`
	}
	err := t.records.FindOne(ctx, bson.D{{Key: "_id", Value: recordID(w.Namespace, w.Key)}}).Decode(&now)
	absent := errors.Is(err, mongo.ErrNoDocuments)
	switch {
	case err != nil && !absent:
		return unclear(err)
	case now.Commit == t.id:
		return nil
	case absent && w.Revision == 0, !absent && now.Revision == w.Revision: // nobody has written since
		return otherwise
	case w.Value != nil && w.Revision >= 0 && now.Revision == w.Revision+1: // only another has
		return otherwise
	}
	return unclear(errLost) // and no store.Rejected: after that callers write again
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
