package conformance

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Resources that are there before a parameter comes, writers while it is built, and what each of them writes.
const (
	registryStored  = 2000
	registryWriters = 4
	registryEach    = 50
)

// TestRegistry holds a backend to what it promises of search parameters that come and go while it is open. The backend
// must index by base URL "http://frontdesk.example/fhir".
func TestRegistry(t *testing.T, open Opener) {
	k := newKit(t, open)
	if k.b.Registry() != k.r {
		t.Fatal("a new backend has another Registry than it was opened with")
	}
	k.stored(registryStored)
	r := k.with(definition("Patient.extension('urn:maiden').value as string"))
	p := param(r)
	if s := k.b.Index(p); s.Total != 0 {
		t.Errorf("the index of what isn't known is %+v", s)
	}
	var failed atomic.Value
	done := make(chan struct{})
	go func() {
		defer close(done)
		each(registryWriters, func(w int) {
			for i := range registryEach {
				new, old := k.maiden(fmt.Sprintf("w%d-%d", w, i), 1, "Late"), k.maiden(fmt.Sprint(w*registryEach+i), 2, "Changed")
				err := k.retry(func() (store.Batch, error) {
					now := k.b.Registry()
					new.Index, old.Index = k.index(now, new), k.index(now, old)
					return store.Batch{Writes: []store.Write{new, old}, Registry: now}, nil
				})
				if err != nil {
					failed.Store(err)
				}
			}
		})
	}()
	k.setRegistry(r)
	k.refused(store.Batch{Writes: []store.Write{k.maiden("stale", 1, "Stale")}, Registry: k.r})
	k.absent(fhir.Key{Type: "Patient", ID: "stale"})
	<-done
	if err := failed.Load(); err != nil {
		t.Fatal(err)
	}
	k.built(p)
	changed := registryWriters * registryEach
	k.finds(p, map[string]int{"early": registryStored - changed, "late": changed, "changed": changed})

	again := k.with(definition("Patient.name.family | Patient.name.text")) // the same code, another expression
	k.setRegistry(again)
	k.built(param(again))
	k.finds(param(again), map[string]int{"early": 0, "smith": registryStored + changed})
	k.setRegistry(k.r)
	if k.b.Index(param(again)).Ready {
		t.Error("the index of a parameter that is gone is ready")
	}
	k.apply(k.maiden("after", 1, "After"))
	k.setRegistry(again)
	k.built(param(again))
	k.finds(param(again), map[string]int{"smith": registryStored + changed + 1})
}

// definition is one of a parameter "maiden".
func definition(expression string) spec.Definition {
	return spec.Definition{URL: "urn:test:maiden", Code: "maiden", Kind: spec.String, Bases: []string{"Patient"}, Expression: expression}
}

func param(r *spec.Registry) *spec.Param {
	t, _ := r.Type("Patient")
	return t.Params["maiden"]
}

// maiden is a Patient named Smith who was called name before.
func (k *kit) maiden(id string, version int64, name string) store.Write {
	k.t.Helper()
	return k.write(id, version, maidenJSON(id, name))
}

