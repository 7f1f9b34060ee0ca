package conformance

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

func versions(t *testing.T, k *kit) {
	a1 := k.patient("a", 1, "Ash")
	first := k.apply(a1)[0]
	second := k.apply(k.patient("a", 2, "Beech"), k.patient("b", 1, "Birch"))
	key := fhir.Key{Type: "Patient", ID: "a"}

	if now := k.get(key); now.Key.Version != 2 || string(now.JSON) != string(second[0].JSON) || !strings.Contains(string(now.JSON), "Beech") {
		t.Errorf("current is %s: %s", now.Key, now.JSON)
	}
	key.Version = 1
	old := k.get(key)
	if want := a1.Body.Stamp(1, old.Updated); string(old.JSON) != string(want) {
		t.Errorf("version 1 is %s, want the bytes as stamped: %s", old.JSON, want)
	}
	if !old.Updated.Equal(first.Updated) || old.Method != fhir.Put {
		t.Errorf("version 1 is of %v by %v, want %v by PUT", old.Updated, old.Method, first.Updated)
	}
	if !second[0].Updated.After(first.Updated) {
		t.Errorf("the second commit is of %v, not later than the first: %v", second[0].Updated, first.Updated)
	}
	if u := second[0].Updated; u != u.UTC().Truncate(time.Microsecond) {
		t.Errorf("Updated is %v, want UTC and whole microseconds", u)
	}
	k.absent(fhir.Key{Type: "Patient", ID: "a", Version: 3})
	k.absent(fhir.Key{Type: "Patient", ID: "c"})
	k.absent(fhir.Key{Type: "Observation", ID: "a"})
}

func tombstones(t *testing.T, k *kit) {
	a := k.patient("a", 1, "Ash")
	a.Facts = fhir.Facts{Section: "results", Hidden: true}
	k.apply(a)
	dead := k.apply(tombstone(a))[0]
	if dead.JSON != nil {
		t.Errorf("the result of a Delete has a body: %s", dead.JSON)
	}
	st := k.get(fhir.Key{Type: "Patient", ID: "a"})
	if !st.Deleted() || st.JSON != nil || st.Key.Version != 2 {
		t.Errorf("after the Delete, current is %+v", st)
	}
	if !reflect.DeepEqual(st.Compartments, []string{"a"}) || st.Facts != a.Facts {
		t.Errorf("the tombstone has compartments %v and facts %+v, want those it was written with", st.Compartments, st.Facts)
	}
	if got := k.ids("Patient?name=ash"); got != "" {
		t.Errorf("a search finds the deleted: %s", got)
	}
	if old := k.get(fhir.Key{Type: "Patient", ID: "a", Version: 1}); old.Deleted() || old.JSON == nil {
		t.Error("version 1 is gone with the Delete")
	}
	k.apply(k.patient("a", 3, "Alder"))
	if got := k.ids("Patient?name=alder"); got != "a" {
		t.Errorf("brought back, the search finds %q, want a", got)
	}
	if got := k.ids("Patient?name=ash"); got != "" {
		t.Errorf("the search still finds %q by the old name", got)
	}
}

// facts: they and the compartments come back as they were written, from everywhere.
func facts(t *testing.T, k *kit) {
	w := k.result("o", 1, "p", "hb", "2024-05-01")
	when := time.Date(2024, 5, 2, 3, 4, 5, 678000, time.UTC)
	w.Facts = fhir.Facts{Section: "results", Recorded: when, Release: when.Add(time.Hour), Hidden: true}
	k.apply(w, k.result("bare", 1, "p", "hb", "2024-05-01"))
	page, err := k.b.Find(t.Context(), k.query("Observation?_id=o"))
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("find: %v, %v", page, err)
	}
	hist, err := k.b.History(t.Context(), store.Scope{Type: "Observation", ID: "o", Limit: 5})
	if err != nil || len(hist.Items) != 1 {
		t.Fatalf("history: %v, %v", hist, err)
	}
	for from, st := range map[string]*fhir.Stored{"Get": k.get(w.Key), "Find": page.Items[0].Stored, "History": hist.Items[0].Stored} {
		if !st.Facts.Recorded.Equal(when) || !st.Facts.Release.Equal(when.Add(time.Hour)) || st.Facts.Section != "results" || !st.Facts.Hidden {
			t.Errorf("%s: facts are %+v, want %+v", from, st.Facts, w.Facts)
		}
		if !reflect.DeepEqual(st.Compartments, []string{"p"}) {
			t.Errorf("%s: compartments are %v, want [p]", from, st.Compartments)
		}
	}
	if st := k.get(fhir.Key{Type: "Observation", ID: "bare"}); st.Facts != (fhir.Facts{}) {
		t.Errorf("facts nobody gave: %+v", st.Facts)
	}
}

