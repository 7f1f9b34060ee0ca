package mongo_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/mongo/index"
	"frontdesk/store/mongo/mongotest"
)

// direct is a client of the server's own, to do what another release or an operator would.
func (k *kit) direct() *driver.Client {
	k.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(k.uri))
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

// eager is an instance that looks for what others did all the time.
func (k *kit) eager(r *spec.Registry, log *slog.Logger) *mongo.Backend {
	k.Helper()
	b, err := mongo.Open(context.Background(), k.uri, r, mongo.Options{Logger: log, Base: base, Watch: time.Millisecond})
	if err != nil {
		k.Fatal(err)
	}
	k.Cleanup(func() { _ = b.Close() })
	return b
}

// logged is a log that is read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var quiet = slog.New(slog.DiscardHandler)

// TestIndexesAreMadeInTheBackground: a release that wants another index starts at once on a database that is full,
// answers what needs no index, asks to be asked again for the rest, says what it is at, and serves all when it is
// there. The release before goes on meanwhile.
func TestIndexesAreMadeInTheBackground(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.apply(k.patient("a", 1, "Ash"))
	for in, name := range map[string]string{"resources": "key", "history": "system"} {
		if err := k.collection(k.direct(), in).Indexes().DropOne(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	stuck := k.server.Inject(mongotest.Fault{Command: "createIndexes", Kind: mongotest.NotPrimary, Every: 1})
	var log logged
	b := k.eager(k.r, slog.New(slog.NewTextHandler(&log, nil)))
	var what []string
	for _, x := range b.Building() {
		if what = append(what, x.What); !x.Blocks {
			t.Errorf("%s doesn't keep the server from being ready", x.What)
		}
	}
	if got := strings.Join(what, ", "); got != "index key of resources, index system of history" {
		t.Errorf("it is at %s", got)
	}
	if _, err := b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"}); err != nil {
		t.Error("read:", err)
	}
	_, find := b.Find(t.Context(), k.query("Patient", "family=ash"))
	_, history := b.History(t.Context(), store.Scope{Limit: 1})
	_, apply := b.Apply(t.Context(), store.Batch{Writes: []store.Write{k.patient("b", 1, "Birch")}})
	for what, err := range map[string]error{"search": find, "history": history, "write": apply} {
		if e, ok := err.(*fhir.Error); !ok || e.Kind != fhir.Unavailable || e.RetryAfter == 0 {
			t.Errorf("%s: %v, want fhir.Unavailable with a time to come back", what, err)
		}
	}
	if n := len(k.find("Patient", "family=ash").Items); n != 1 {
		t.Errorf("the release before finds %d of 1", n)
	}
	stuck.Stop()
	eventually(t, "the indexes are made", func() bool { return len(b.Building()) == 0 })
	if page, err := b.Find(t.Context(), k.query("Patient", "family=ash")); err != nil || len(page.Items) != 1 {
		t.Errorf("then it finds %v, %v", page, err)
	}
	for _, part := range []string{"making indexes", "indexes=[key]", "documents=1", "the indexes are made", "indexes=[system]"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log doesn't say %q:\n%s", part, log.String())
		}
	}
}

// TestReleasesSideBySide: one of a newer minor format disturbs nobody; one of a newer major format stops those that
// don't know it.
func TestReleasesSideBySide(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.apply(k.patient("a", 1, "Ash"))
	set := func(field string) {
		t.Helper()
		_, err := k.collection(k.direct(), "meta").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "schema"}}, bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: 99}}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	set("minor")
	var log logged
	b := k.eager(k.r, slog.New(slog.NewTextHandler(&log, nil)))
	if _, err := b.Apply(t.Context(), store.Batch{Writes: []store.Write{k.patient("b", 1, "Birch")}}); err != nil || !strings.Contains(log.String(), "newer release") {
		t.Errorf("beside a newer release: %v, log %s", err, log.String())
	}
	set("version")
	eventually(t, "the older one stops", func() bool {
		_, err := b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"})
		return err != nil
	})
	_, get := b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"})
	_, find := b.Find(t.Context(), k.query("Patient", "family=ash"))
	_, apply := b.Apply(t.Context(), store.Batch{Writes: []store.Write{k.patient("c", 1, "Cedar")}})
	for what, err := range map[string]error{"read": get, "search": find, "write": apply} {
		if err == nil || fhir.KindOf(err) != fhir.Unavailable || !strings.Contains(err.Error(), "newer version") {
			t.Errorf("%s: %v, want a word of the newer version", what, err)
		}
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors are logged, want one line:\n%s", n, log.String())
	}
}