func maidenJSON(id, name string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"extension":[{"url":"urn:maiden","valueString":%q}],"name":[{"family":"Smith"}]}`, id, name)
}

// stored fills the backend with n Patients once called Early, whose ids are numbers.
func (k *kit) stored(n int) {
	k.t.Helper()
	var ws []store.Write
	for i := range n {
		ws = append(ws, k.maiden(fmt.Sprint(i), 1, "Early"))
	}
	for chunk := range slices.Chunk(ws, 500) {
		k.apply(chunk...)
	}
}

// index is what a write is found by.
func (k *kit) index(r *spec.Registry, w store.Write) []search.Entry {
	res, err := codec.Decode(w.Body.Stamp(1, time.Unix(0, 0)), codec.Unlimited())
	if err != nil {
		return nil // kit.write has decoded it before
	}
	t, _ := r.Type(w.Key.Type)
	return search.Index(t, res.Message, "http://frontdesk.example/fhir")
}

// with is the first Registry with definitions, as the successor of the present one.
func (k *kit) with(defs ...spec.Definition) *spec.Registry {
	k.t.Helper()
	r, err := k.r.Next(k.b.Registry(), defs...)
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

func (k *kit) setRegistry(r *spec.Registry) {
	k.t.Helper()
	if err := k.b.SetRegistry(k.t.Context(), r); err != nil {
		k.t.Fatal(err)
	}
	if k.b.Registry() != r {
		k.t.Fatal("the Registry is not what was set")
	}
}

// built waits until an index is complete, and sees that what it says meanwhile can be.
func (k *kit) built(p *spec.Param) {
	k.t.Helper()
	last := store.IndexState{}
	for tick := time.Tick(time.Millisecond); ; <-tick {
		s := k.b.Index(p)
		if s.Ready {
			return
		}
		if s.Done > s.Total || s.Done < last.Done {
			k.t.Fatalf("the index was at %+v and is at %+v", last, s)
		}
		if last = s; k.t.Context().Err() != nil {
			k.t.Fatalf("the test ends, and the index is at %+v", s)
		}
	}
}

// finds compares the numbers that a parameter finds by the starts of names.
func (k *kit) finds(p *spec.Param, want map[string]int) {
	k.t.Helper()
	t, _ := k.b.Registry().Type("Patient")
	for text, n := range want {
		page, err := k.b.Find(k.t.Context(), &search.Query{Total: search.AllMatches,
			Sort: []search.Sort{{Param: spec.ID}},
			From: []search.From{{Type: t, Where: search.Test{Param: p, Is: search.StringIs{Text: text}}}}})
		if err != nil {
			k.t.Fatal(err)
		}
		if page.Total != int64(n) {
			k.t.Errorf("%s finds %d by %q, want %d", p.Name(), page.Total, text, n)
		}
	}
}

// TestRegistryCrash kills a process, as by kill -9, in the middle of building the index of a SearchParameter that was
// just stored, opens what it left, and asserts that it goes on from there. It runs the test binary once more as that
// process, like TestCrash.
func TestRegistryCrash(t *testing.T, open Opener) {
	if dir := os.Getenv(crashDir); dir != "" {
		building(t, open, dir)
		return
	}
	dir := t.TempDir()
	killed(t, func(line string) (ours, now bool) { return line == "building", line == "building" }, crashDir+"="+dir)
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t: t, r: r, dir: dir}
	if k.b, err = open(dir, r); err != nil {
		t.Fatal("opening what was left:", err)
	}
	defer k.b.Close()
	p := param(k.b.Registry())
	if p == nil {
		t.Fatal("opened again, the parameter isn't known")
	}
	s := k.b.Index(p)
	if !s.Ready && s.Done == 0 {
		t.Errorf("opened again, the index is at %+v: it begins anew", s)
	}
	t.Logf("killed and opened again, the index is at %+v", s)
	k.built(p)
	k.finds(p, map[string]int{"early": registryStored})
}

// building is the child: it stores resources and then the parameter, and tells when the index is begun.
func building(t *testing.T, open Opener, dir string) {
	k := child(t, open, dir)
	k.stored(registryStored)
	res, err := codec.Decode([]byte(`{"resourceType":"SearchParameter","id":"maiden","url":"urn:test:maiden","name":"Maiden","status":"active","description":"Maiden name",
		"code":"maiden","base":["Patient"],"type":"string","expression":"Patient.extension('urn:maiden').value as string"}`), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	st := store.Open(k.b, k.r, store.Options{})
	if _, err := st.As(access.Everything("test"), store.Unobserved).Write(t.Context(), store.Change{Action: store.Create, Key: fhir.Key{Type: res.Type}, Resource: res}); err != nil {
		t.Fatal(err)
	}
	for s := k.b.Index(param(k.b.Registry())); s.Done == 0 || s.Ready; s = k.b.Index(param(k.b.Registry())) {
		if s.Ready {
			t.Fatal("the index was complete before anyone could look")
		}
	}
	fmt.Println("building")
	<-t.Context().Done()
}
