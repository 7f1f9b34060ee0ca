package mongo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
)

// faultyWriters write at once, half of them on each of two instances. FRONTDESK_FAULTY_WRITES sets how many writes they
// make together.
const faultyWriters = 8

// faults is what goes wrong with one command in so many.
func faults(s *mongotest.Server, seed uint64) (all []*mongotest.Injected) {
	for i, f := range []mongotest.Fault{
		{Command: "insert", Kind: mongotest.WriteConflict, Probability: 0.03},
		{Command: "update", Kind: mongotest.WriteConflict, Probability: 0.03},
		{Command: "find", Kind: mongotest.NotPrimary, Probability: 0.005},
		{Command: "insert", Kind: mongotest.NotPrimary, Probability: 0.01},
		{Command: "commitTransaction", Kind: mongotest.NotPrimary, Probability: 0.01},
		{Command: "commitTransaction", Kind: mongotest.UnknownCommitResult, Probability: 0.03},
		{Command: "commitTransaction", Kind: mongotest.Forgotten, Probability: 0.03},
		{Command: "update", Kind: mongotest.Unlabelled, Probability: 0.02},
		{Command: "commitTransaction", Kind: mongotest.DropBefore, Probability: 0.02},
		{Command: "commitTransaction", Kind: mongotest.DropAfter, Probability: 0.02},
		{Command: "update", Kind: mongotest.DropAfter, Probability: 0.02},
		{Kind: mongotest.DropBefore, Probability: 0.005},
		{Kind: mongotest.DropAfter, Probability: 0.005},
		{Kind: mongotest.Slow, Probability: 0.01, Delay: 2 * time.Millisecond},
	} {
		f.Seed = seed + uint64(i)
		all = append(all, s.Inject(f))
	}
	return all
}

// ledger is what writers were told.
type ledger struct {
	mu      sync.Mutex
	stored  map[string]int // acknowledged, by what was written: bundles by their patient's id, counters by name
	refused map[string]bool
	unclear map[string]int // not known to whoever asked for it, and told so
}

func (l *ledger) note(what string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.stored[what]++
	case strings.Contains(err.Error(), "isn't known"):
		l.unclear[what]++
	default:
		l.refused[what] = true
	}
}

// TestNothingIsLostAndNothingDoneTwiceWhileServersFail: with faults of every kind under way, what is acknowledged is
// there, once and whole, and what is refused isn't.
func TestNothingIsLostAndNothingDoneTwiceWhileServersFail(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	instances := []store.Backend{k.b, k.instance()}
	writes, seed := setting("FRONTDESK_FAULTY_WRITES", 400), uint64(time.Now().UnixNano())
	k.apply(k.patient("shared0", 1, "Count0x"), k.patient("shared1", 1, "Count0x"))
	l := &ledger{stored: map[string]int{}, refused: map[string]bool{}, unclear: map[string]int{}}
	injected := faults(k.server, seed)
	feeds := k.follow(instances)
	var wg sync.WaitGroup
	for w := range faultyWriters {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for n := range writes / faultyWriters {
				k.faulty(instances[w%2], l, random, fmt.Sprintf("w%d-%d", w, n))
			}
		})
	}
	wg.Wait()
	fired := 0
	for _, i := range injected {
		i.Stop()
		fired += i.Fired()
	}
	if fired < writes/20 {
		t.Errorf("only %d faults in %d writes: this tests nothing", fired, writes)
	}
	t.Logf("seed %d: %d writes by %d writers on 2 instances, %d faults: %d kinds of things stored, %d refused, %d unclear",
		seed, writes, faultyWriters, fired, len(l.stored), len(l.refused), len(l.unclear))
	feeds.check(k)
	k.whole(l)
	for _, name := range []string{"shared0", "shared1"} {
		k.counted(l, name)
	}
	k.recorded(l)
}

// faulty makes one write of some kind.
func (k *kit) faulty(b store.Backend, l *ledger, random *rand.Rand, id string) {
	switch random.IntN(5) {
	case 0, 1:
		_, err := b.Apply(k.Context(), store.Batch{Writes: []store.Write{k.patient(id, 1, "Whole"), k.result(id+"-1", id), k.result(id+"-2", id)}})
		l.note("bundle "+id, err)
	case 2, 3:
		name := fmt.Sprint("shared", random.IntN(2))
		l.note(name, k.increase(b, name))
	default:
		l.note("record", k.increaseRecord(b))
	}
}

