package mongo_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/mongotest"
)

// eventually asks until the answer is yes; the test's own time limit ends it.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for tick := time.Tick(2 * time.Millisecond); !is(); <-tick {
		if t.Context().Err() != nil {
			t.Fatal("not before the test ended:", what)
		}
	}
}

// TestInstancesShareTheirIndex: a parameter that one instance brings is built once and ready on both, and what an
// instance writes that doesn't know it yet is found by it all the same.
func TestInstancesShareTheirIndex(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.apply(k.maiden("early"))
	behind := k.b
	ahead, err := mongo.Open(context.Background(), k.uri, k.r, mongo.Options{Logger: slog.New(slog.DiscardHandler), Base: base, Watch: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer ahead.Close()
	next, err := k.r.Next(k.r, spec.Definition{URL: "urn:test:maiden", Code: "maiden", Kind: spec.String, Bases: []string{"Patient"},
		Expression: "Patient.extension('urn:maiden').value as string"})
	if err != nil {
		t.Fatal(err)
	}
	if err := ahead.SetRegistry(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	typ, _ := next.Type("Patient")
	maiden := typ.Params["maiden"]
	eventually(t, "the index is complete", func() bool { return ahead.Index(maiden).Ready })
	if _, err := behind.Apply(t.Context(), store.Batch{Writes: []store.Write{k.maiden("late")}, Registry: k.r}); err != nil {
		t.Fatal(err)
	}
	found := func(b store.Backend) int {
		page, err := b.Find(t.Context(), &search.Query{Sort: []search.Sort{{Param: spec.ID}}, Limit: 10,
			From: []search.From{{Type: typ, Where: search.Test{Param: maiden, Is: search.StringIs{Text: "oak"}}}}})
		if err != nil {
			t.Fatal(err)
		}
		return len(page.Items)
	}
	eventually(t, "what the other wrote is indexed", func() bool { return found(ahead) == 2 })
	if err := behind.SetRegistry(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	if !behind.Index(maiden).Ready || found(behind) != 2 {
		t.Errorf("the other instance has it at %+v and finds %d of 2", behind.Index(maiden), found(behind))
	}
}

func (k *kit) maiden(id string) store.Write {
	k.Helper()
	return k.write(id, 1, `{"resourceType":"Patient","extension":[{"url":"urn:maiden","valueString":"Oak"}],"name":[{"family":"Smith"}]}`)
}

// TestWhatOneInstanceWritesTheOtherReadsAtOnce: resources, searches, histories and records.
func TestWhatOneInstanceWritesTheOtherReadsAtOnce(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	other := k.instance()
	for _, name := range []string{"Ash", "Birch", "Cedar"} {
		k.apply(k.patient(name, 1, name))
		if _, err := other.Get(t.Context(), fhir.Key{Type: "Patient", ID: name}); err != nil {
			t.Error("read:", err)
		}
		if page, err := other.Find(t.Context(), k.query("Patient", "family="+name)); err != nil || len(page.Items) != 1 {
			t.Errorf("search: %v, %v", page, err)
		}
		if page, err := other.History(t.Context(), store.Scope{Type: "Patient", ID: name, Limit: 5}); err != nil || len(page.Items) != 1 {
			t.Errorf("history: %v, %v", page, err)
		}
		set := store.RecordWrite{Namespace: "revoked", Key: name, Value: []byte("yes")}
		if _, err := k.b.Apply(t.Context(), store.Batch{Records: []store.RecordWrite{set}}); err != nil {
			t.Fatal(err)
		}
		if _, err := other.Records().Get(t.Context(), "revoked", name); err != nil {
			t.Error("record:", err)
		}
		if _, err := other.Apply(t.Context(), store.Batch{Records: []store.RecordWrite{set}}); err == nil {
			t.Error("the same record was made by both")
		}
	}
}
