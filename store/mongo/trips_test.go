package mongo_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo/mongotest"
)

// trips are the commands that something costs, each a round trip.
func (k *kit) trips(do func()) string {
	before := k.server.Commands()
	do()
	var out []string
	after := k.server.Commands()
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if n := after[name] - before[name]; n > 0 && name != "hello" && name != "isMaster" {
			out = append(out, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(out, ", ")
}

// TestRoundTrips: what each interaction costs between the server and the database. In the transactions the find is that
// of the newest version (Backend.newest), and one insert tells the feed of changes (transaction.tell).
func TestRoundTrips(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.apply(k.patient("p", 1, "Ash"), k.patient("q", 1, "Ash"), k.result("o", "p"))
	apply := func(b store.Batch) func() {
		return func() {
			if _, err := k.b.Apply(t.Context(), b); err != nil {
				t.Error(err)
			}
		}
	}
	find := func(typ, query string) func() { return func() { k.find(typ, query) } }
	conditional := k.patient("c", 1, "Cedar")
	conditional.NoMatch = k.query("Patient", "identifier=urn:n|c")
	for _, c := range []struct {
		what string
		do   func()
		want string
	}{
		{"read", func() { _, _ = k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "p"}) }, "find 1"},
		{"vread", func() { _, _ = k.b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "p", Version: 1}) }, "find 1"},
		{"history page", func() { _, _ = k.b.History(t.Context(), store.Scope{Type: "Patient", Limit: 1}) }, "find 1"},
		{"search page", find("Observation", "patient=p&code=urn:c|hb&_count=1"), "find 1"},
		{"search page in another order", find("Patient", "family=ash&_sort=family&_count=1"), "find 1"},
		{"search page with total", find("Patient", "family=ash&_total=accurate"), "aggregate 1, find 1"},
		{"search page by a chain", find("Observation", "subject:Patient.family=ash"), "find 2"},
		{"search page by _has", find("Patient", "_has:Observation:subject:code=hb"), "find 2"},
		{"search page of candidates", find("Patient", "family:contains=sh"), "find 2"},
		{"create", apply(store.Batch{Writes: []store.Write{k.patient("n", 1, "Elm")}}), "commitTransaction 1, find 1, insert 3"},
		{"update", apply(store.Batch{Writes: []store.Write{k.patient("n", 2, "Elm")}}), "commitTransaction 1, find 1, insert 2, update 2"},
		{"transaction of two creates", apply(store.Batch{Writes: []store.Write{k.patient("n2", 1, "Elm"), k.result("o2", "n2")}}), "commitTransaction 1, find 1, insert 3"},
		{"conditional create", apply(store.Batch{Writes: []store.Write{conditional}}), "commitTransaction 1, find 2, insert 3, update 1"},
		{"record read", func() { _, _ = k.b.Records().Get(t.Context(), "n", "k") }, "find 1"},
		{"record written", apply(store.Batch{Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: []byte("v")}}}), "update 1"},
	} {
		if got := k.trips(c.do); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		} else {
			t.Logf("%-32s %s", c.what, got)
		}
	}
}
