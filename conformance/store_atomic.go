package conformance

import (
	"fmt"
	"slices"
	"testing"

	"frontdesk/fhir"
	"frontdesk/store"
)

// TestAtomic holds a backend to "all or nothing" (I4): a batch that fails, wherever and why ever it fails, leaves no
// resource, no version, no index entry, no record behind, and the same batch made good goes in afterwards.
func TestAtomic(t *testing.T, open Opener) {
	const size = 6
	bad := func(k *kit, spoil func(*store.Write)) func(*store.Batch, int) {
		return func(b *store.Batch, at int) { spoil(&b.Writes[at]) }
	}
	for name, make := range map[string]func(*kit) func(*store.Batch, int){
		"a version that isn't current": func(k *kit) func(*store.Batch, int) {
			return bad(k, func(w *store.Write) { w.Key.Version = 5 })
		},
		"a match": func(k *kit) func(*store.Batch, int) {
			q := k.query("Patient?name=taken")
			return bad(k, func(w *store.Write) { w.NoMatch = q })
		},
		"a requirement": func(*kit) func(*store.Batch, int) {
			return func(b *store.Batch, _ int) { b.Require = []fhir.Key{{Type: "Patient", ID: "taken", Version: 9}} }
		},
		"a record": func(*kit) func(*store.Batch, int) {
			return func(b *store.Batch, _ int) {
				b.Records = append(b.Records, store.RecordWrite{Namespace: "n", Key: "other", Value: []byte("v"), Revision: 3})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t, open)
			k.apply(k.patient("taken", 1, "Taken"), k.patient("old", 1, "Elder"))
			spoil := make(k)
			for at := range size {
				b := k.batch(size)
				spoil(&b, at)
				k.refused(b)
				k.untouched(size)
			}
			if _, err := k.b.Apply(t.Context(), k.batch(size)); err != nil {
				t.Fatalf("the batch made good: %v", err)
			}
			if got := len(k.get(fhir.Key{Type: "Patient", ID: "old", Version: 2}).JSON); got == 0 {
				t.Error("the update of the good batch isn't there")
			}
		})
	}
}

// batch creates, updates and sets a record.
func (k *kit) batch(size int) store.Batch {
	b := store.Batch{Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: []byte("v")}}}
	for i := range size - 1 {
		b.Writes = append(b.Writes, k.patient(fmt.Sprintf("new%d", i), 1, "Newcomer"))
	}
	b.Writes = append(b.Writes, k.patient("old", 2, "Newcomer"))
	return b
}

// untouched asserts that everything is as it was before the batch.
func (k *kit) untouched(size int) {
	k.t.Helper()
	for i := range size - 1 {
		k.absent(fhir.Key{Type: "Patient", ID: fmt.Sprintf("new%d", i)})
	}
	k.absent(fhir.Key{Type: "Patient", ID: "old", Version: 2})
	if got := k.ids("Patient?name=newcomer"); got != "" {
		k.t.Errorf("a search finds %q of a batch that failed", got)
	}
	if got := k.ids("Patient?name=elder"); got != "old" {
		k.t.Errorf("the old name finds %q, want old", got)
	}
	if k.record("n", "k") != nil || k.record("n", "other") != nil {
		k.t.Error("a record of a batch that failed is there")
	}
	if got := k.walk(store.Scope{Limit: 50}); !slices.Contains([]string{"old/1 taken/1", "taken/1 old/1"}, got) {
		k.t.Errorf("history: %q", got)
	}
}
