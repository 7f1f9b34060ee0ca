package mongo_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"

	"frontdesk/fhir"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
)

// shardKeyOf are the first fields of the shard keys (cluster.Sharding): with an equality on it a cluster asks one
// shard, or a few.
var shardKeyOf = map[string]string{"resources": "p", "history": "r", "records": "_id", "locks": "_id"}

// aimed are the commands that something sends, each with what it asks: "one" shard, or "all". In transactions the find
// of the newest version (Backend.newest) and the end are left out: every one has them, and the first asks all.
type aimed struct {
	mu   sync.Mutex
	sent []string
}

func (a *aimed) started(_ context.Context, e *event.CommandStartedEvent) {
	collection, _ := e.Command.Lookup(e.CommandName).StringValueOK()
	key, sharded := shardKeyOf[collection]
	if !sharded || e.CommandName == "createIndexes" || e.CommandName == "listIndexes" {
		return
	}
	to := "one"
	for _, filter := range filters(e) {
		if !names(filter, key) {
			to = "all"
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sent = append(a.sent, fmt.Sprintf("%s %s: %s", e.CommandName, collection, to))
}

// filters are what a command asks for, one for each of its documents.
func filters(e *event.CommandStartedEvent) (out []bson.Raw) {
	for _, at := range [][3]string{{"insert", "documents", ""}, {"update", "updates", "q"}, {"delete", "deletes", "q"}} {
		if e.CommandName != at[0] {
			continue
		}
		list, _ := e.Command.Lookup(at[1]).Array().Values()
		for _, v := range list {
			doc := v.Document()
			if at[2] != "" {
				doc = doc.Lookup(at[2]).Document()
			}
			out = append(out, doc)
		}
		return out
	}
	if filter, ok := e.Command.Lookup("filter").DocumentOK(); ok {
		return []bson.Raw{filter}
	}
	return []bson.Raw{e.Command.Lookup("pipeline", "0", "$match").Document()}
}

// names says whether a filter, or a part of its $and, says what a field is.
func names(filter bson.Raw, field string) bool {
	elements, _ := filter.Elements()
	return slices.ContainsFunc(elements, func(e bson.RawElement) bool {
		if e.Key() == "$and" {
			parts, _ := e.Value().Array().Values()
			return slices.ContainsFunc(parts, func(v bson.RawValue) bool { return names(v.Document(), field) })
		}
		ranged := false
		if doc, ok := e.Value().DocumentOK(); ok {
			ranged = doc.Lookup("$in").Type == 0
		}
		return e.Key() == field && !ranged
	})
}

// TestWhichShardsAreAsked: what can be asked of one shard is. It is the table of README.md here; what asks all does so
// because nothing tells where it is.
func TestWhichShardsAreAsked(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	var a aimed
	b, err := mongo.Open(t.Context(), k.uri, k.r, mongo.Options{Logger: quiet, Base: base, Watch: time.Hour, Monitor: &event.CommandMonitor{Started: a.started}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	k.apply(k.patient("p", 1, "Ash"), k.result("o", "p"), k.write("org", 1, `{"resourceType":"Organization","name":"Surgery"}`))
	apply := func(batch store.Batch) func() error {
		return func() error {
			_, err := b.Apply(t.Context(), batch)
			return err
		}
	}
	read := func(typ, id string, version int64) func() error {
		return func() error {
			_, err := b.Get(t.Context(), fhir.Key{Type: typ, ID: id, Version: version})
			return err
		}
	}
	find := func(typ, query string) func() error {
		return func() error {
			_, err := b.Find(t.Context(), k.query(typ, query))
			return err
		}
	}
	history := func(s store.Scope) func() error {
		return func() error {
			s.Limit = 5
			_, err := b.History(t.Context(), s)
			return err
		}
	}
	update, moved, conditional := k.result("o", "p"), k.result("o", "q"), k.patient("c", 1, "Cedar")
	update.Key.Version, moved.Key.Version = 2, 3
	conditional.NoMatch = k.query("Patient", "identifier=urn:n|c")
	observation := fhir.Key{Type: "Observation", ID: "o", Version: 2}
	for _, c := range []struct {
		what string
		do   func() error
		want string
	}{
		{"read a Patient, or what is in no record", read("Patient", "p", 0), "find resources: one"},
		{"", read("Organization", "org", 0), "find resources: one"},
		{"read by id what is in a record", read("Observation", "o", 0), "find resources: all"},
		{"vread", read("Observation", "o", 1), "find history: one"},
		{"history of a resource", history(store.Scope{Type: "Observation", ID: "o"}), "find history: one"},
		{"history of a type", history(store.Scope{Type: "Observation"}), "find history: all"},
		{"search in one patient's record", find("Observation", "patient=p&code=urn:c|hb"), "find resources: one"},
		{"search by Patient ids", find("Patient", "_id=p"), "find resources: one"},
		{"search in many records", find("Observation", "code=urn:c|hb"), "find resources: all"},
		{"create", apply(store.Batch{Writes: []store.Write{k.result("n", "p")}}), "insert resources: one, insert history: one"},
		{"update", apply(store.Batch{Writes: []store.Write{update}}), "update resources: one, insert history: one, update history: one"},
		{"hold or mark a resource", apply(store.Batch{Require: []fhir.Key{observation}, Marks: []store.Mark{{Key: observation, Facts: fhir.Facts{Hidden: true}}}}),
			"find history: one, update resources: all, update history: one"},
		{"conditional create", apply(store.Batch{Writes: []store.Write{conditional}}), "update locks: one, find resources: all, insert resources: one, insert history: one"},
		{"record", func() error { _, _ = b.Records().Get(t.Context(), "n", "k"); return nil }, "find records: one"},
		{"record written", apply(store.Batch{Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: []byte("v")}}}), "update records: one"},
	} {
		a.sent = nil
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		got := strings.Join(slices.DeleteFunc(a.sent, func(s string) bool {
			return s == "find history: all" && !strings.HasPrefix(c.what, "history")
		}), ", ")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	a.sent = nil
	if err := apply(store.Batch{Writes: []store.Write{moved}})(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(a.sent, ", "); !strings.Contains(got, "delete resources: one, insert resources: one") {
		t.Errorf("what moves to another record isn't removed and put there anew: %s", got)
	}
}
