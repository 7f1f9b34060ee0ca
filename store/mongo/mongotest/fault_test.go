package mongotest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
)

func TestARetryableWriteIsDoneOnceWhateverHappensToTheConnection(t *testing.T) {
	for _, kind := range []mongotest.Kind{mongotest.DropBefore, mongotest.DropAfter, mongotest.NotPrimary} {
		s, c := open(t, mongotest.Options{}, m{"_id": 1, "v": int32(1)})
		f := s.Inject(mongotest.Fault{Command: "update", Kind: kind, Nth: 1})
		set := m{"$inc": m{"v": 1}}
		if r, err := c.UpdateOne(t.Context(), m{"_id": 1}, set); err != nil || r.MatchedCount != 1 || r.ModifiedCount != 1 {
			t.Errorf("kind %d: %+v, %v", kind, r, err)
		}
		if got := one(t, c, m{}); got != `{"_id":1,"v":2}` || f.Fired() != 1 || s.Commands()["update"] != 2 {
			t.Errorf("kind %d: %s, fired %d, %v", kind, got, f.Fired(), s.Commands())
		}
		f = s.Inject(mongotest.Fault{Command: "findAndModify", Kind: kind, Nth: 1})
		raw, err := c.FindOneAndUpdate(t.Context(), m{"_id": 1}, set).Raw()
		if err != nil || compact(t, raw) != `{"_id":1,"v":2}` || f.Fired() != 1 {
			t.Errorf("kind %d: %v, %v, fired %d", kind, raw, err, f.Fired())
		}
	}
}

// TestACommitIsResolvedByTheDriver has commits whose outcome is not told; the driver sends them again by itself once.
func TestACommitIsResolvedByTheDriver(t *testing.T) {
	for kind, committed := range map[mongotest.Kind]bool{mongotest.DropAfter: true, mongotest.DropBefore: true, mongotest.NotPrimary: false} {
		s, c := open(t, mongotest.Options{}, m{"_id": 1, "v": 1})
		ctx, session := begin(t, c)
		set(t, ctx, c, 1, 2)
		s.Inject(mongotest.Fault{Command: "commitTransaction", Kind: kind, Nth: 1})
		err := session.CommitTransaction(ctx)
		var e mongo.ServerError
		if !committed && (!errors.As(err, &e) || !e.HasErrorLabel("TransientTransactionError")) || committed && err != nil {
			t.Errorf("kind %d: %v", kind, err)
		}
		if n, err := c.CountDocuments(t.Context(), m{"v": 2}); err != nil || (n == 1) != committed {
			t.Errorf("kind %d: %d committed, %v", kind, n, err)
		}
	}
}

func TestACommitWhoseOutcomeIsUnknownIsLabelled(t *testing.T) {
	s, c := open(t, mongotest.Options{}, m{"_id": 1, "v": 1})
	ctx, session := begin(t, c)
	set(t, ctx, c, 1, 2)
	f := s.Inject(mongotest.Fault{Kind: mongotest.UnknownCommitResult, Every: 1})
	err := session.CommitTransaction(ctx)
	var e mongo.ServerError
	if !errors.As(err, &e) || !e.HasErrorLabel("UnknownTransactionCommitResult") {
		t.Fatalf("%v", err)
	}
	f.Stop()
	if err := session.CommitTransaction(ctx); err != nil {
		t.Fatal("the same commit again:", err)
	}
	if got := one(t, c, m{}); got != `{"_id":1,"v":2}` {
		t.Error(got)
	}
}

func TestAWriteConflictEndsTheTransaction(t *testing.T) {
	s, c := open(t, mongotest.Options{}, m{"_id": 1, "v": 1})
	f := s.Inject(mongotest.Fault{Command: "insert", Kind: mongotest.WriteConflict, Every: 1})
	if _, err := c.InsertOne(t.Context(), m{"_id": 2}); err != nil {
		t.Fatal("outside of a transaction:", err)
	}
	ctx, session := begin(t, c)
	set(t, ctx, c, 1, 2)
	if _, err := c.InsertOne(ctx, m{"_id": 3}); !conflicts(err) || f.Fired() != 1 {
		t.Errorf("fired %d: %v", f.Fired(), err)
	}
	if err := session.CommitTransaction(ctx); codeOf(err) != 251 {
		t.Errorf("commit after it: %v", err)
	}
}

