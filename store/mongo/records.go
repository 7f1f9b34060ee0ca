package mongo

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/index"
)

// Records is the key-value side. It is always read from the primary: what one instance has revoked is revoked for all.
func (b *Backend) Records() store.Records { return records{b} }

type records struct{ b *Backend }

// record is a document of records. TTL is when the server may remove it, for what expires.
type record struct {
	ID        string     `bson:"_id"`
	Namespace string     `bson:"ns"`
	Value     []byte     `bson:"v"`
	Revision  int64      `bson:"n"`
	Expires   int64      `bson:"x"` // microseconds since 1970; 0: never
	TTL       *time.Time `bson:"ttl,omitempty"`
	Commit    string     `bson:"tx"` // which transaction wrote it
}

// recordID is a document's _id. No namespace has a NUL in it.
func recordID(namespace, key string) string { return namespace + "\x00" + key }

func (r *record) read() store.Record {
	out := store.Record{Namespace: r.Namespace, Key: strings.TrimPrefix(r.ID, recordID(r.Namespace, "")), Value: r.Value, Revision: r.Revision}
	if r.Expires != 0 {
		out.Expires = micros(r.Expires)
	}
	return out
}

// lasting is that a record hasn't expired.
func lasting() bson.E {
	return bson.E{Key: "$or", Value: bson.A{bson.D{{Key: "x", Value: 0}}, bson.D{{Key: "x", Value: bson.D{{Key: "$gt", Value: time.Now().UnixMicro()}}}}}}
}

// Get is a record that hasn't expired.
func (r records) Get(ctx context.Context, namespace, key string) (store.Record, error) {
	var rec record
	err := r.b.records.FindOne(ctx, bson.D{{Key: "_id", Value: recordID(namespace, key)}, lasting()}).Decode(&rec)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return store.Record{}, fhir.Errorf(fhir.NotFound, "", "There is no such record.")
	case err != nil:
		return store.Record{}, fault("read a record", err)
	}
	return rec.read(), nil
}

// scanStep is how many records are read at once, so that yield may take its time, or write.
const scanStep = 500

// Scan goes through the records of a namespace.
func (r records) Scan(ctx context.Context, namespace, prefix string, yield func(store.Record) bool) error {
	from, until := recordID(namespace, prefix), index.After(recordID(namespace, prefix))
	return r.b.scanRecords(ctx, bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: until}}, yield)
}

// scanRecords goes through the records whose _id is in a range, by it. The range's first end is the lower one.
func (b *Backend) scanRecords(ctx context.Context, ids bson.D, yield func(store.Record) bool) error {
	for {
		filter := bson.D{{Key: "_id", Value: ids}, lasting()}
		cursor, err := b.records.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(scanStep))
		if err != nil {
			return fault("read records", err)
		}
		var step []record
		if err := cursor.All(ctx, &step); err != nil {
			return fault("read records", err)
		}
		for i := range step {
			if !yield(step[i].read()) {
				return nil
			}
		}
		if len(step) < scanStep {
			return nil
		}
		ids = append(bson.D{{Key: "$gt", Value: step[len(step)-1].ID}}, ids[1:]...)
	}
}

// checkRecords is the index of the first whose revision isn't the one it must be, -1 if there is none.
func (r *reader) checkRecords(ws []store.RecordWrite) (int, error) {
	for i, w := range ws {
		if w.Revision < 0 {
			continue
		}
		rec, err := r.Records().Get(r.ctx, w.Namespace, w.Key)
		if err != nil && fhir.KindOf(err) != fhir.NotFound {
			return -1, err
		}
		if rec.Revision != w.Revision {
			return i, nil
		}
	}
	return -1, nil
}
