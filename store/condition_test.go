package store_test

import (
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

// family is a Patient without an id.
func family(name string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","identifier":[{"system":"urn:n","value":"n-%s"}],"name":[{"family":%q}]}`, strings.ToLower(name), name)
}

func (k *kit) when(c store.Change, criteria string) store.Change {
	c.Match = k.criteria(criteria)
	if c.Action != store.Create {
		c.Key.ID = ""
	}
	return c
}

func TestConditional(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("a", "Ash")), k.put(patientJSON("b", "Twin")), k.put(patientJSON("c", "Twin")))
		patch := store.Change{Action: store.Patch, Key: fhir.Key{Type: "Patient"}, Patch: []byte(`[{"op":"add","path":"/active","value":true}]`)}

		one := k.do(k.when(k.post(family("Ash")), "Patient?family=ash"))
		if !one.Unchanged || one.Created || one.Key.String() != "Patient/a/_history/1" {
			t.Errorf("create with one match: %+v", one)
		}
		none := k.do(k.when(k.post(family("New")), "Patient?family=new"))
		if none.Unchanged || !none.Created {
			t.Errorf("create with no match: %+v", none)
		}
		up := k.do(k.when(k.put(strings.Replace(patientJSON("a", "Ash"), "{", `{"active":false,`, 1)), "Patient?family=ash"))
		if up.Created || up.Key.String() != "Patient/a/_history/2" {
			t.Errorf("update with one match and its id: %+v", up)
		}
		noID := store.Change{Action: store.Update, Key: fhir.Key{Type: "Patient"}, Resource: k.res(family("Ash"))}
		if up = k.do(k.when(noID, "Patient?family=ash")); up.Key.String() != "Patient/a/_history/3" {
			t.Errorf("update with one match and no id: %+v", up)
		}
		if up = k.do(k.when(k.put(patientJSON("free", "Elm")), "Patient?family=elm")); !up.Created || up.Key.ID != "free" {
			t.Errorf("update with no match and a free id: %+v", up)
		}
		_, err := k.Write(t.Context(), k.when(k.put(patientJSON("a", "Fir")), "Patient?family=fir"))
		fails(t, "update with no match and an id that is taken", err, fhir.Conflict)
		if up = k.do(k.when(patch, "Patient?family=elm")); up.Key.String() != "Patient/free/_history/2" {
			t.Errorf("patch with one match: %+v", up)
		}
		if gone := k.do(k.when(del("Patient", ""), "Patient?family=elm")); gone.Stored == nil || !gone.Deleted() || gone.Key.ID != "free" {
			t.Errorf("delete with one match: %+v", gone)
		}
		if gone := k.do(k.when(del("Patient", ""), "Patient?family=elm")); gone.Stored != nil {
			t.Errorf("delete with no match: %+v", gone)
		}
		for name, c := range map[string]struct {
			change store.Change
			want   fhir.Kind
		}{
			"create, two match":    {k.when(k.post(family("Twin")), "Patient?family=twin"), fhir.MultipleMatches},
			"update, two match":    {k.when(k.put(patientJSON("b", "Twin")), "Patient?family=twin"), fhir.MultipleMatches},
			"patch, two match":     {k.when(patch, "Patient?family=twin"), fhir.MultipleMatches},
			"delete, two match":    {k.when(del("Patient", ""), "Patient?family=twin"), fhir.MultipleMatches},
			"update, another's id": {k.when(k.put(patientJSON("b", "Ash")), "Patient?family=ash"), fhir.Invalid},
			"patch, none match":    {k.when(patch, "Patient?family=nobody"), fhir.NotFound},
		} {
			_, err := k.Write(t.Context(), c.change)
			fails(t, name, err, c.want)
		}
	})
}

// TestConditionalIsBounded: criteria find only what the caller can see. What is hidden neither answers nor stops them.
func TestConditionalIsBounded(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		a := k.as(access.Record("a", access.C|access.R|access.U|access.D|access.S))
		out := a.do(k.when(k.post(resultJSON("x", "a", "na")), "Observation?code=na"))
		if out.Unchanged || !out.Created {
			t.Errorf("create: %+v", out)
		}
		if again := a.do(k.when(k.post(resultJSON("x", "a", "na")), "Observation?code=na")); !again.Unchanged || again.Key.ID != out.Key.ID {
			t.Errorf("create again: %+v", again)
		}
		for _, id := range []string{"ob", "free"} { // told apart, they would tell that one is there
			_, err := a.Write(t.Context(), k.when(k.put(resultJSON(id, "a", id+"x")), "Observation?code="+id+"x"))
			fails(t, "update with no match and the id "+id, err, fhir.Unprocessable)
		}
		if gone := a.do(k.when(del("Observation", ""), "Observation?subject=Patient/b")); gone.Stored != nil {
			t.Errorf("delete: %+v", gone)
		}
		if _, err := k.Read(t.Context(), fhir.Key{Type: "Observation", ID: "ob"}); err != nil {
			t.Error("what is hidden was deleted:", err)
		}
	})
}

// TestConditionalRaces: of many identical ones at once, just one creates, and the others are told of that one.
func TestConditionalRaces(t *testing.T) {
	for name, c := range map[string]struct {
		conflicting int
		change      func(*kit) store.Change
	}{
		"create": {100, func(k *kit) store.Change { return k.when(k.post(family("Same")), "Patient?identifier=urn:n|n-same") }},
		"update": {20, func(k *kit) store.Change {
			return k.when(store.Change{Action: store.Update, Key: fhir.Key{Type: "Patient"}, Resource: k.res(family("Same"))}, "Patient?identifier=urn:n|n-same")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var ready sync.WaitGroup // all have looked before the first commits
			first := make(chan struct{}, c.conflicting)
			together := rule(func(context.Context, *store.Commit) error {
				select {
				case first <- struct{}{}:
					ready.Done()
					ready.Wait()
				default:
				}
				return nil
			})
			on(t, store.Options{Rules: []store.Rule{together}}, func(t *testing.T, k *kit) {
				ready.Add(c.conflicting)
				for len(first) > 0 {
					<-first
				}
				var created atomic.Int64
				var ids sync.Map
				var wg sync.WaitGroup
				for range c.conflicting {
					change := c.change(k)
					wg.Go(func() {
						out, err := k.Write(context.Background(), change)
						if err != nil {
							t.Error(err)
							return
						}
						ids.Store(out.Key.ID, true)
						if out.Created {
							created.Add(1)
						}
					})
				}
				wg.Wait()
				told := 0
				ids.Range(func(any, any) bool { told++; return true })
				found, _ := k.search("Patient?identifier=urn:n|n-same")
				if created.Load() != 1 || told != 1 || len(strings.Fields(found)) != 1 {
					t.Errorf("%d created it, %d ids were told, and there are %q; want one each", created.Load(), told, found)
				}
			})
		})
	}
}