// maiden is a Registry with one parameter more.
func (k *kit) maidenRegistry() (*spec.Registry, *spec.Param) {
	k.Helper()
	next, err := k.r.Next(k.r, spec.Definition{URL: "urn:test:maiden", Code: "maiden", Kind: spec.String, Bases: []string{"Patient"},
		Expression: "Patient.extension('urn:maiden').value as string"})
	if err != nil {
		k.Fatal(err)
	}
	typ, _ := next.Type("Patient")
	return next, typ.Params["maiden"]
}

// progress is how far the index of Patient is, as all instances share it.
func (k *kit) progress(client *driver.Client) (out struct{ Done, Total int64 }) {
	k.Helper()
	if err := k.collection(client, "indexes").FindOne(k.Context(), bson.D{{Key: "_id", Value: "Patient"}}).Decode(&out); err != nil {
		k.Fatal(err)
	}
	return out
}

// TestAnotherInstanceGoesOnWithAnIndex: one stops in the middle of building; the other goes on there, and nothing is
// indexed twice.
func TestAnotherInstanceGoesOnWithAnIndex(t *testing.T) {
	const patients = 1200
	k := newKit(t, mongotest.Options{})
	for i := range patients / 100 {
		var ws []store.Write
		for j := range 100 {
			ws = append(ws, k.maiden(fmt.Sprintf("p%d-%d", i, j)))
		}
		k.apply(ws...)
	}
	next, maiden := k.maidenRegistry()
	first := k.eager(k.r, quiet)
	stuck := k.server.Inject(mongotest.Fault{Command: "update", Kind: mongotest.Slow, Delay: 20 * time.Millisecond, Every: 1})
	if err := first.SetRegistry(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	client := k.direct()
	eventually(t, "the first has begun", func() bool { return k.progress(client).Done > 0 })
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	stuck.Stop()
	half := k.progress(client)
	if half.Total != patients || half.Done == patients {
		t.Fatalf("the first was at %+v when it ended, not in the middle of %d", half, patients)
	}
	second := k.eager(next, quiet)
	eventually(t, "the second completes it", func() bool { return second.Index(maiden).Ready })
	if now := k.progress(client); now.Done > patients {
		t.Errorf("%d were indexed, of %d", now.Done, patients)
	} else if now.Done < patients-100 { // one step may have been done and not been counted
		t.Errorf("only %d are said to be indexed, of %d", now.Done, patients)
	}
	if n, err := k.collection(client, "resources").CountDocuments(t.Context(), bson.D{{Key: "s." + index.Name(maiden), Value: bson.D{{Key: "$exists", Value: true}}}}); err != nil || n != patients {
		t.Errorf("%d of %d have the new parameter (%v)", n, patients, err)
	}
}

// TestAClaimOfAnInstanceThatWasKilledRunsOut: another waits for that, and then builds.
func TestAClaimOfAnInstanceThatWasKilledRunsOut(t *testing.T) {
	k := newKit(t, mongotest.Options{})
	k.apply(k.maiden("a"))
	next, maiden := k.maidenRegistry()
	client := k.direct()
	// The one that is killed has set what is to be built, and claimed it.
	killed := k.eager(k.r, quiet)
	stuck := k.server.Inject(mongotest.Fault{Command: "findAndModify", Kind: mongotest.NotPrimary, Every: 1})
	if err := killed.SetRegistry(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	_ = killed.Close()
	until := time.Now().Add(300 * time.Millisecond)
	_, err := k.collection(client, "indexes").UpdateOne(t.Context(), bson.D{{Key: "_id", Value: "Patient"}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "by", Value: "killed"}, {Key: "until", Value: until.UnixMicro()}}}})
	if err != nil {
		t.Fatal(err)
	}
	stuck.Stop()
	b := k.eager(next, quiet)
	eventually(t, "the other builds it", func() bool { return b.Index(maiden).Ready })
	if early := time.Until(until); early > 0 {
		t.Errorf("it was built %s before the claim had run out", early)
	}
}
