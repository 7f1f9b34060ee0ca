package conformance

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// feedWriters write at once.
const feedWriters = 8

// feedBatches is how many batches each writes: FRONTDESK_FEED_BATCHES, else a few.
func feedBatches() int {
	n, err := strconv.Atoi(os.Getenv("FRONTDESK_FEED_BATCHES"))
	if err != nil {
		return 20
	}
	return n
}

// changesUnderWriters: while many write, and some of what they try is refused, two who follow the feed see the same,
// each version once, those of a resource one after another, a batch whole, and nothing that isn't in the history.
func changesUnderWriters(t *testing.T, k *kit) {
	k.apply(k.patient("shared", 1, "Count0x"))
	var writing atomic.Bool
	writing.Store(true)
	followed := make([][]store.Committed, 2)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		each(len(followed), func(i int) { followed[i] = k.follow(&writing) })
	}()
	each(feedWriters, func(w int) {
		for n := range feedBatches() {
			if err := k.feedBatch(w, n); err != nil {
				t.Error(err)
				return
			}
		}
	})
	writing.Store(false)
	<-ended
	if told(followed[0]) != told(followed[1]) {
		t.Errorf("of two who followed one saw\n%s\nand the other\n%s", told(followed[0]), told(followed[1]))
	}
	if told(k.feed("", 7)) != told(followed[0]) {
		t.Error("read again, the feed is another")
	}
	CheckFeed(t, k.b, followed[0])
	for i, c := range followed[0] {
		if c.Key.Type != "Observation" || c.Marks() {
			continue
		}
		if before := followed[0][i-1]; before.Key.ID != c.Key.ID {
			t.Errorf("between the patient and the result of %s came %s", c.Key.ID, before.Key)
		}
	}
}

// follow reads the feed from the beginning, in pages of some sizes, until nobody writes any more and there is nothing
// left.
func (k *kit) follow(writing *atomic.Bool) (out []store.Committed) {
	after := store.Position("")
	for {
		last := !writing.Load() // before the look
		step, err := k.b.Changes(k.t.Context(), after, 1+rand.IntN(20), 10*time.Millisecond)
		switch {
		case err != nil:
			k.t.Error(err)
			return out
		case len(step) > 0:
			out, after = append(out, step...), step[len(step)-1].Position
		case last:
			return out
		}
	}
}

// feedBatch is a writer's nth: a patient and a result in one batch, a mark of the result, and one more version of what
// all share.
func (k *kit) feedBatch(writer, n int) error {
	id := fmt.Sprintf("w%d-%d", writer, n)
	o := k.result(id, 1, id, "hb", "2026-01-01")
	if _, err := k.b.Apply(k.t.Context(), store.Batch{Writes: []store.Write{k.patient(id, 1, "Feed"), o}}); err != nil {
		return err
	}
	if n%4 == 0 {
		k.mark(o.Key, fhir.Facts{Hidden: true})
	}
	return k.retry(func() (store.Batch, error) {
		st, err := k.b.Get(k.t.Context(), fhir.Key{Type: "Patient", ID: "shared"})
		if err != nil {
			return store.Batch{}, err
		}
		return store.Batch{Writes: []store.Write{k.patient("shared", st.Key.Version+1, fmt.Sprintf("Count%dx",
			count(st)+1))}}, nil
	})
}

// CheckFeed compares a whole feed with the history of all: each version is in it once, and those of a resource one
// after another.
func CheckFeed(t testing.TB, b store.Backend, feed []store.Committed) {
	t.Helper()
	history := map[fhir.Key]bool{}
	for scope := (store.Scope{Limit: 500}); ; {
		page, err := b.History(context.Background(), scope)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			history[it.Key] = true
		}
		if scope.After = page.Next; scope.After == nil {
			break
		}
	}
	versions, last := len(history), int64(-1)
	at := map[fhir.Key]int64{}
	for _, c := range feed {
		n, err := c.Position.Number()
		if err != nil || n <= last || n < c.At.UnixMicro() {
			t.Errorf("%s is at %q, of %v, behind %d", c.Key, c.Position, c.At, last)
		}
		last = n
		switch {
		case c.Marks() && at[c.Key.Current()] != c.Key.Version:
			t.Errorf("%s is marked when version %d is current", c.Key, at[c.Key.Current()])
		case c.Marks():
		case !history[c.Key]:
			t.Errorf("%s comes twice, or isn't in the history", c.Key)
		case at[c.Key.Current()] != c.Key.Version-1:
			t.Errorf("%s comes after version %d", c.Key, at[c.Key.Current()])
		}
		if !c.Marks() {
			at[c.Key.Current()] = c.Key.Version
			delete(history, c.Key)
		}
	}
	if len(history) > 0 {
		t.Errorf("%d of %d versions aren't in the feed: %v", len(history), versions,
			slices.Collect(maps.Keys(history))[:min(5, len(history))])
	}
}
