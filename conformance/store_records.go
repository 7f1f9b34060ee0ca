package conformance

import (
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// set applies record writes; it says whether they were taken.
func (k *kit) set(ws ...store.RecordWrite) bool {
	k.t.Helper()
	_, err := k.b.Apply(k.t.Context(), store.Batch{Records: ws})
	if err == nil {
		return true
	}
	if r, ok := err.(*store.Rejected); !ok || r.Reason != store.RecordChanged {
		k.t.Fatalf("got %v, want a *store.Rejected of a record", err)
	}
	return false
}

// watched: who watches is told of what is written.
func watched(t *testing.T, k *kit) {
	watch := k.b.Watch("Patient", "seen")
	last, sure := watch()
	if !sure {
		t.Skip("the backend can't be sure that nothing was written: nobody remembers what is read of it")
	}
	changed := func(what string, want bool) {
		t.Helper()
		n, _ := watch()
		if again, _ := watch(); (n != last) != want || again != n {
			t.Errorf("%s: from %d to %d and %d", what, last, n, again)
		}
		last = n
	}
	changed("nothing", false)
	k.set(store.RecordWrite{Namespace: "seen", Key: "a", Value: []byte("x")})
	changed("a record", true)
	k.set(store.RecordWrite{Namespace: "seen", Key: "a", Revision: -1})
	changed("a record's removal", true)
	k.set(store.RecordWrite{Namespace: "other", Key: "a", Value: []byte("x")})
	changed("a record of another namespace", false)
	k.apply(k.patient("watched", 1, "Green"))
	changed("a resource", true)
	k.apply(k.result("watched", 1, "watched", "x", "2026-01-01"))
	changed("a resource of another type", false)
}

func records(t *testing.T, k *kit) {
	w := store.RecordWrite{Namespace: "n", Key: "k", Value: []byte("one"), Revision: 0}
	if !k.set(w) {
		t.Fatal("a new record was rejected")
	}
	if k.set(w) {
		t.Error("a record that must not be there was written over one that is")
	}
	rec, err := k.b.Records().Get(t.Context(), "n", "k")
	if err != nil || string(rec.Value) != "one" || rec.Revision != 1 || rec.Namespace != "n" || rec.Key != "k" || !rec.Expires.IsZero() {
		t.Fatalf("got %+v, %v", rec, err)
	}
	w.Value, w.Revision = []byte("two"), 1
	if !k.set(w) || k.set(w) {
		t.Error("compare and set: the first must be taken, the second not")
	}
	w.Value, w.Revision = []byte{}, -1
	if !k.set(w) {
		t.Error("a write whatever the revision was rejected")
	}
	if rec, err = k.b.Records().Get(t.Context(), "n", "k"); err != nil || len(rec.Value) != 0 || rec.Revision != 3 {
		t.Errorf("got %+v, %v, want an empty value at revision 3", rec, err)
	}
	for _, key := range []string{"a/2", "a/1", "b/1", "a/%", "a/10"} {
		k.set(store.RecordWrite{Namespace: "scan", Key: key, Value: []byte(key)})
	}
	k.set(store.RecordWrite{Namespace: "other", Key: "a/3", Value: []byte("x")})
	if got := k.scan("scan", "a/"); got != "a/% a/1 a/10 a/2" {
		t.Errorf("scan: %q", got)
	}
	if got := k.scan("scan", "a/%"); got != "a/%" {
		t.Errorf("a prefix is text, not a pattern: %q", got)
	}
	seen := 0
	if err := k.b.Records().Scan(t.Context(), "scan", "", func(store.Record) bool { seen++; return seen < 2 }); err != nil || seen != 2 {
		t.Errorf("a scan told to stop at 2 gave %d, %v", seen, err)
	}
	if !k.set(store.RecordWrite{Namespace: "n", Key: "k", Revision: 3}) {
		t.Error("removal at the current revision was rejected")
	}
	if _, err := k.b.Records().Get(t.Context(), "n", "k"); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("after the removal: %v", err)
	}
}

func (k *kit) scan(namespace, prefix string) string {
	k.t.Helper()
	var keys []string
	err := k.b.Records().Scan(k.t.Context(), namespace, prefix, func(r store.Record) bool {
		keys = append(keys, r.Key)
		return true
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return strings.Join(keys, " ")
}

func recordsExpire(t *testing.T, k *kit) {
	past, future := time.Now().Add(-time.Minute), time.Now().Add(time.Hour)
	k.set(store.RecordWrite{Namespace: "n", Key: "old", Value: []byte("v"), Expires: past},
		store.RecordWrite{Namespace: "n", Key: "new", Value: []byte("v"), Expires: future})
	if _, err := k.b.Records().Get(t.Context(), "n", "old"); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("an expired record: %v, want fhir.NotFound", err)
	}
	rec, err := k.b.Records().Get(t.Context(), "n", "new")
	if err != nil || rec.Expires.Sub(future).Abs() > time.Microsecond {
		t.Errorf("got %+v, %v, want it to expire at %v", rec, err, future)
	}
	if got := k.scan("n", ""); got != "new" {
		t.Errorf("scan: %q", got)
	}
	if !k.set(store.RecordWrite{Namespace: "n", Key: "old", Value: []byte("w"), Revision: 0}) {
		t.Error("an expired record was in the way of a new one")
	}
}

// recordsWithWrites: both are in the commit, or neither is.
func recordsWithWrites(t *testing.T, k *kit) {
	w := k.patient("a", 1, "Ash")
	b := store.Batch{Writes: []store.Write{w}, Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: []byte("v")}}}
	if _, err := k.b.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal([]byte("v"), k.record("n", "k")) {
		t.Error("the record of the batch isn't there")
	}
	b.Writes[0].Key.Version = 2
	k.refused(b) // the record is there already
	k.absent(fhir.Key{Type: "Patient", ID: "a", Version: 2})
	b.Writes[0].Key.Version, b.Records[0].Key = 7, "k2"
	k.refused(b) // the version is wrong
	if k.record("n", "k2") != nil {
		t.Error("the record of a rejected batch is there")
	}
}

func (k *kit) record(namespace, key string) []byte {
	k.t.Helper()
	r, err := k.b.Records().Get(k.t.Context(), namespace, key)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		k.t.Fatal(err)
	}
	return r.Value
}
