package mongo

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// clock gives the times of commits on this instance, each later than those before.
type clock struct {
	mu   sync.Mutex
	last int64
}

// after is now, or later if that isn't after a time (microseconds) and all that was given.
func (c *clock) after(seen int64) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(time.Now().UnixMicro(), seen+1, c.last+1)
	return micros(c.last)
}

// newest is the time of the newest version that a transaction sees: everything that was committed before it began.
func (b *Backend) newest(ctx context.Context) (int64, error) {
	var v struct {
		Updated int64 `bson:"u"`
	}
	err := b.history.FindOne(ctx, bson.D{}, options.FindOne().SetSort(pastOrder).SetProjection(bson.D{{Key: "u", Value: 1}})).Decode(&v)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return 0, err
	}
	return v.Updated, nil
}
