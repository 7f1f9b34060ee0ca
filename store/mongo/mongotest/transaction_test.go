package mongotest_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/store/mongo/mongotest"
)

// begin is the context of a new transaction.
func begin(t testing.TB, c *mongo.Collection) (context.Context, *mongo.Session) {
	t.Helper()
	s, err := c.Database().Client().StartSession()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.EndSession(context.WithoutCancel(t.Context())) })
	if err := s.StartTransaction(); err != nil {
		t.Fatal(err)
	}
	return mongo.NewSessionContext(t.Context(), s), s
}

func set(t testing.TB, ctx context.Context, c *mongo.Collection, id, v any) {
	t.Helper()
	if _, err := c.UpdateOne(ctx, m{"_id": id}, m{"$set": m{"v": v}}); err != nil {
		t.Fatalf("update of %v: %v", id, err)
	}
}

// conflicts says whether an error is what a write conflict must be: a transaction may be tried again.
func conflicts(err error) bool {
	var e mongo.ServerError
	return errors.As(err, &e) && e.HasErrorCode(112) && e.HasErrorLabel("TransientTransactionError")
}

func TestATransactionSeesItsSnapshotAndItsOwnWrites(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": 1}, m{"_id": 2, "v": 1})
	ctx, s := begin(t, c)
	set(t, ctx, c, 1, "mine")
	set(t, t.Context(), c, 2, "theirs")
	if got := oneIn(t, ctx, c, m{"_id": 1}); got != `{"_id":1,"v":"mine"}` {
		t.Errorf("its own write: %s", got)
	}
	if got := oneIn(t, ctx, c, m{"_id": 2}); got != `{"_id":2,"v":1}` {
		t.Errorf("what was committed later: %s", got)
	}
	if got := oneIn(t, t.Context(), c, m{"_id": 1}); got != `{"_id":1,"v":1}` {
		t.Errorf("what is not committed, from outside: %s", got)
	}
	if err := s.CommitTransaction(ctx); err != nil {
		t.Fatal(err)
	}
	if got := oneIn(t, t.Context(), c, m{"_id": 1}); got != `{"_id":1,"v":"mine"}` {
		t.Errorf("after the commit: %s", got)
	}
}

func TestAnAbortedTransactionLeavesNothing(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": 1})
	ctx, s := begin(t, c)
	set(t, ctx, c, 1, 2)
	if _, err := c.InsertOne(ctx, m{"_id": 2}); err != nil {
		t.Fatal(err)
	}
	if err := s.AbortTransaction(ctx); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, c, m{"v": 1}); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
	if got := ids(t, c, m{}); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

func TestTheSecondTransactionToWriteADocumentFailsAtOnce(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": 1}, m{"_id": 2, "v": 1})
	first, s := begin(t, c)
	second, _ := begin(t, c)
	set(t, second, c, 2, 2) // its snapshot is taken
	set(t, first, c, 1, 2)
	if _, err := c.UpdateOne(second, m{"_id": 1}, m{"$set": m{"v": 3}}); !conflicts(err) {
		t.Errorf("the second writer: %v", err)
	}
	set(t, t.Context(), c, 2, 5) // its lock is gone with it
	if err := s.CommitTransaction(first); err != nil {
		t.Fatal(err)
	}
}

func TestATransactionCannotWriteWhatWasCommittedAfterItsSnapshot(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": 1}, m{"_id": 2, "v": 1})
	ctx, _ := begin(t, c)
	set(t, ctx, c, 2, 2)
	set(t, t.Context(), c, 1, 2)
	if _, err := c.UpdateOne(ctx, m{"_id": 1}, m{"$inc": m{"v": 1}}); !conflicts(err) {
		t.Errorf("a lost update: %v", err)
	}
}

func TestWriteSkewIsPossibleAsInMongoDB(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": 1}, m{"_id": 2, "v": 1})
	for id := range 2 {
		ctx, s := begin(t, c)
		other, o := begin(t, c)
		oneIn(t, ctx, c, m{"_id": 2})
		oneIn(t, other, c, m{"_id": 1})
		set(t, ctx, c, 1, id)
		set(t, other, c, 2, id)
		if err := errors.Join(s.CommitTransaction(ctx), o.CommitTransaction(other)); err != nil {
			t.Fatal("two transactions that write different documents:", err)
		}
	}
}

