package mongo

import (
	"context"
	"errors"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// numberMost is of how many changes a batch is made, and more only if one transaction has more.
const numberMost = 1000

// number puts into the feed all that has arrived by now.
func (b *Backend) number(ctx context.Context) error {
	b.numbering.Lock()
	defer b.numbering.Unlock()
	for try := 0; ; try++ {
		more, err := b.numberSome(ctx)
		switch {
		case err == nil && !more:
			return nil
		case err == nil:
			try = 0
		case mongo.IsDuplicateKeyError(err): // another has numbered
		default:
			return fault("number the changes", err)
		}
		if err := ctx.Err(); err != nil {
			return fault("number the changes", err)
		}
	}
}

// numberSome makes a batch of what has arrived. more says that there may be more.
func (b *Backend) numberSome(ctx context.Context) (more bool, err error) {
	err = b.pending.FindOne(ctx, bson.D{},
		options.FindOne().SetSort(pendingOrder).SetProjection(bson.D{up("_id")})).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	// The last batch comes first: if another is made after this look, the insert fails. And who made it may have ended
	// before it removed from pending what it had numbered.
	last, err := b.lastBatch(ctx, up("tx"))
	if err == nil && last.Batch > b.forgotten {
		err = b.forget(ctx, &last)
	}
	if err != nil {
		return false, err
	}
	found, more, err := b.arrivals(ctx)
	if err != nil {
		return false, err
	}
	found = slices.DeleteFunc(found, func(a arrived) bool { return slices.Contains(last.Commits, a.Commit) })
	if len(found) == 0 {
		return more, nil
	}
	next := numbered{Batch: max(0, last.Batch) + 1, Last: last.Last}
	for _, a := range found {
		next.Commits = append(next.Commits, a.Commit)
		for _, c := range a.Changes {
			next.Last = max(next.Last+1, c.At)
			c.Number = next.Last
			next.Changes = append(next.Changes, c)
		}
	}
	if _, err := b.feed.InsertOne(ctx, next); err != nil {
		return false, err
	}
	return more, b.forget(ctx, &next)
}

// pendingOrder is that in which transactions are numbered.
var pendingOrder = bson.D{up("u"), up("_id")}

// arrivals are transactions of pending, by their times, all of one snapshot.
func (b *Backend) arrivals(ctx context.Context) (found []arrived, more bool, err error) {
	err = b.readFrom(ctx, b.collections, func(r *reader) error {
		found, more = nil, false
		cursor, err := r.pending.Find(r.ctx, bson.D{}, options.Find().SetSort(pendingOrder).SetLimit(numberMost).
			SetBatchSize(numberMost)) // getMore can read no snapshot
		if err != nil {
			return err
		}
		defer shut(ctx, cursor)
		changes := 0
		for cursor.Next(r.ctx) {
			var a arrived
			if err := cursor.Decode(&a); err != nil {
				return err
			}
			if changes += len(a.Changes); changes > numberMost && len(found) > 0 {
				more = true
				return nil
			}
			found = append(found, a)
		}
		more = len(found) == numberMost
		return cursor.Err()
	})
	return found, more, err
}

// lastBatch is the newest batch of the feed, with its last number and other fields; the zero value if there is none.
func (b *Backend) lastBatch(ctx context.Context, fields ...bson.E) (last numbered, err error) {
	err = b.feed.FindOne(ctx, bson.D{},
		options.FindOne().SetSort(bson.D{down("to")}).SetProjection(append(bson.D{up("to")}, fields...))).Decode(&last)
	if errors.Is(err, mongo.ErrNoDocuments) {
		err = nil
	}
	return last, err
}

// forget removes from pending what is in a batch.
func (b *Backend) forget(ctx context.Context, batch *numbered) error {
	if len(batch.Commits) > 0 {
		if _, err := b.pending.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in",
			Value: batch.Commits}}}}); err != nil {
			return err
		}
	}
	b.forgotten = batch.Batch
	return nil
}
