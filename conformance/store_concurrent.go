package conformance

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// TestConcurrent holds a backend to its promises when many write at once: no update is lost, no version left out, no
// conditional create is done twice, and no reader sees half a batch.
func TestConcurrent(t *testing.T, open Opener) {
	for name, test := range map[string]func(*testing.T, *kit){
		"one resource, many writers": manyWriters,
		"conditional creates":        conditionalCreates,
		"references and deletions":   referencesAndDeletions,
		"crossing batches":           crossingBatches,
		"whole batches":              wholeBatches,
		"nothing older":              nothingOlder,
		"changes":                    changesUnderWriters,
	} {
		t.Run(name, func(t *testing.T) { test(t, newKit(t, open)) })
	}
}

// each runs n at once and waits for them.
func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

// retry applies until the batch isn't rejected any more.
func (k *kit) retry(batch func() (store.Batch, error)) error {
	for {
		b, err := batch()
		if err != nil {
			return err
		}
		_, err = k.b.Apply(k.t.Context(), b)
		var lost *store.Rejected
		if !errors.As(err, &lost) {
			return err
		}
	}
}

var counted = regexp.MustCompile(`"family":"Count(\d+)x"`)

// count is the number in a patient's name.
func count(st *fhir.Stored) (n int) {
	if m := counted.FindSubmatch(st.JSON); m != nil {
		_, _ = fmt.Sscan(string(m[1]), &n)
	}
	return n
}

