package conformance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/feed"
)

// TestFeed holds a backend to what package feed makes of its feed of changes.
func TestFeed(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, *kit){
		"subscribers":         subscribers,
		"answers get lost":    followedAnswersLost,
		"state while writing": stateWhileWriting,
	} {
		t.Run(name, func(t *testing.T) { test(t, newKit(t, open)) })
	}
}

// seen is the namespace in which subscribers note each change they took: a record that must be new.
const seen = "seen"

// subscriber is one that notes what it takes, and can't take everything at once.
func (k *kit) subscriber(name string) *feed.Subscriber {
	from := store.Position("")
	return &feed.Subscriber{Name: name, Store: store.Open(k.b, k.r, store.Options{}), From: &from, Batch: 7,
		Lease:   100 * time.Millisecond,
		Backoff: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		Handle: func(_ context.Context, changes []store.Committed) (out []store.RecordWrite, err error) {
			if rand.IntN(5) == 0 {
				return nil, errors.New("not now")
			}
			for _, c := range changes {
				out = append(out, store.RecordWrite{Namespace: seen, Key: fmt.Sprintf("%s %020s", name, c.Position),
					Value: []byte(c.Key.String())})
			}
			return out, nil
		}}
}

// taken is what a subscriber noted, compared with the feed.
func (k *kit) taken(name string, all []store.Committed) {
	k.t.Helper()
	var got, want []string
	err := k.b.Records().Scan(k.t.Context(), seen, name+" ", func(r store.Record) bool {
		got = append(got, string(r.Value))
		return true
	})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, c := range all {
		want = append(want, c.Key.String())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		k.t.Errorf("%s took %d of %d changes:\n%s\nwant\n%s", name, len(got), len(want), got, want)
	}
}

// caughtUp waits until a subscriber has nothing left.
func (k *kit) caughtUp(name string) {
	k.t.Helper()
	st := store.Open(k.b, k.r, store.Options{})
	for tick := time.Tick(5 * time.Millisecond); ; <-tick {
		place, err := k.b.Records().Get(k.t.Context(), "feed.place", name)
		if err == nil {
			lag, err := feed.Lag(k.t.Context(), st, name)
			if err == nil && lag == 0 && !strings.Contains(string(place.Value), `""`) {
				return
			}
		}
		if k.t.Context().Err() != nil {
			k.t.Fatal(name, "didn't catch up before the test ended")
		}
	}
}

// subscribers: two names follow while many write; of the first three processes take part, which come and go.
func subscribers(t *testing.T, k *kit) {
	k.apply(k.patient("shared", 1, "Count0x"))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = k.subscriber("other").Run(ctx) })
	for range 3 {
		running.Go(func() {
			for ctx.Err() == nil {
				some, end := context.WithTimeout(ctx, time.Duration(20+rand.IntN(100))*time.Millisecond)
				_ = k.subscriber("one").Run(some)
				end()
			}
		})
	}
	each(4, func(w int) {
		for n := range feedBatches() {
			if err := k.feedBatch(w, n); err != nil {
				t.Error(err)
				return
			}
		}
	})
	k.caughtUp("one")
	k.caughtUp("other")
	stop()
	running.Wait()
	all := k.feed("", 100)
	k.taken("one", all)
	k.taken("other", all)
}

// followedAnswersLost: whatever becomes of the answers, each change is noted once, and none left out.
func followedAnswersLost(t *testing.T, k *kit) {
	for n := range 40 {
		k.apply(k.patient(fmt.Sprintf("p%02d", n), 1, "Ash"), k.patient(fmt.Sprintf("q%02d", n), 1, "Ash"))
	}
	s := k.subscriber("one")
	s.Store = store.Open(&forgetful{k.b}, k.r, store.Options{})
	s.Batch = 3
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Run(ctx)
	}()
	k.caughtUp("one")
	stop()
	<-ended
	k.taken("one", k.feed("", 100))
}

// stateWhileWriting: pages of what is there, read while many write, update and delete, give the state at a Moment.
func stateWhileWriting(t *testing.T, k *kit) {
	st := store.Open(k.b, k.r, store.Options{})
	for n := range 60 {
		k.apply(k.patient(fmt.Sprintf("p%02d", n), 1, "Early"))
	}
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	for w := range 4 {
		writing.Go(func() {
			for ctx.Err() == nil {
				k.disturb(fmt.Sprintf("p%02d", rand.IntN(90)), w)
			}
		})
	}
	for range 2 {
		moment := k.moment(time.Time{})
		got := k.stateAt(st, moment.Position)
		want, all := map[string]int64{}, k.upTo(moment)
		for _, c := range all {
			if want[c.Key.ID] = c.Key.Version; c.Method == fhir.Delete {
				delete(want, c.Key.ID)
			}
		}
		if len(want) < 10 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at %s there was %v, want %v", moment.Position, got, want)
		}
	}
	stop()
	writing.Wait()
}