func TestAKilledCursorAndASlowReplyAreErrors(t *testing.T) {
	s, c := open(t, mongotest.Options{}, m{"_id": 1}, m{"_id": 2}, m{"_id": 3})
	s.Inject(mongotest.Fault{Kind: mongotest.CursorKilled, Nth: 1})
	cursor, err := c.Find(t.Context(), m{}, options.Find().SetBatchSize(2))
	if err != nil {
		t.Fatal(err)
	}
	var docs []m
	if err := cursor.All(t.Context(), &docs); codeOf(err) != 43 {
		t.Errorf("killed: %v", err)
	}
	s.Inject(mongotest.Fault{Command: "find", Kind: mongotest.Slow, Nth: 1, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.FindOne(ctx, m{}).Err(); !mongo.IsTimeout(err) {
		t.Errorf("slow: %v", err)
	}
}

func TestAnotherPrimaryTakesOver(t *testing.T) {
	s, c := open(t, mongotest.Options{Members: 3}, m{"_id": 1, "v": 1})
	for _, member := range []int{2, 0} {
		s.SetPrimary(member)
		set(t, t.Context(), c, 1, member)
	}
	s.SetPrimary(-1)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.InsertOne(ctx, m{}); err == nil {
		t.Error("a write without a primary")
	}
}

func TestStartUpTellsWhatServerItIs(t *testing.T) {
	for name, test := range map[string]struct {
		options mongotest.Options
		hello   string
		build   string
	}{
		"replica set": {mongotest.Options{}, "rs0", "7.0.14"},
		"standalone":  {mongotest.Options{Standalone: true}, "", "7.0.14"},
		"old":         {mongotest.Options{Version: "5.0.3"}, "rs0", "5.0.3"},
	} {
		_, c := open(t, test.options)
		var hello struct{ SetName string }
		if err := c.Database().RunCommand(t.Context(), m{"hello": 1}).Decode(&hello); err != nil || hello.SetName != test.hello {
			t.Errorf("%s: %v, %v", name, hello, err)
		}
		var build struct{ Version string }
		if err := c.Database().RunCommand(t.Context(), m{"buildInfo": 1}).Decode(&build); err != nil || build.Version != test.build {
			t.Errorf("%s: %v, %v", name, build, err)
		}
	}
}

func TestAStandaloneHasNoTransactions(t *testing.T) {
	_, c := open(t, mongotest.Options{Standalone: true})
	ctx, _ := begin(t, c)
	if _, err := c.InsertOne(ctx, m{}); codeOf(err) != 20 {
		t.Errorf("%v", err)
	}
}

func TestWhatIsForbiddenIsUnauthorized(t *testing.T) {
	_, c := open(t, mongotest.Options{Forbidden: []string{"createIndexes"}}, m{"_id": 1})
	_, err := c.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: m{"v": 1}})
	if codeOf(err) != 13 {
		t.Errorf("%v", err)
	}
}

// TestCountedOnceUnderFaults has clients that count, and note each count, in one transaction, while conflicts are made
// up, connections are cut before and after what is done, and commits aren't told: the driver has all it takes to count
// right.
func TestCountedOnceUnderFaults(t *testing.T) {
	s, c := open(t, mongotest.Options{}, m{"_id": "counter", "v": int32(0)})
	var faults []*mongotest.Injected
	for _, f := range []mongotest.Fault{
		{Command: "insert", Kind: mongotest.WriteConflict, Every: 5},
		{Command: "commitTransaction", Kind: mongotest.UnknownCommitResult, Probability: 0.1, Seed: 1},
		{Command: "commitTransaction", Kind: mongotest.DropAfter, Nth: 15},
		{Command: "commitTransaction", Kind: mongotest.DropBefore, Nth: 30},
		{Command: "insert", Kind: mongotest.DropAfter, Nth: 20},
		{Command: "update", Kind: mongotest.NotPrimary, Nth: 25},
	} {
		faults = append(faults, s.Inject(f))
	}
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := range 10 {
				if err := countOne(t.Context(), c, fmt.Sprint(client, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	if got := one(t, c, m{"_id": "counter"}); got != `{"_id":"counter","v":40}` {
		t.Error(got)
	}
	if n, err := c.CountDocuments(t.Context(), m{"note": true}); err != nil || n != 40 {
		t.Errorf("%d notes, %v", n, err)
	}
	for _, f := range faults {
		if f.Fired() == 0 {
			t.Errorf("never happened: %+v", f.Fault)
		}
	}
}

func countOne(ctx context.Context, c *mongo.Collection, note string) error {
	return c.Database().Client().UseSession(ctx, func(ctx context.Context) error {
		_, err := mongo.SessionFromContext(ctx).WithTransaction(ctx, func(ctx context.Context) (any, error) {
			if _, err := c.UpdateOne(ctx, m{"_id": "counter"}, m{"$inc": m{"v": 1}}); err != nil {
				return nil, err
			}
			return c.InsertOne(ctx, m{"_id": note, "note": true})
		})
		return err
	})
}