func manyWriters(t *testing.T, k *kit) {
	const writers, rounds = 16, 8
	k.apply(k.patient("a", 1, "Count0x"))
	key := fhir.Key{Type: "Patient", ID: "a"}
	each(writers, func(int) {
		for range rounds {
			err := k.retry(func() (store.Batch, error) {
				st, err := k.b.Get(t.Context(), key)
				if err != nil {
					return store.Batch{}, err
				}
				return store.Batch{Writes: []store.Write{k.patient("a", st.Key.Version+1, fmt.Sprintf("Count%dx", count(st)+1))}}, nil
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	last := k.get(key)
	if got := count(last); got != writers*rounds || last.Key.Version != writers*rounds+1 {
		t.Errorf("counted %d in version %d, want %d in version %d", got, last.Key.Version, writers*rounds, writers*rounds+1)
	}
	before := last.Updated
	for v := last.Key.Version - 1; v >= 1; v-- {
		key.Version = v
		st := k.get(key)
		if got := count(st); int64(got) != v-1 {
			t.Errorf("version %d counted %d, want %d", v, got, v-1)
		}
		if !st.Updated.Before(before) {
			t.Errorf("version %d is of %v, not earlier than the next: %v", v, st.Updated, before)
		}
		before = st.Updated
	}
}

// nothingOlder: once a version has been seen, in whatever way, no read gives one before it.
func nothingOlder(t *testing.T, k *kit) {
	const versions, readers = 300, 4
	key := fhir.Key{Type: "Patient", ID: "a"}
	k.apply(k.patient("a", 1, "Count0x"))
	q := k.query("Patient?_id=a")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for v := int64(2); v <= versions; v++ {
			k.apply(k.patient("a", v, "Count0x"))
			if st, err := k.b.Get(t.Context(), key); err != nil || st.Key.Version != v {
				t.Errorf("version %d was written, and what is read is %v, %v", v, st, err)
				return
			}
		}
	}()
	each(readers, func(int) {
		for seen := int64(1); ; {
			select {
			case <-done:
				return
			default:
			}
			st, err := k.b.Get(t.Context(), key)
			if err != nil || st.Key.Version < seen {
				t.Errorf("version %d was seen, and what is read is %v, %v", seen, st, err)
				return
			}
			page, err := k.b.Find(t.Context(), q)
			if err != nil || len(page.Items) != 1 || page.Items[0].Key.Version < st.Key.Version {
				t.Errorf("version %d was read, and what is found is %v, %v", st.Key.Version, page, err)
				return
			}
			seen = page.Items[0].Key.Version
		}
	})
}

func conditionalCreates(t *testing.T, k *kit) {
	const rivals = 100
	q := k.query("Patient?identifier=urn:n|same")
	var made atomic.Int64
	each(rivals, func(i int) {
		w := k.write(fmt.Sprintf("p%d", i), 1, `{"resourceType":"Patient","identifier":[{"system":"urn:n","value":"same"}]}`)
		w.NoMatch = q
		_, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{w}})
		var lost *store.Rejected
		switch {
		case err == nil:
			made.Add(1)
		case !errors.As(err, &lost):
			t.Error(err)
		case lost.Reason != store.MatchFound || lost.Current.ID == "" || lost.Current.Version != 1:
			t.Errorf("rejected as %+v, want it to name the match", lost)
		}
	})
	if found := strings.Fields(k.ids("Patient?identifier=urn:n|same")); made.Load() != 1 || len(found) != 1 {
		t.Errorf("%d were told they made it, and %d are there, want 1 and 1", made.Load(), len(found))
	}
}

// referencesAndDeletions: while some write what refers to a patient and requires him, others delete him if nothing
// refers to him. One of the two always fails.
func referencesAndDeletions(t *testing.T, k *kit) {
	const patients, rivals = 25, 4
	var referred, deleted atomic.Int64
	for i := range patients {
		k.apply(k.patient(fmt.Sprintf("p%d", i), 1, "Ash"))
	}
	each(patients*rivals, func(i int) {
		id := fmt.Sprintf("p%d", i/rivals)
		key := fhir.Key{Type: "Patient", ID: id, Version: 1}
		batch, did := store.Batch{Writes: []store.Write{k.result(fmt.Sprint("o", i), 1, id, "hb", "2024-05-01")},
			Require: []fhir.Key{key}}, &referred
		if (i+i/rivals)%2 == 1 {
			gone := tombstone(k.patient(id, 1, "Ash"))
			gone.NoMatch = k.query("Observation?subject=Patient/" + id)
			batch, did = store.Batch{Writes: []store.Write{gone}}, &deleted
		}
		_, err := k.b.Apply(t.Context(), batch)
		var lost *store.Rejected
		if err == nil {
			did.Add(1)
		} else if !errors.As(err, &lost) {
			t.Error(err)
		}
	})
	for i := range patients {
		id := fmt.Sprintf("p%d", i)
		st := k.get(fhir.Key{Type: "Patient", ID: id})
		if found := k.ids("Observation?subject=Patient/" + id); st.Deleted() == (found != "") {
			t.Errorf("%s is deleted: %v, and referred to by %q", id, st.Deleted(), found)
		}
	}
	t.Logf("%d references were written, and %d patients deleted", referred.Load(), deleted.Load())
}

// crossingBatches: two resources change together in either order of the writes. Neither deadlock nor lost update.
func crossingBatches(t *testing.T, k *kit) {
	const writers, rounds = 8, 6
	k.apply(k.patient("a", 1, "Count0x"), k.patient("b", 1, "Count0x"))
	each(writers, func(i int) {
		ids := [2]string{"a", "b"}
		if i%2 == 1 {
			ids = [2]string{"b", "a"}
		}
		for range rounds {
			err := k.retry(func() (b store.Batch, err error) {
				for _, id := range ids {
					st, err := k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: id})
					if err != nil {
						return b, err
					}
					b.Writes = append(b.Writes, k.patient(id, st.Key.Version+1, fmt.Sprintf("Count%dx", count(st)+1)))
				}
				return b, nil
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	for _, id := range []string{"a", "b"} {
		if got := count(k.get(fhir.Key{Type: "Patient", ID: id})); got != writers*rounds {
			t.Errorf("%s counted %d, want %d", id, got, writers*rounds)
		}
	}
}

// wholeBatches: while batches of a patient and two results come in, a reader sees three of a kind or none.
func wholeBatches(t *testing.T, k *kit) {
	const batches = 60
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range batches {
			id := fmt.Sprintf("p%d", i)
			_, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{k.patient(id, 1, "Whole"),
				k.result(id+"-1", 1, id, "hb", "2024-05-01"), k.result(id+"-2", 1, id, "na", "2024-05-02")}})
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	defer func() { <-done }()
	obs, pat := k.query("Observation?_count=1000"), k.query("Patient?_count=1000")
	for reading := true; reading; {
		select {
		case <-done:
			reading = false // and once more, when all are there
		default:
		}
		q := search.Query{From: append(append([]search.From{}, obs.From...), pat.From...), Sort: []search.Sort{{Param: spec.ID}}, Limit: 1000}
		page, err := k.b.Find(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		for _, it := range page.Items {
			id, _, _ := strings.Cut(it.Key.ID, "-")
			seen[id]++
		}
		for id, n := range seen {
			if n != 3 {
				t.Fatalf("of the batch of %s a reader sees %d of 3", id, n)
			}
		}
		if !reading && len(seen) != batches {
			t.Errorf("%d batches are there, want %d", len(seen), batches)
		}
	}
}
