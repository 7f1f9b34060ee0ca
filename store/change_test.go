package store_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store"
)

func TestWrite(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		made := k.do(k.post(patientJSON("mine", "Ash")))
		if !made.Created || made.Key.Version != 1 || made.Key.ID == "mine" || !fhir.ValidID(made.Key.ID) || made.Method != fhir.Post {
			t.Errorf("create: %+v", made)
		}
		if !bytes.Contains(made.JSON, []byte(`"id":"`+made.Key.ID+`"`)) || !bytes.Contains(made.JSON, []byte(`"versionId":"1"`)) {
			t.Errorf("create: %s", made.JSON)
		}
		if made.Facts.Recorded.IsZero() {
			t.Error("create: nobody noted when")
		}
		put := k.do(k.put(patientJSON("p", "Ash")))
		if !put.Created || put.Key.Version != 1 || put.Key.ID != "p" || put.Method != fhir.Put {
			t.Errorf("update as create: %+v", put)
		}
		again := k.do(k.put(patientJSON("p", "Beech")))
		if again.Created || again.Key.Version != 2 || again.Facts != put.Facts {
			t.Errorf("update: %+v", again)
		}
		dead := k.do(del("Patient", "p"))
		if dead.Stored == nil || !dead.Deleted() || dead.Key.Version != 3 {
			t.Errorf("delete: %+v", dead)
		}
		for _, id := range []string{"p", "never"} {
			if none := k.do(del("Patient", id)); none.Stored != nil || none.Created {
				t.Errorf("delete of nothing: %+v", none)
			}
		}
		back := k.do(k.put(patientJSON("p", "Cedar")))
		if !back.Created || back.Key.Version != 4 {
			t.Errorf("brought back: %+v", back)
		}
		if st, err := k.Read(t.Context(), fhir.Key{Type: "Patient", ID: "p"}); err != nil || !bytes.Equal(st.JSON, back.JSON) {
			t.Errorf("read: %v, %v", st, err)
		}
	})
}

func TestPreconditions(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("p", "Ash")), k.put(patientJSON("p", "Beech")), k.put(patientJSON("dead", "Elm")), del("Patient", "dead"))
		with := func(c store.Change, ifMatch int64, ifNone bool) store.Change {
			if c.IfNone = ifNone; ifMatch != 0 {
				c.IfMatch = []int64{ifMatch}
			}
			return c
		}
		otherID, otherType, noID := k.put(patientJSON("q", "X")), k.put(patientJSON("p", "X")), k.put(patientJSON("p", "X"))
		otherID.Key.ID, otherType.Key.Type = "p", "Observation"
		noID.Resource = k.res(`{"resourceType":"Patient"}`)
		patch := store.Change{Action: store.Patch, Key: fhir.Key{Type: "Patient", ID: "never"}, Patch: []byte(`[]`)}
		patchDead := patch
		patchDead.Key.ID = "dead"
		for name, c := range map[string]struct {
			change store.Change
			want   fhir.Kind
		}{
			"an old version":            {with(k.put(patientJSON("p", "X")), 1, false), fhir.StaleVersion},
			"a version to come":         {with(k.put(patientJSON("p", "X")), 3, false), fhir.StaleVersion},
			"a version of what isn't":   {with(k.put(patientJSON("never", "X")), 1, false), fhir.StaleVersion},
			"a version of a tombstone":  {with(k.put(patientJSON("dead", "X")), 2, false), fhir.StaleVersion},
			"delete of an old version":  {with(del("Patient", "p"), 1, false), fhir.StaleVersion},
			"only if it isn't there":    {with(k.put(patientJSON("p", "X")), 0, true), fhir.StaleVersion},
			"another id in the body":    {otherID, fhir.Invalid},
			"another type":              {otherType, fhir.Invalid},
			"no id in the body":         {noID, fhir.Invalid},
			"a type that isn't":         {del("Pet", "p"), fhir.UnknownType},
			"patch of what never was":   {patch, fhir.NotFound},
			"patch of what was deleted": {patchDead, fhir.Gone},
		} {
			_, err := k.Write(t.Context(), c.change)
			fails(t, name, err, c.want)
		}
		if out := k.do(with(k.put(patientJSON("p", "Y")), 2, false)); out.Key.Version != 3 {
			t.Errorf("with the current version: %s", out.Key)
		}
		if out := k.do(with(k.put(patientJSON("dead", "Y")), 0, true)); !out.Created || out.Key.Version != 3 {
			t.Errorf("only if it isn't there, over a tombstone: %+v", out)
		}
	})
}

