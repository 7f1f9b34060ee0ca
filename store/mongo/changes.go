package mongo

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
)

// The times of versions can't order the feed: a transaction may be committed after another that has a later time. So
// each transaction leaves what it did in pending, and whoever reads the feed numbers first what has arrived there: a
// batch at a time, by one insert into feed, whose _id is one more than the last one's, so that of two who number at
// once one fails and looks again. It needs no transaction, and a process that is killed holds up nobody. A snapshot of
// pending has everything that what is in it could know of; in the order of times, no effect comes before its cause.

// committed is store.Committed. Number is its place in the feed: at least its time, and more than that of the one
// before.
type committed struct {
	Number       int64    `bson:"n"`
	Type         string   `bson:"t"`
	ID           string   `bson:"id"`
	Version      int64    `bson:"v"`
	Method       int32    `bson:"m"`
	At           int64    `bson:"u"`
	Facts        facts    `bson:"f"`
	Before       *facts   `bson:"b,omitempty"` // of a mark
	Compartments []string `bson:"c,omitempty"`
}

// arrived is a document of pending: what one transaction did.
type arrived struct {
	Commit  string      `bson:"_id"`
	At      int64       `bson:"u"`
	Changes []committed `bson:"d"`
}

// numbered is a document of feed: what some transactions did, in order.
type numbered struct {
	Batch   int64       `bson:"_id"` // 1, 2, 3 …; of what a copy brought a negative number
	Last    int64       `bson:"to"`  // the number of the last change
	Commits []string    `bson:"tx"`
	Changes []committed `bson:"d"`
}

// tell leaves in pending what the transaction does.
func (t *transaction) tell(ctx context.Context, at time.Time) error {
	if !t.batch.Changes() {
		return nil
	}
	doc := arrived{Commit: t.id, At: at.UnixMicro()}
	for i := range t.batch.Writes {
		w := &t.batch.Writes[i]
		doc.Changes = append(doc.Changes, committed{Type: w.Key.Type, ID: w.Key.ID, Version: w.Key.Version,
			Method: int32(w.Method), At: doc.At,
			Facts: factsOf(w.Facts), Compartments: w.Compartments})
	}
	for _, m := range t.batch.Marks {
		var was struct {
			Facts        facts    `bson:"f"`
			Compartments []string `bson:"c"`
		}
		err := t.history.FindOne(ctx, versionAt(m.Key), options.FindOne().SetProjection(bson.D{{Key: "f", Value: 1},
			{Key: "c", Value: 1}})).Decode(&was)
		if errors.Is(err, mongo.ErrNoDocuments) {
			return errLost
		}
		if err != nil {
			return err
		}
		doc.Changes = append(doc.Changes, committed{Type: m.Key.Type, ID: m.Key.ID, Version: m.Key.Version, At: doc.At,
			Facts: factsOf(m.Facts), Before: &was.Facts, Compartments: was.Compartments})
	}
	_, err := t.pending.InsertOne(ctx, doc)
	return err
}

// Changes are part of the feed.
func (b *Backend) Changes(ctx context.Context, after store.Position, limit int,
	wait time.Duration) (out []store.Committed, err error) {
	from, err := after.Number()
	if err != nil {
		return nil, err
	}
	err = b.news.Await(ctx, wait, func() (bool, error) {
		out, err = b.changes(ctx, from, limit)
		return len(out) > 0, err
	})
	return out, err
}

func (b *Backend) changes(ctx context.Context, from int64, limit int) (out []store.Committed, err error) {
	if err := b.ready(ctx); err != nil {
		return nil, err
	}
	filter := bson.D{{Key: "to", Value: bson.D{{Key: "$gt", Value: from}}}}
	o := options.Find().SetSort(bson.D{up("to")}).SetLimit(int64(limit)).SetBatchSize(10).SetProjection(bson.D{up("d")})
	cursor, err := b.feed.Find(ctx, filter, o)
	if err != nil {
		return nil, fault("read the changes", err)
	}
	defer shut(ctx, cursor)
	for len(out) < limit && cursor.Next(ctx) {
		var batch numbered
		if err := cursor.Decode(&batch); err != nil {
			return nil, fault("read the changes", err)
		}
		first, _ := slices.BinarySearchFunc(batch.Changes, from+1, func(c committed,
			n int64) int {
			return cmp.Compare(c.Number, n)
		})
		for _, c := range batch.Changes[first:min(len(batch.Changes), first+limit-len(out))] {
			out = append(out, c.read())
		}
	}
	if err := cursor.Err(); err != nil {
		return nil, fault("read the changes", err)
	}
	return out, nil
}

// ready makes the feed so that it can be read up to now.
func (b *Backend) ready(ctx context.Context) error {
	for _, in := range []*mongo.Collection{b.feed, b.pending} {
		if err := b.made(in); err != nil {
			return err
		}
	}
	return b.number(ctx)
}

func (c *committed) read() store.Committed {
	out := store.Committed{Position: store.PositionAt(c.Number), Key: fhir.Key{Type: c.Type, ID: c.ID,
		Version: c.Version}, Method: fhir.Method(c.Method),
		At: micros(c.At), Facts: c.Facts.read(), Compartments: c.Compartments}
	if c.Before != nil {
		out.Before = c.Before.read()
	}
	return out
}

// Moment is a place in the feed: what isn't numbered yet comes behind the last number.
func (b *Backend) Moment(ctx context.Context, at time.Time) (store.Moment, error) {
	if err := b.ready(ctx); err != nil {
		return store.Moment{}, err
	}
	last, err := b.lastBatch(ctx)
	if err != nil {
		return store.Moment{}, fault("find the end of the feed", err)
	}
	n := last.Last
	if !at.IsZero() {
		n = min(n, at.UnixMicro())
	}
	return store.Moment{Position: store.PositionAt(n), At: micros(n)}, nil
}

// retell puts restored versions, which come newest first, into the feed by their times.
func (t *transaction) retell(ctx context.Context, versions []store.Restored) error {
	var batch numbered
	for _, v := range slices.Backward(versions) {
		at := v.Updated.UnixMicro()
		batch.Batch, batch.Last = -at, at
		batch.Changes = append(batch.Changes, committed{Number: at, Type: v.Key.Type, ID: v.Key.ID,
			Version: v.Key.Version, Method: int32(v.Method), At: at,
			Facts: factsOf(v.Facts), Compartments: v.Compartments})
	}
	_, err := t.feed.InsertOne(ctx, batch)
	if mongo.IsDuplicateKeyError(err) {
		return errLost
	}
	return err
}
