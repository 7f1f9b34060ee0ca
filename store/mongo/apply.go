package mongo

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/store"
)

// patience is how long a transaction is tried while others are in the way, for a caller that sets no deadline.
const patience = 30 * time.Second

// errLost says that a transaction found something else than its Batch requires, or will find so when it is looked at.
var errLost = errors.New("a precondition doesn't hold")

// Apply commits a Batch.
func (b *Backend) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	if err := b.stillKnown(); err != nil {
		return nil, err
	}
	for _, w := range batch.Writes {
		if _, err := b.typeOf(w.Key.Type); err != nil {
			return nil, err
		}
	}
	b.changing.RLock()
	defer b.changing.RUnlock()
	if batch.Registry != nil && batch.Registry != b.Registry() {
		return nil, &store.Rejected{Reason: store.RegistryChanged}
	}
	if len(batch.Writes)+len(batch.Require)+len(batch.Marks) == 0 && len(batch.Records) == 1 {
		return nil, b.single(ctx, batch.Records[0])
	}
	if err := b.made(b.history); err != nil {
		return nil, err
	}
	results, err := b.apply(ctx, &transaction{Backend: b, batch: &batch})
	if err == nil && batch.Changes() {
		b.news.Tell()
	}
	return results, err
}

// apply tries a transaction until it is committed, a precondition doesn't hold or the time is up.
func (b *Backend) apply(ctx context.Context, t *transaction) ([]store.Result, error) {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	for try := 0; ; try++ {
		results, err := t.run(ctx, t.write)
		if err == nil || !errors.Is(err, errLost) && !transient(err) {
			return results, err
		}
		rejected, checked := b.check(ctx, t.batch)
		if results, asked := t.done(ctx); results != nil || asked != nil && rejected != nil {
			return results, asked // what is in the way is what an earlier attempt wrote, or it can't be known
		}
		switch {
		case rejected != nil:
			return nil, rejected
		case checked != nil && fhir.KindOf(checked) != fhir.Unavailable && ctx.Err() == nil:
			return nil, checked
		}
		t.moves = t.moves || errors.Is(err, errLost) // of what is in the way one can be a resource's other home
		if pause(ctx, try) != nil {
			return nil, t.late(ctx, err)
		}
	}
}

// late is what a caller is told whose time ran out while others were in the way.
func (t *transaction) late(ctx context.Context, cause error) error {
	if len(t.open) > 0 {
		return unclear(cause)
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return fault("wait for others", ctx.Err())
	}
	return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: time.Second, Err: cause, Issues: []fhir.Issue{{
		Text: "Too many others are changing the same resources just now, and nothing was changed. Send the request again in a moment."}}}
}

// pause waits for a random while that grows with every try to 64 ms at the most, so that rivals come apart.
func pause(ctx context.Context, try int) error {
	timer := time.NewTimer(rand.N(time.Millisecond << min(try, 6)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fault("wait for others", ctx.Err())
	}
}

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
	err := b.history.FindOne(ctx, bson.D{}, options.FindOne().SetSort(pastOrder(false)).SetProjection(bson.D{{Key: "u",
		Value: 1}})).Decode(&v)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return 0, err
	}
	return v.Updated, nil
}