// upTo is the feed up to a Moment.
func (k *kit) upTo(m store.Moment) (out []store.Committed) {
	k.t.Helper()
	all, err := k.b.Changes(k.t.Context(), "", 1_000_000, 0)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, c := range all {
		if n, _ := c.Position.Number(); n > m.At.UnixMicro() {
			break
		}
		out = append(out, c)
	}
	return out
}

// disturb makes, changes or deletes a patient, if nobody else does at the same time.
func (k *kit) disturb(id string, w int) {
	key := fhir.Key{Type: "Patient", ID: id}
	now, err := k.b.Get(k.t.Context(), key)
	version := int64(1)
	if err == nil {
		version = now.Key.Version + 1
	}
	write, err := k.tryWrite(id, version, fmt.Sprintf(`{"resourceType":"Patient","name":[{"family":"W%d"}]}`, w))
	if err != nil {
		k.t.Error(err)
		return
	}
	if rand.IntN(3) == 0 && now != nil && !now.Deleted() {
		write.Method, write.Body, write.Index = fhir.Delete, fhir.Body{}, nil
	}
	var lost *store.Rejected
	if _, err := k.b.Apply(k.t.Context(), store.Batch{Writes: []store.Write{write}}); err != nil && !errors.As(err,
		&lost) {
		k.t.Error(err)
	}
}

// stateAt reads all Patients in pages of 7, and begins anew where it was once.
func (k *kit) stateAt(st *store.Store, at store.Position) map[string]int64 {
	k.t.Helper()
	q := *k.query("Patient?_sort=_id&_count=7")
	state, out := feed.At(st, at), map[string]int64{}
	for n := 0; ; n++ {
		if _, err := k.b.Changes(k.t.Context(), k.moment(time.Time{}).Position, 1,
			time.Minute); err != nil { // it is written between the pages
			k.t.Fatal(err)
		}
		page, err := k.b.Find(k.t.Context(), &q)
		if err != nil {
			k.t.Fatal(err)
		}
		var found []*fhir.Stored
		for _, it := range page.Items {
			found = append(found, it.Stored)
		}
		items, err := state.Page(k.t.Context(), "Patient", found, page.Next == nil, k.b.Get)
		if err != nil {
			k.t.Fatal(err)
		}
		for _, it := range items {
			if _, twice := out[it.Key.ID]; twice {
				k.t.Errorf("%s comes twice", it.Key)
			}
			out[it.Key.ID] = it.Key.Version
		}
		if q.After = page.Next; q.After == nil {
			return out
		}
		if n == 3 {
			state = feed.At(st, at)
			state.Skip("Patient", found[len(found)-1].Key.ID)
		}
	}
}

// TestFeedCrash kills a process that writes and follows the feed, as by kill -9, several times. Each time the next one
// goes on, and in the end every change was taken: none was left out, and the records of none were committed twice.
func TestFeedCrash(t *testing.T, open Opener) {
	if dir := os.Getenv(crashDir); dir != "" {
		k := child(t, open, dir)
		go func() { _ = k.subscriber("one").Run(t.Context()) }()
		round := os.Getenv(crashRound)
		each(crashWriters, func(i int) {
			writer := fmt.Sprintf("r%sw%d", round, i)
			for n := int64(1); ; n++ {
				if _, err := k.b.Apply(t.Context(), k.crashBatch(writer, n)); err != nil {
					t.Error(err)
					return
				}
				fmt.Println("ack")
			}
		})
		return
	}
	dir := t.TempDir()
	for round := range crashRounds {
		enough, n := crashAfter+rand.IntN(crashSpread), 0
		killed(t, func(line string) (ours, now bool) {
			if ours = line == "ack"; ours {
				n++
			}
			return ours, ours && n == enough
		}, crashDir+"="+dir, fmt.Sprintf("%s=%d", crashRound, round))
	}
	k := reopened(t, open, dir)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { _ = k.subscriber("one").Run(ctx) }()
	k.caughtUp("one")
	all := k.feed("", 100)
	CheckFeed(t, k.b, all)
	k.taken("one", all)
	t.Logf("%d changes, of a process that was killed %d times", len(all), crashRounds)
}

// reopened has the store of a folder whose processes were killed.
func reopened(t *testing.T, open Opener, dir string) *kit {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := open(dir, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return &kit{t: t, r: r, b: b, dir: dir}
}
