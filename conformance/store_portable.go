package conformance

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/copying"
)

// portable: a store can be copied, the copying can be stopped and taken up again, and the copy is the same in
// everything and goes on as the store would have.
func portable(t *testing.T, k *kit) {
	k.fillForCopy()
	from, to := k.b, newKit(t, k.open)
	c := &copying.Copy{From: from, To: to.b, Indexer: search.Indexer{Base: "http://frontdesk.example/fhir"},
		Logger: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(t.Context())
	copied := 0
	c.Progress = func(n int) {
		if copied += n; copied > 0 {
			stop()
		}
	}
	total, err := from.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(ctx); err == nil || int64(copied) >= total {
		t.Fatalf("it was to be stopped in the middle: %d of %d, %v", copied, total, err)
	}
	if half, err := copying.Unfinished(t.Context(), to.b.Records()); err != nil || !half {
		t.Errorf("half a copy is said to be unfinished: %v, %v", half, err)
	}
	c.Progress = func(int) {}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if half, err := copying.Unfinished(t.Context(), to.b.Records()); err != nil || half {
		t.Errorf("the whole copy is said to be unfinished: %v, %v", half, err)
	}
	if got := differing(t, c); got != "Observation: same, Patient: same, records: account: same, " {
		t.Errorf("compared: %s", got)
	}
	sameAfterCopy(t, k, to)
	CheckFeed(t, to.b, to.feed("", 50))
	if err := c.Run(t.Context()); err != nil {
		t.Errorf("once more, with nothing left to do: %v", err)
	}
	end := k.moment(time.Time{}).Position
	goesOn(t, to)
	CheckFeed(t, to.b, to.feed("", 50))
	if got := told(to.feed(end, 50)); got != "PUT Patient/p01/2, PUT Patient/p00/4" {
		t.Errorf("from where the feed of the store ended, that of the copy goes on with %s", got)
	}
	if got := differing(t, c); got != "Observation: same, Patient: differs, records: account: differs, " {
		t.Errorf("compared after the copy was written to: %s", got)
	}
	other := &copying.Copy{From: newKit(t, k.open).b, To: c.To, Logger: c.Logger, Progress: c.Progress}
	if err := other.Run(t.Context()); fhir.KindOf(err) != fhir.Conflict {
		t.Errorf("a copy of something else into the same: %v, want fhir.Conflict", err)
	}
	if other.To = from; other.Run(t.Context()) == nil {
		t.Error("a store that isn't empty was copied into")
	}
}

// differing is what Compare finds.
func differing(t *testing.T, c *copying.Copy) string {
	t.Helper()
	rows, err := c.Compare(t.Context(), func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, row := range rows {
		out += row.Name + map[bool]string{true: ": same, ", false: ": differs, "}[row.Same()]
	}
	return out
}

// fillForCopy stores something of all that there is: some hundred versions, tombstones, what is marked, records that
// expire and that don't.
func (k *kit) fillForCopy() {
	k.t.Helper()
	for n := range 60 {
		id := fmt.Sprintf("p%02d", n)
		p := k.patient(id, 1, "Ash")
		k.apply(p, k.result("o"+id, 1, id, "hb", "2024-05-01"))
		if n%3 == 0 {
			p = k.patient(id, 2, "Beech")
			k.apply(p)
		}
		if n%6 == 0 {
			k.apply(tombstone(p))
		}
	}
	key := fhir.Key{Type: "Observation", ID: "op01", Version: 1}
	facts := fhir.Facts{Section: "results", Recorded: time.UnixMicro(1_700_000_000_000_000).UTC()}
	facts.Hidden, facts.Suspended = true, true
	if _, err := k.b.Apply(k.t.Context(), store.Batch{Require: []fhir.Key{key}, Marks: []store.Mark{{Key: key, Facts: facts}}}); err != nil {
		k.t.Fatal(err)
	}
	soon := time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)
	for _, r := range []store.RecordWrite{{Namespace: "account", Key: "ann", Value: []byte("a")}, {Namespace: "account", Key: "bob", Value: []byte("b")},
		{Namespace: "code", Key: "ann", Value: []byte("c"), Expires: soon}, {Namespace: "account", Key: "ann", Value: []byte("a2"), Revision: 1}} {
		if _, err := k.b.Apply(k.t.Context(), store.Batch{Records: []store.RecordWrite{r}}); err != nil {
			k.t.Fatal(err)
		}
	}
}

// sameAfterCopy asks both stores the same.
func sameAfterCopy(t *testing.T, a, b *kit) {
	t.Helper()
	for _, url := range []string{"Patient?family=beech", "Patient?family=ash&_sort=-_id", "Observation?patient=p01&code=urn:c|hb", "Patient?_has:Observation:patient:code=hb",
		"Observation?subject:Patient.family=beech"} {
		if want, got := a.ids(url), b.ids(url); got != want {
			t.Errorf("%s finds %s, and in the copy %s", url, want, got)
		}
	}
	if want, got := a.walk(store.Scope{Limit: 7}), b.walk(store.Scope{Limit: 7}); want != got {
		t.Errorf("the history is %s, and in the copy %s", want, got)
	}
	for _, key := range []fhir.Key{{Type: "Patient", ID: "p00"}, {Type: "Patient", ID: "p00", Version: 1}, {Type: "Patient", ID: "p03"}, {Type: "Observation", ID: "op01"}} {
		want, got := a.get(key), b.get(key)
		if string(want.JSON) != string(got.JSON) || want.Key != got.Key || want.Method != got.Method || !want.Facts.Same(got.Facts) || !slices.Equal(want.Compartments, got.Compartments) {
			t.Errorf("%s is %+v, and in the copy %+v", key, want, got)
		}
	}
	for _, at := range [][2]string{{"account", "ann"}, {"account", "bob"}, {"code", "ann"}} {
		want, err := a.b.Records().Get(t.Context(), at[0], at[1])
		got, e := b.b.Records().Get(t.Context(), at[0], at[1])
		if err != nil || e != nil || string(want.Value) != string(got.Value) || want.Revision != got.Revision || !want.Expires.Equal(got.Expires) {
			t.Errorf("record %v is %+v (%v), and in the copy %+v (%v)", at, want, err, got, e)
		}
	}
}

// goesOn writes to what was copied as if it had been written there.
func goesOn(t *testing.T, k *kit) {
	t.Helper()
	before := k.get(fhir.Key{Type: "Patient", ID: "p01"})
	after := k.apply(k.patient("p01", 2, "Cedar"), k.patient("p00", 4, "Elm"))[0].Updated
	if !after.After(before.Updated) {
		t.Errorf("the next version has the time %s, the copied one %s", after, before.Updated)
	}
	if got := k.ids("Patient?family=cedar,elm&_sort=_id"); got != "p00 p01" {
		t.Errorf("what was written after the copy is found as %q", got)
	}
	if got := k.ids("Patient?_id=p01&family=ash"); got != "" {
		t.Errorf("the version before is found still: %q", got)
	}
	if got := k.walk(store.Scope{Type: "Patient", ID: "p01", Limit: 5}); got != "p01/2 p01/1" {
		t.Errorf("the history goes %q", got)
	}
	ann, err := k.b.Apply(t.Context(), store.Batch{Records: []store.RecordWrite{{Namespace: "account", Key: "ann", Value: []byte("a3"), Revision: 2}}})
	if err != nil {
		t.Errorf("the record's next revision: %v, %v", ann, err)
	}
}