func TestPatch(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(`{"resourceType":"Observation","id":"o","status":"final","code":{"text":"<b> & more"},"valueQuantity":{"value":1.10,"unit":"g"}}`))
		patch := func(doc string) (*store.Outcome, error) {
			return k.Write(t.Context(), store.Change{Action: store.Patch, Key: fhir.Key{Type: "Observation", ID: "o"}, Patch: []byte(doc)})
		}
		out, err := patch(`[{"op":"test","path":"/status","value":"final"},{"op":"replace","path":"/status","value":"amended"},{"op":"add","path":"/valueQuantity/comparator","value":"<"}]`)
		if err != nil {
			t.Fatal(err)
		}
		want := `"status":"amended","code":{"text":"<b> & more"},"valueQuantity":{"value":1.10,"unit":"g","comparator":"<"}}`
		if out.Key.Version != 2 || out.Created || !strings.HasSuffix(string(out.JSON), want) || strings.Count(string(out.JSON), "versionId") != 1 {
			t.Errorf("got %s, want it to end with %s", out.JSON, want)
		}
		for doc, kind := range map[string]fhir.Kind{
			`nonsense`:                               fhir.Invalid,
			`{"op":"x"}`:                             fhir.Invalid,
			`[{"op":"frobnicate","path":"/status"}]`: fhir.Invalid,
			`[{"op":"test","path":"/status","value":"final"}]`:                                                         fhir.Unprocessable,
			`[{"op":"remove","path":"/nothing"}]`:                                                                      fhir.Unprocessable,
			`[{"op":"add","path":"/note","value":[{"text":"x"}]},{"op":"remove","path":"/note/-1"}]`:                   fhir.Unprocessable,
			`[{"op":"replace","path":"/id","value":"p"}]`:                                                              fhir.Unprocessable,
			`[{"op":"remove","path":"/id"}]`:                                                                           fhir.Unprocessable,
			`[{"op":"replace","path":"/status","value":"nonsense"}]`:                                                   fhir.Invalid,
			`[{"op":"remove","path":"/status"}]`:                                                                       fhir.Invalid,
			`[{"op":"add","path":"/unknown","value":1}]`:                                                               fhir.Invalid,
			"[" + strings.Repeat(`{"op":"test","path":"/status","value":"x"},`, 1001) + `{"op":"remove","path":"/x"}]`: fhir.TooLarge,
			`["` + strings.Repeat("x", 1<<20) + `"]`:                                                                   fhir.TooLarge,
		} {
			_, err := patch(doc)
			fails(t, doc[:min(len(doc), 60)], err, kind)
		}
		if out, err := patch(`[]`); err != nil || out.Key.Version != 2 || !out.Unchanged {
			t.Errorf("after all that: %+v, %v", out, err)
		}
	})
}

// TestBounded: a grant that ends at a compartment is asked about the image before and the one after.
func TestBounded(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		all := access.C | access.R | access.U | access.D | access.S
		a := k.as(access.Record("a", all))
		reader := k.as(access.Record("a", access.R|access.S|access.C))
		for name, c := range map[string]struct {
			k      *kit
			change store.Change
			want   fhir.Kind
		}{
			"create of b's":               {a, k.post(resultJSON("x", "b", "hb")), fhir.Forbidden},
			"create outside compartments": {a, k.post(`{"resourceType":"Organization","name":"O"}`), fhir.Forbidden},
			"giving it to b":              {a, k.put(resultJSON("oa", "b", "hb")), fhir.Forbidden},
			"taking b's":                  {a, k.put(resultJSON("ob", "a", "hb")), fhir.NotFound},
			"update as create":            {a, k.put(resultJSON("new", "a", "hb")), fhir.NotFound},
			"what is seen but not ours":   {reader, k.put(resultJSON("oa", "a", "k")), fhir.Forbidden},
			"delete likewise":             {reader, del("Observation", "oa"), fhir.Forbidden},
		} {
			_, err := c.k.Write(t.Context(), c.change)
			fails(t, name, err, c.want)
		}
		if out := a.do(k.put(resultJSON("oa", "a", "k"))); out.Key.Version != 2 {
			t.Errorf("own: %+v", out)
		}
		if out := a.do(k.put(resultJSON("mine", "a", "k"))); !out.Created {
			t.Errorf("own, deleted before: %+v", out)
		}
		if out := reader.do(k.post(resultJSON("x", "a", "k"))); !out.Created {
			t.Errorf("own, new: %+v", out)
		}
	})
}