func TestTwoTransactionsCannotInsertTheSameKey(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 0, "k": "z"})
	createIndex(t, c, d{{Key: "k", Value: 1}}, options.Index().SetUnique(true))
	for name, doc := range map[string]m{"_id": {"_id": 1, "k": "x"}, "unique index": {"_id": 2, "k": "a"}} {
		ctx, s := begin(t, c)
		other, _ := begin(t, c)
		oneIn(t, other, c, m{"_id": 0})
		if _, err := c.InsertOne(ctx, m{"_id": 1, "k": "a"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.InsertOne(other, doc); !conflicts(err) {
			t.Errorf("%s, while the other is open: %v", name, err)
		}
		third, _ := begin(t, c)
		oneIn(t, third, c, m{"_id": 0})
		if err := s.CommitTransaction(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := c.InsertOne(third, doc); !conflicts(err) {
			t.Errorf("%s, committed after the snapshot: %v", name, err)
		}
		fourth, last := begin(t, c)
		if _, err := c.InsertOne(fourth, doc); !mongo.IsDuplicateKeyError(err) {
			t.Errorf("%s, visible: %v", name, err)
		}
		if err := last.CommitTransaction(fourth); codeOf(err) != 251 {
			t.Errorf("%s: the error has not ended the transaction: %v", name, err)
		}
		if _, err := c.DeleteOne(t.Context(), m{"_id": 1}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWriteOutsideWaitsForTheTransactionThatHasTheDocument(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": int32(1)})
	ctx, s := begin(t, c)
	if _, err := c.UpdateOne(ctx, m{"_id": 1}, m{"$inc": m{"v": 10}}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := c.UpdateOne(t.Context(), m{"_id": 1}, m{"$inc": m{"v": 100}})
		done <- err
	}()
	if err := s.CommitTransaction(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := one(t, c, m{"_id": 1}); got != `{"_id":1,"v":111}` {
		t.Errorf("both: %s", got)
	}
}

func TestATransactionThatIsNotEndedExpires(t *testing.T) {
	_, c := open(t, mongotest.Options{TransactionLifetime: 20 * time.Millisecond}, m{"_id": 1, "v": 1})
	ctx, s := begin(t, c)
	set(t, ctx, c, 1, 2)
	set(t, t.Context(), c, 1, 3) // waits for it
	if err := s.CommitTransaction(ctx); codeOf(err) != 251 {
		t.Errorf("commit of an expired transaction: %v", err)
	}
	if got := one(t, c, m{}); got != `{"_id":1,"v":3}` {
		t.Error(got)
	}
}

func TestASnapshotOutsideOfTransactionsStaysAsItWas(t *testing.T) {
	c := fill(t, anyReplicaSet(t), m{"_id": 1, "v": 1}, m{"_id": 2, "v": 1})
	s, err := c.Database().Client().StartSession(options.Session().SetSnapshot(true))
	if err != nil {
		t.Fatal(err)
	}
	defer s.EndSession(t.Context())
	ctx := mongo.NewSessionContext(t.Context(), s)
	oneIn(t, ctx, c, m{"_id": 1})
	set(t, t.Context(), c, 2, 9)
	if got := oneIn(t, ctx, c, m{"_id": 2}); got != `{"_id":2,"v":1}` {
		t.Errorf("the snapshot has %s", got)
	}
}

// TestMoneyIsNeitherMadeNorLost has eight clients that move money between accounts, and one that adds it up.
func TestMoneyIsNeitherMadeNorLost(t *testing.T) {
	const accounts, each = 5, 30
	var docs []any
	for i := range accounts {
		docs = append(docs, m{"_id": i, "v": int32(100)})
	}
	c := fill(t, anyReplicaSet(t), docs...)
	ctx, cancel := context.WithCancel(t.Context())
	var movers, adder sync.WaitGroup
	for mover := range 8 {
		movers.Go(func() {
			for i := range each {
				if err := move(ctx, c, (mover+i)%accounts, (mover+2*i+1)%accounts); err != nil {
					t.Error(err)
				}
			}
		})
	}
	adder.Go(func() {
		for ctx.Err() == nil {
			if sum, err := total(ctx, c); ctx.Err() == nil && (err != nil || sum != 100*accounts) {
				t.Errorf("there is %d in all, %v", sum, err)
				return
			}
		}
	})
	movers.Wait()
	cancel()
	adder.Wait()
	if sum, err := total(t.Context(), c); err != nil || sum != 100*accounts {
		t.Errorf("there is %d at the end, %v", sum, err)
	}
}

func move(ctx context.Context, c *mongo.Collection, from, to int) error {
	return c.Database().Client().UseSession(ctx, func(ctx context.Context) error {
		_, err := mongo.SessionFromContext(ctx).WithTransaction(ctx, func(ctx context.Context) (any, error) {
			var doc struct{ V int32 }
			if err := c.FindOne(ctx, m{"_id": from}).Decode(&doc); err != nil || doc.V == 0 {
				return nil, err
			}
			if _, err := c.UpdateOne(ctx, m{"_id": from}, m{"$inc": m{"v": -1}}); err != nil {
				return nil, err
			}
			return c.UpdateOne(ctx, m{"_id": to}, m{"$inc": m{"v": 1}})
		})
		return err
	})
}

// total adds up the accounts in a transaction, by one read for each.
func total(ctx context.Context, c *mongo.Collection) (sum int, err error) {
	err = c.Database().Client().UseSession(ctx, func(ctx context.Context) error {
		_, err := mongo.SessionFromContext(ctx).WithTransaction(ctx, func(ctx context.Context) (any, error) {
			sum = 0
			for id := range 5 {
				var doc struct{ V int32 }
				if err := c.FindOne(ctx, m{"_id": id}).Decode(&doc); err != nil {
					return nil, err
				}
				sum += int(doc.V)
			}
			return nil, nil
		})
		return err
	})
	return sum, err
}