// rejected: each precondition, and what the Rejected says of it.
func rejected(t *testing.T, k *kit) {
	k.apply(k.patient("a", 1, "Ash"))
	b1 := k.patient("b", 1, "Birch")
	a := fhir.Key{Type: "Patient", ID: "a", Version: 1}
	unmatched := b1
	unmatched.NoMatch = k.query("Patient?identifier=urn:n|n-a")
	for name, c := range map[string]struct {
		batch store.Batch
		want  store.Rejected
	}{
		"create over one that is there": {store.Batch{Writes: []store.Write{b1, k.patient("a", 1, "Elm")}},
			store.Rejected{Reason: store.VersionChanged, Index: 1, Current: a}},
		"update of an older version": {store.Batch{Writes: []store.Write{k.patient("a", 3, "Elm")}},
			store.Rejected{Reason: store.VersionChanged, Current: a}},
		"update of what never was": {store.Batch{Writes: []store.Write{k.patient("c", 2, "Elm")}},
			store.Rejected{Reason: store.VersionChanged, Current: fhir.Key{Type: "Patient", ID: "c"}}},
		"a match": {store.Batch{Writes: []store.Write{unmatched}},
			store.Rejected{Reason: store.MatchFound, Current: a}},
		"require another version": {store.Batch{Writes: []store.Write{b1}, Require: []fhir.Key{a, {Type: "Patient", ID: "a", Version: 2}}},
			store.Rejected{Reason: store.RequiredChanged, Index: 1, Current: a}},
		"require what never was": {store.Batch{Writes: []store.Write{b1}, Require: []fhir.Key{{Type: "Patient", ID: "z", Version: 1}}},
			store.Rejected{Reason: store.RequiredChanged, Current: fhir.Key{Type: "Patient", ID: "z"}}},
		"a record's revision": {store.Batch{Writes: []store.Write{b1}, Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: []byte("v"), Revision: 7}}},
			store.Rejected{Reason: store.RecordChanged}},
	} {
		if got := k.refused(c.batch); *got != c.want {
			t.Errorf("%s: got %+v, want %+v", name, *got, c.want)
		}
		k.absent(b1.Key)
	}
	b1.NoMatch = k.query("Patient?identifier=urn:n|n-b") // only the state before the batch counts
	if _, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{b1}, Require: []fhir.Key{a}}); err != nil {
		t.Errorf("with every precondition met: %v", err)
	}
}

// marks: facts change, and nothing else does; not even if one of the resources has changed meanwhile.
func marks(t *testing.T, k *kit) {
	k.apply(k.result("o", 1, "a", "hb", "2026-01-01"), k.result("p", 1, "a", "hb", "2026-01-01"))
	key, hidden := fhir.Key{Type: "Observation", ID: "o", Version: 1}, fhir.Facts{Section: "results", Hidden: true, Recorded: time.UnixMicro(1).UTC(), Release: time.UnixMicro(2).UTC()}
	before := k.get(key)
	if _, err := k.b.Apply(t.Context(), store.Batch{Require: []fhir.Key{key}, Marks: []store.Mark{{Key: key, Facts: hidden}}}); err != nil {
		t.Fatal(err)
	}
	after := k.get(key)
	if after.Facts != hidden || !after.Updated.Equal(before.Updated) || string(after.JSON) != string(before.JSON) || after.Key != before.Key {
		t.Errorf("marked: %+v, before %+v", after, before)
	}
	o, _ := k.r.Type("Observation")
	page, err := k.b.Find(t.Context(), &search.Query{From: []search.From{{Type: o, Where: search.Visible{}}}, Now: time.Now(),
		Sort: []search.Sort{{Param: spec.ID}}, Limit: 5})
	if err != nil || len(page.Items) != 1 || page.Items[0].Key.ID != "p" {
		t.Errorf("visible are %+v, %v", page, err)
	}
	k.apply(k.result("p", 2, "a", "hb", "2026-01-01"))
	old := fhir.Key{Type: "Observation", ID: "p", Version: 1}
	if r := k.refused(store.Batch{Require: []fhir.Key{old}, Marks: []store.Mark{{Key: old,
		Facts: hidden}}}); r.Reason != store.RequiredChanged || r.Index != 0 {
		t.Errorf("a mark of an old version: %+v", r)
	}
	if k.get(old.Current()).Facts.Hidden {
		t.Error("a rejected mark is there")
	}
	// A mark makes no version, and still no write or mark that was planned before it gets past it.
	late := k.result("o", 2, "a", "hb", "2026-01-01")
	planned := []store.Mark{{Key: key, Facts: before.Facts}}
	if r := k.refused(store.Batch{Writes: []store.Write{late}, Known: planned}); r.Reason != store.FactsChanged {
		t.Errorf("a write planned before a mark: %+v", r)
	}
	if r := k.refused(store.Batch{Require: []fhir.Key{key}, Marks: []store.Mark{{Key: key}},
		Known: planned}); r.Reason != store.FactsChanged {
		t.Errorf("a mark planned before a mark: %+v", r)
	}
	late.Facts = hidden
	if _, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{late}, Known: []store.Mark{{Key: key, Facts: hidden}}}); err != nil {
		t.Errorf("a write planned after a mark: %v", err)
	}
}
