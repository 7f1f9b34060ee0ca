package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// changes: each version and mark is in the feed, as it was committed, in the order of commits.
func changes(t *testing.T, k *kit) {
	if got := k.feed("", 10); len(got) != 0 {
		t.Fatalf("the feed of an empty store is %v", got)
	}
	start := k.moment(time.Time{})
	a := k.patient("a", 1, "Ash")
	a.Method = fhir.Post
	created := k.apply(a)[0]
	o := k.result("o", 1, "a", "hb", "2026-01-01")
	o.Facts = fhir.Facts{Section: "results", Recorded: created.Updated, Release: created.Updated}
	k.apply(k.patient("b", 1, "Birch"), o)
	hidden := o.Facts
	hidden.Hidden = true
	middle := k.moment(time.Time{})
	k.mark(o.Key, hidden)
	if c := k.feed("", 100)[2]; !c.Facts.Same(o.Facts) {
		t.Errorf("marked since, a version has the facts %+v, want those it was committed with", c.Facts)
	}
	k.mark(o.Key, o.Facts)
	a.Key.Version, a.Method = 2, fhir.Put
	k.apply(a)
	last := k.apply(tombstone(a))[0].Updated
	all := k.feed("", 100)
	if got := told(all); got != "POST Patient/a/1, PUT Patient/b/1, PUT Observation/o/1, mark Observation/o/1, "+
		"mark Observation/o/1, PUT Patient/a/2, DELETE Patient/a/3" {
		t.Fatalf("the feed is %s", got)
	}
	if one := k.feed("", 1); told(one) != told(all) {
		t.Errorf("one by one it is %s", told(one))
	}
	if !all[0].At.Equal(created.Updated) || !all[6].At.Equal(last) || !slices.Equal(all[2].Compartments,
		[]string{"a"}) {
		t.Errorf("not as they were committed: %+v", all)
	}
	if c := all[2]; !c.Facts.Same(o.Facts) || c.Appears(time.Now()) {
		t.Errorf("a version has the facts %+v, want those it was committed with", c.Facts)
	}
	if c := all[3]; !c.Before.Same(o.Facts) || !c.Facts.Same(hidden) || c.Appears(time.Now()) ||
		!slices.Equal(c.Compartments, []string{"a"}) {
		t.Errorf("hidden: %+v", c)
	}
	if c := all[4]; !c.Before.Same(hidden) || !c.Facts.Same(o.Facts) || !c.Appears(time.Now()) ||
		c.Appears(o.Facts.Release.Add(-1)) {
		t.Errorf("shown again: %+v", c)
	}
	k.moments(all, start, middle)
	if _, err := k.b.Changes(t.Context(), "elsewhere", 1, 0); fhir.KindOf(err) != fhir.Invalid || err == nil {
		t.Errorf("a Position of another store: %v", err)
	}
}

// moments: what is behind a Moment is what came later.
func (k *kit) moments(all []store.Committed, start, middle store.Moment) {
	k.t.Helper()
	for position, want := range map[store.Position]int{"": 7, start.Position: 7, middle.Position: 4,
		all[3].Position: 3, k.moment(time.Time{}).Position: 0,
		k.moment(all[0].At.Add(-time.Second)).Position: 7, k.moment(time.Now().Add(time.Hour)).Position: 0} {
		if got := k.feed(position, 3); len(got) != want {
			k.t.Errorf("behind %q are %s, want the last %d", position, told(got), want)
		}
	}
	if again := k.moment(middle.At); again.Position != middle.Position {
		k.t.Errorf("the Moment of its own time is %+v, want %+v", again, middle)
	}
	for i, c := range all {
		if behind := k.feed(k.moment(c.At).Position, 3); len(behind) < len(all)-1-i {
			k.t.Errorf("behind the Moment of %s are only %s", c.Key, told(behind))
		}
	}
	for _, c := range all[:3] {
		if c.At.After(middle.At) {
			k.t.Errorf("%s is of %v, later than the Moment behind it: %v", c.Key, c.At, middle.At)
		}
	}
}

// changesWaited: who waits is told, and who doesn't want to any more isn't held.
func changesWaited(t *testing.T, k *kit) {
	from, found := k.moment(time.Time{}).Position, make(chan string, 1)
	go func() {
		got, err := k.b.Changes(t.Context(), from, 10, time.Minute)
		if err != nil {
			t.Error(err)
		}
		found <- told(got)
	}()
	k.apply(k.patient("a", 1, "Ash"))
	if got := <-found; got != "PUT Patient/a/1" {
		t.Errorf("who waited was told of %q", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone, end := make(chan error, 1), k.moment(time.Time{}).Position
	go func() {
		_, err := k.b.Changes(ctx, end, 10, time.Hour)
		gone <- err
	}()
	cancel()
	if err := <-gone; err == nil || fhir.KindOf(err) != fhir.TimedOut {
		t.Errorf("who gave up got %v", err)
	}
}

// feed reads everything behind a Position, so many at a time.
func (k *kit) feed(after store.Position, limit int) (out []store.Committed) {
	k.t.Helper()
	for {
		step, err := k.b.Changes(k.t.Context(), after, limit, 0)
		if err != nil {
			k.t.Fatal(err)
		}
		if len(step) == 0 {
			return out
		}
		out, after = append(out, step...), step[len(step)-1].Position
	}
}

func (k *kit) moment(at time.Time) store.Moment {
	k.t.Helper()
	m, err := k.b.Moment(k.t.Context(), at)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}

// mark sets facts.
func (k *kit) mark(key fhir.Key, f fhir.Facts) {
	k.t.Helper()
	if _, err := k.b.Apply(k.t.Context(), store.Batch{Require: []fhir.Key{key}, Marks: []store.Mark{{Key: key,
		Facts: f}}}); err != nil {
		k.t.Fatal(err)
	}
}

// told says what changes are, in order.
func told(cs []store.Committed) string {
	var out []string
	for _, c := range cs {
		verb := c.Method.String()
		if c.Marks() {
			verb = "mark"
		}
		out = append(out, verb+" "+strings.Replace(c.Key.String(), "/_history", "", 1))
	}
	return strings.Join(out, ", ")
}

// changesRefused: a batch that is Rejected isn't in the feed, and records never are.
func changesRefused(t *testing.T, k *kit) {
	k.apply(k.patient("a", 1, "Ash"))
	_, err := k.b.Apply(t.Context(), store.Batch{Writes: []store.Write{k.patient("b", 1, "Birch"), k.patient("a", 1,
		"Ash")}})
	var lost *store.Rejected
	if !errors.As(err, &lost) {
		t.Fatal(err)
	}
	k.set(store.RecordWrite{Namespace: "n", Key: "k", Value: []byte("v")})
	if got := told(k.feed("", 5)); got != "PUT Patient/a/1" {
		t.Errorf("the feed is %s", got)
	}
}