// increase counts one more in a resource, as often as others are faster.
func (k *kit) increase(b store.Backend, id string) error {
	for {
		st, err := b.Get(k.Context(), fhir.Key{Type: "Patient", ID: id})
		if err != nil {
			continue // nothing was asked for yet
		}
		_, err = b.Apply(k.Context(), store.Batch{Writes: []store.Write{k.patient(id, st.Key.Version+1, fmt.Sprintf("Count%dx", countIn(st)+1))}})
		var lost *store.Rejected
		if !errors.As(err, &lost) {
			return err
		}
	}
}

func (k *kit) increaseRecord(b store.Backend) error {
	for {
		rec, err := b.Records().Get(k.Context(), "n", "count")
		if err != nil && fhir.KindOf(err) != fhir.NotFound {
			continue
		}
		n, _ := strconv.Atoi(string(rec.Value)) // 0 of none
		_, err = b.Apply(k.Context(), store.Batch{Records: []store.RecordWrite{{Namespace: "n", Key: "count", Value: fmt.Append(nil, n+1), Revision: rec.Revision}}})
		var lost *store.Rejected
		if !errors.As(err, &lost) {
			return err
		}
	}
}

var counted = regexp.MustCompile(`"family":"Count(\d+)x"`)

// countIn is the number in a patient's name.
func countIn(st *fhir.Stored) int {
	m := counted.FindSubmatch(st.JSON)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(string(m[1])) // it is digits
	return n
}

// whole: of each bundle all is there or nothing, in the resources and in the index.
func (k *kit) whole(l *ledger) {
	k.Helper()
	all := map[string]bool{}
	for _, what := range []map[string]int{l.stored, l.unclear} {
		for name := range what {
			all[name] = true
		}
	}
	for name := range l.refused {
		all[name] = true
	}
	for name := range all {
		id, bundle := strings.CutPrefix(name, "bundle ")
		if !bundle {
			continue
		}
		there := len(k.find("Patient", "identifier=urn:n|"+id).Items) + len(k.find("Observation", "subject=Patient/"+id).Items)
		for _, key := range []fhir.Key{{Type: "Patient", ID: id, Version: 1}, {Type: "Observation", ID: id + "-1", Version: 1}, {Type: "Observation", ID: id + "-2", Version: 1}} {
			if _, err := k.b.Get(k.Context(), key); err == nil {
				there++
			}
		}
		switch {
		case l.stored[name] > 0 && there != 6:
			k.Errorf("%s was acknowledged, and %d of 6 are there", name, there)
		case l.refused[name] && there != 0:
			k.Errorf("%s was refused, and %d of 6 are there", name, there)
		case there != 0 && there != 6:
			k.Errorf("of %s %d of 6 are there", name, there)
		}
	}
}

// counted: a shared resource has as many versions as increases were acknowledged, each one more than the one before.
func (k *kit) counted(l *ledger, name string) {
	k.Helper()
	last, err := k.b.Get(k.Context(), fhir.Key{Type: "Patient", ID: name})
	if err != nil {
		k.Fatal(err)
	}
	if n := countIn(last); n < l.stored[name] || n > l.stored[name]+l.unclear[name] || int64(n) != last.Key.Version-1 {
		k.Errorf("%s counted %d in version %d; %d were acknowledged, %d unclear", name, n, last.Key.Version, l.stored[name], l.unclear[name])
	}
	before := last.Updated
	for v := last.Key.Version - 1; v >= 1; v-- {
		st, err := k.b.Get(k.Context(), fhir.Key{Type: "Patient", ID: name, Version: v})
		if err != nil || int64(countIn(st)) != v-1 || !st.Updated.Before(before) {
			k.Fatalf("version %d of %s: %v, %v", v, name, st, err)
		}
		before = st.Updated
	}
}

func (k *kit) recorded(l *ledger) {
	k.Helper()
	rec, err := k.b.Records().Get(k.Context(), "n", "count")
	if err != nil {
		k.Fatal(err)
	}
	if n, err := strconv.Atoi(string(rec.Value)); err != nil || n < l.stored["record"] || n > l.stored["record"]+l.unclear["record"] || rec.Revision != int64(n) {
		k.Errorf("the record is %+v; %d were acknowledged, %d unclear", rec, l.stored["record"], l.unclear["record"])
	}
}