// TestRaces: many at once, each told the truth.
func TestRaces(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		const n = 40
		k.do(k.put(patientJSON("p", "Ash")))
		run := func(do func(i int) (*store.Outcome, error), want fhir.Kind) (won, created int64) {
			var w, c atomic.Int64
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					out, err := do(i)
					switch {
					case err == nil:
						w.Add(1)
						if out.Created {
							c.Add(1)
						}
					case fhir.KindOf(err) != want:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			return w.Load(), c.Load()
		}
		change := k.put(patientJSON("p", "Beech"))
		change.IfMatch = []int64{1}
		if won, _ := run(func(int) (*store.Outcome, error) { return k.Write(context.Background(), change) }, fhir.StaleVersion); won != 1 {
			t.Errorf("%d updates of version 1 succeeded, want 1", won)
		}
		if won, _ := run(func(i int) (*store.Outcome, error) {
			return k.Write(context.Background(), k.put(patientJSON("p", fmt.Sprint("Oak", i))))
		}, fhir.Conflict); won != n {
			t.Errorf("%d of %d updates succeeded", won, n)
		}
		if st, err := k.Read(t.Context(), fhir.Key{Type: "Patient", ID: "p"}); err != nil || st.Key.Version != n+2 {
			t.Errorf("after %d updates: %v, %v", n+1, st.Key, err)
		}
		if won, created := run(func(int) (*store.Outcome, error) {
			return k.Write(context.Background(), k.put(patientJSON("new", "Elm")))
		}, fhir.Conflict); won != n || created != 1 {
			t.Errorf("updates as create: %d succeeded, %d were told they created it, want %d and 1", won, created, n)
		}
	})
}

// TestFactsStay: what the practice said of a resource outlives the EHR's updates, its deletion, and its return.
func TestFactsStay(t *testing.T) {
	hide := rule(func(_ context.Context, c *store.Commit) error {
		for i := range c.Batch.Writes {
			if c.Pending[i].Before == nil {
				c.Batch.Writes[i].Facts.Hidden = true
			}
		}
		return nil
	})
	on(t, store.Options{Rules: []store.Rule{hide}}, func(t *testing.T, k *kit) {
		first := k.do(k.put(patientJSON("p", "Ash")))
		for i, c := range []store.Change{k.put(patientJSON("p", "Beech")), del("Patient", "p"), k.put(patientJSON("p", "Cedar")),
			{Action: store.Patch, Key: fhir.Key{Type: "Patient", ID: "p"}, Patch: []byte(`[{"op":"add","path":"/active","value":true}]`)}} {
			if out := k.do(c); out.Facts != first.Facts || !out.Facts.Hidden {
				t.Errorf("step %d: facts are %+v, want %+v", i, out.Facts, first.Facts)
			}
		}
	})
}

// rule is a Rule made of a function.
type rule func(ctx context.Context, c *store.Commit) error

func (r rule) Apply(ctx context.Context, c *store.Commit) error { return r(ctx, c) }

// TestRules: they see every write of a commit with its images, can add to it, and can refuse it whole.
func TestRules(t *testing.T) {
	var seen []string
	spy := rule(func(_ context.Context, c *store.Commit) error {
		for i, p := range c.Pending {
			before, after := "-", "-"
			if p.Before != nil {
				before = fmt.Sprint(p.Before.Key.Version)
			}
			if p.After != nil {
				after = p.After.Type
			}
			seen = append(seen, fmt.Sprintf("%s %s>%s %s", c.Batch.Writes[i].Key, before, after, p.At))
			if c.Batch.Writes[i].Key.ID == "bad" {
				return fhir.Errorf(fhir.Unprocessable, p.Where("Patient.name"), "No.")
			}
		}
		c.Batch.Records = append(c.Batch.Records, store.RecordWrite{Namespace: "seen", Key: "x", Value: []byte("y"), Revision: -1})
		return nil
	})
	on(t, store.Options{Rules: []store.Rule{spy}}, func(t *testing.T, k *kit) {
		seen = nil
		k.do(k.put(patientJSON("p", "Ash")), k.put(patientJSON("p", "Beech")), del("Patient", "p"))
		bad := k.put(patientJSON("bad", "Elm"))
		bad.At = "Bundle.entry[1]"
		good := k.put(patientJSON("good", "Elm"))
		good.At = "Bundle.entry[0]"
		_, err := k.Transact(t.Context(), []store.Change{good, bad})
		fails(t, "refused", err, fhir.Unprocessable)
		if err != nil && !strings.Contains(err.Error(), "Bundle.entry[1].resource.name: No.") {
			t.Errorf("the rule's error is %q", err)
		}
		if _, err := k.Read(t.Context(), good.Key); fhir.KindOf(err) != fhir.NotFound {
			t.Errorf("the other entry of a refused transaction: %v", err)
		}
		want := "Patient/p/_history/1 ->Patient |Patient/p/_history/2 1>Patient |Patient/p/_history/3 2>- " +
			"|Patient/good/_history/1 ->Patient Bundle.entry[0].resource|Patient/bad/_history/1 ->Patient Bundle.entry[1].resource"
		if got := strings.Join(seen, "|"); got != want {
			t.Errorf("the rule saw\n%s, want\n%s", got, want)
		}
	})
}
