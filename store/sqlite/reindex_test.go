package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// condition is a write of a Condition whose note has a text.
func condition(t testing.TB, r *spec.Registry, id string, version int64, text string) store.Write {
	t.Helper()
	res, err := codec.Decode(fmt.Appendf(nil, `{"resourceType":"Condition","code":{"text":%q},"subject":{"reference":"Patient/p"}}`, text), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	typ, _ := r.Type("Condition")
	w := store.Write{Key: fhir.Key{Type: "Condition", ID: id, Version: version}, Method: fhir.Put, Body: res.Body(id), Index: search.Index(typ, res.Message, base)}
	w.Compartments = search.Compartments(typ, id, w.Index)
	return w
}

func reopen(t *testing.T, b *Backend, dir string, r *spec.Registry) *Backend {
	t.Helper()
	if b != nil {
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	next, err := opener(dir, r)
	if err != nil {
		t.Fatal(err)
	}
	return next.(*Backend)
}

func find(t *testing.T, b *Backend, p *spec.Param, text string) int64 {
	t.Helper()
	typ, _ := b.dict().registry.Type("Condition")
	page, err := b.Find(t.Context(), &search.Query{Total: search.AllMatches, Sort: []search.Sort{{Param: spec.ID}},
		From: []search.From{{Type: typ, Where: search.Test{Param: p, Is: search.StringIs{Text: text}}}}})
	if err != nil {
		t.Fatal(err)
	}
	return page.Total
}

// TestReindex: a parameter that is new is indexed while the store is open, and only then searched; the building goes on
// where a closed store left it; what is written meanwhile is found; and what the Registry drops leaves no rows.
func TestReindex(t *testing.T) {
	const resources = 3*rebuildStep + 7
	old, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	added, err := old.With(spec.Definition{URL: "SearchParameter/words", Code: "words", Kind: spec.String, Bases: []string{"Condition"}, Expression: "Condition.code.text"})
	if err != nil {
		t.Fatal(err)
	}
	typ, _ := added.Type("Condition")
	words := typ.Params["words"]
	dir := t.TempDir()
	b := reopen(t, nil, dir, old)
	for i := 0; i < resources; i += 100 {
		var batch store.Batch
		for j := i; j < min(i+100, resources); j++ {
			batch.Writes = append(batch.Writes, condition(t, old, fmt.Sprint(j), 1, "sore throat"))
		}
		if _, err := b.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	b = reopen(t, b, dir, added)
	b = reopen(t, b, dir, added) // closed before it is done, most likely
	if _, err := b.Apply(t.Context(), store.Batch{Writes: []store.Write{condition(t, added, "5", 2, "cough"), condition(t, added, "new", 1, "cough")}}); err != nil {
		t.Fatal(err)
	}
	if s := b.Index(words); !s.Ready && s.Total != resources {
		t.Errorf("while building the state is %+v, want a total of %d", s, resources)
	}
	<-b.rebuilt
	if s := b.Index(words); !s.Ready {
		t.Fatalf("after building the state is %+v", s)
	}
	if n, m := find(t, b, words, "sore"), find(t, b, words, "cough"); n != resources-1 || m != 2 {
		t.Errorf("the new parameter finds %d and %d, want %d and 2", n, m, resources-1)
	}
	b = reopen(t, b, dir, added)
	if s := b.Index(words); !s.Ready {
		t.Errorf("opened again the state is %+v", s)
	}
	b = reopen(t, b, dir, old)
	<-b.rebuilt
	err = b.read(t.Context(), func(c *conn) error {
		n, _, err := c.number(`SELECT count(*) FROM str WHERE p NOT IN (SELECT id FROM param)`)
		if m, _, _ := c.number(`SELECT count(*) FROM param WHERE code='words'`); n != 0 || m != 0 {
			t.Errorf("%d rows and %d parameters are left of what was dropped", n, m)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestInUse: a folder that is open can't be opened again.
func TestInUse(t *testing.T) {
	dir := t.TempDir()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := reopen(t, nil, dir, r)
	if _, err := opener(dir, r); err == nil || fhir.KindOf(err) != fhir.Unavailable || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opened twice: %v", err)
	}
	b = reopen(t, b, dir, r)
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestOlder: what an older program wrote is brought up to date when it is opened, and found as before.
func TestOlder(t *testing.T) {
	dir := t.TempDir()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := reopen(t, nil, dir, r)
	load(t, b, results(t, r, 0, 20), 20)
	err = b.writer.submit(t.Context(), func(w *writer) error {
		for _, sql := range []string{`DROP INDEX version_date`,
			`CREATE INDEX version_date ON version(type, k) WHERE current=1`,
			`DROP TABLE mark`, `DROP INDEX version_hidden`, `DROP INDEX version_suspended`, `DROP INDEX version_held`,
			`ALTER TABLE version DROP COLUMN suspended`, `ALTER TABLE body DROP COLUMN suspended`,
			`UPDATE meta SET value=2 WHERE name='schema'`} {
			if err := w.c.exec(sql); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b = reopen(t, b, dir, r)
	observation, _ := r.Type("Observation")
	q := &search.Query{From: []search.From{{Type: observation, Where: search.And{}}}, Sort: []search.Sort{{Param: observation.Date, Desc: true}}, Limit: 50}
	plan, _ := details(t, b, q)
	page, err := b.Find(t.Context(), q)
	if err != nil || len(page.Items) != 20 || !strings.Contains(plan, "COVERING INDEX version_date") {
		t.Errorf("%v: %s", err, plan)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestNewer: what a newer program wrote isn't touched.
func TestNewer(t *testing.T) {
	dir := t.TempDir()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b := reopen(t, nil, dir, r)
	err = b.writer.submit(t.Context(), func(w *writer) error {
		return w.c.exec(`UPDATE meta SET value=? WHERE name='schema'`, schemaVersion()+1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := opener(dir, r); err == nil || fhir.KindOf(err) != fhir.Unavailable || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("opened what is newer: %v", err)
	}
}

// TestBrokenJob: a job that breaks half-way takes nothing else with it, and leaves nothing.
func TestBrokenJob(t *testing.T) {
	b := openTest(t)
	w := b.writer
	good := &job{done: make(chan error, 1), do: func(w *writer) error {
		return w.record(store.RecordWrite{Namespace: "n", Key: "good", Value: []byte("v")})
	}}
	bad := &job{done: make(chan error, 1), do: func(w *writer) error {
		if err := w.record(store.RecordWrite{Namespace: "n", Key: "bad", Value: []byte("v")}); err != nil {
			return err
		}
		return w.c.exec("INSERT INTO nowhere VALUES(1)")
	}}
	err := w.submit(t.Context(), func(w *writer) error { return nil }) // the writer is idle behind this
	if err != nil {
		t.Fatal(err)
	}
	w.jobs <- bad
	w.jobs <- good
	if err := <-bad.done; fhir.KindOf(err) != fhir.Internal {
		t.Errorf("the broken job ended with %v", err)
	}
	if err := <-good.done; err != nil {
		t.Errorf("the good job ended with %v", err)
	}
	if _, err := b.Records().Get(t.Context(), "n", "good"); err != nil {
		t.Error(err)
	}
	if _, err := b.Records().Get(t.Context(), "n", "bad"); fhir.KindOf(err) != fhir.NotFound {
		t.Errorf("the broken job left %v", err)
	}
}

// FuzzPosition: a cursor that isn't ours is refused, one that is comes back.
func FuzzPosition(f *testing.F) {
	f.Add([]byte(position(hit{seq: 5, keys: []any{int64(-3), nil}})))
	f.Add([]byte(position(hit{seq: 5, keys: []any{"1.5", "x"}})))
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, kinds := range [][]byte{nil, {keyInt, keyText}, {keyText, keyText}} {
			h, err := decode(p, kinds)
			if err != nil {
				if fhir.KindOf(err) != fhir.Invalid {
					t.Fatalf("%v", err)
				}
				continue
			}
			again, err := decode(position(h), kinds)
			if err != nil || again.seq != h.seq || len(again.keys) != len(kinds) {
				t.Fatalf("%x became %+v, %v", p, again, err)
			}
		}
	})
}
