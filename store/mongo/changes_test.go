package mongo_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/conformance"
	"frontdesk/store"
	"frontdesk/store/mongo/mongotest"
)

// followed is the feed as each of some instances read it while others wrote.
type followed struct {
	stop  context.CancelFunc
	wg    sync.WaitGroup
	feeds [][]store.Committed
}

// follow begins to read the feed on each instance. What fails is tried again from where it was.
func (k *kit) follow(instances []store.Backend) *followed {
	ctx, stop := context.WithCancel(k.Context())
	f := &followed{stop: stop, feeds: make([][]store.Committed, len(instances))}
	for i, b := range instances {
		f.wg.Go(func() {
			after := store.Position("")
			for ctx.Err() == nil {
				step, err := b.Changes(ctx, after, 5, 20*time.Millisecond)
				if err == nil && len(step) > 0 {
					f.feeds[i], after = append(f.feeds[i], step...), step[len(step)-1].Position
				}
			}
		})
	}
	return f
}

// check ends the reading: what each has read must be the beginning of the feed as it is now, and that be the same as
// the history.
func (f *followed) check(k *kit) {
	k.Helper()
	f.stop()
	f.wg.Wait()
	whole, err := k.b.Changes(k.Context(), "", 1_000_000, 0)
	if err != nil {
		k.Fatal(err)
	}
	conformance.CheckFeed(k, k.b, whole)
	for i, feed := range f.feeds {
		for n, c := range feed {
			if n >= len(whole) || whole[n].Key != c.Key || whole[n].Position != c.Position {
				k.Errorf("on instance %d change %d was %s at %s, and isn't any more", i, n, c.Key, c.Position)
				break
			}
		}
	}
	k.Logf("the feed has %d changes; while it was written, %d and %d of them were read", len(whole), len(f.feeds[0]),
		len(f.feeds[1]))
}

// TestWhoeverNumbersMayDie: what a process left in pending that it had numbered already isn't numbered again.
func TestWhoeverNumbersMayDie(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	client, err := driver.Connect(options.Client().ApplyURI(k.uri))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect(context.Background())
	pending := k.collection(client, "pending")
	k.apply(k.patient("a", 1, "Ash"), k.patient("b", 1, "Birch"))
	k.apply(k.patient("a", 2, "Ash"))
	cursor, err := pending.Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var left []bson.Raw
	if err := cursor.All(t.Context(), &left); err != nil || len(left) != 2 {
		t.Fatalf("%d in pending, %v", len(left), err)
	}
	read := func(b store.Backend) []store.Committed {
		out, err := b.Changes(t.Context(), "", 100, 0)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := read(k.b)
	if _, err := pending.InsertMany(t.Context(), left); err != nil { // as if it had been killed before it removed them
		t.Fatal(err)
	}
	other := k.instance()
	k.apply(k.patient("b", 2, "Birch"))
	after := read(other)
	if len(before) != 3 || len(after) != 4 {
		t.Errorf("first the feed has %d changes, and with one more %d", len(before), len(after))
	}
	conformance.CheckFeed(t, other, after)
	if n, err := pending.EstimatedDocumentCount(t.Context()); err != nil || n != 0 {
		t.Errorf("%d are left in pending, %v", n, err)
	}
}

// TestNewsComesFromOtherInstances: who waits on one instance is told of what another wrote.
func TestNewsComesFromOtherInstances(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	other, found := k.instance(), make(chan int)
	go func() {
		got, err := other.Changes(t.Context(), "", 10, time.Minute)
		if err != nil {
			t.Error(err)
		}
		found <- len(got)
	}()
	k.apply(k.patient("a", 1, "Ash"))
	if n := <-found; n != 1 {
		t.Errorf("told of %d changes", n)
	}
}