// TestWhatIsNotKnownOfARecordIsNoRefusal: others have written since, so nothing tells whether it was stored; callers
// write again what was rejected, and must not do that.
func TestWhatIsNotKnownOfARecordIsNoRefusal(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	for n := range 3 {
		set := store.RecordWrite{Namespace: "n", Key: "count", Value: fmt.Append(nil, n), Revision: int64(n)}
		if _, err := k.b.Apply(t.Context(), store.Batch{Records: []store.RecordWrite{set}}); err != nil {
			t.Fatal(err)
		}
	}
	for revision, known := range map[int64]bool{1: false, 2: true, 3: true} {
		err := k.b.(*mongo.Backend).Settle(t.Context(), store.RecordWrite{Namespace: "n", Key: "count", Value: []byte("x"), Revision: revision})
		var rejected *store.Rejected
		if errors.As(err, &rejected) != known || !known && fhir.KindOf(err) != fhir.Unavailable {
			t.Errorf("over revision %d of 3: %v", revision, err)
		}
	}
}

// TestF2_ACommitThatAServerHasForgottenIsDoneOnce: NoSuchTransaction tells neither that it was done nor that it wasn't.
func TestF2_ACommitThatAServerHasForgottenIsDoneOnce(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	for i, kind := range []mongotest.Kind{mongotest.Forgotten, mongotest.UnknownCommitResult, mongotest.DropAfter} {
		f := k.server.Inject(mongotest.Fault{Command: "commitTransaction", Kind: kind, Every: 1, Times: 2})
		id := fmt.Sprint("forgotten", i)
		results, err := k.b.Apply(k.Context(), store.Batch{Writes: []store.Write{k.patient(id, 1, "Once")}})
		if err != nil || len(results) != 1 || results[0].JSON == nil {
			t.Errorf("fault %d: %v, %v; it was stored", kind, results, err)
		}
		if f.Fired() == 0 {
			t.Errorf("fault %d did not happen", kind)
		}
		f.Stop()
		st, err := k.b.Get(k.Context(), fhir.Key{Type: "Patient", ID: id})
		if err != nil || st.Key.Version != 1 || !st.Updated.Equal(results[0].Updated) {
			t.Errorf("fault %d: stored is %v, %v", kind, st, err)
		}
	}
}

// TestF3_AConflictWithoutALabelIsTriedAgain: routers and old servers don't always label it.
func TestF3_AConflictWithoutALabelIsTriedAgain(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	f := k.server.Inject(mongotest.Fault{Command: "insert", Kind: mongotest.Unlabelled, Every: 1, Times: 3})
	k.apply(k.patient("again", 1, "Again"))
	if f.Fired() != 3 {
		t.Errorf("it happened %d times", f.Fired())
	}
}

// TestF8_OthersInTheWayAreWaitedForUntilTheDeadline: and then the answer says that it may be sent again, not that it is
// refused.
func TestF8_OthersInTheWayAreWaitedForUntilTheDeadline(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	f := k.server.Inject(mongotest.Fault{Command: "insert", Kind: mongotest.WriteConflict, Every: 1, Times: 100})
	k.apply(k.patient("patient", 1, "Patient")) // more conflicts than the 60 tries that there once were
	if f.Fired() != 100 {
		t.Errorf("it happened %d times", f.Fired())
	}
	k.server.Inject(mongotest.Fault{Command: "insert", Kind: mongotest.WriteConflict, Every: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := k.b.Apply(ctx, store.Batch{Writes: []store.Write{k.patient("late", 1, "Late")}})
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Unavailable || e.RetryAfter == 0 {
		t.Errorf("after the deadline: %v", err)
	}
}

// TestF8_ATransactionThatIsTooLargeSaysSo: it isn't others who are in the way.
func TestF8_ATransactionThatIsTooLargeSaysSo(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.server.Inject(mongotest.Fault{Command: "insert", Kind: mongotest.CacheFull, Every: 1})
	_, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{k.patient("large", 1, "Large")}})
	if fhir.KindOf(err) != fhir.TooLarge || !strings.Contains(err.Error(), "smaller") {
		t.Errorf("it says %v", err)
	}
}
