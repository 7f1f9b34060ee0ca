package store_test

import (
	"context"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/store"
)

// whatARuleAdds is a rule by which every new Patient also changes the Patient "counter" and leaves an Observation
// behind.
func whatARuleAdds(k **kit) rule {
	return func(ctx context.Context, c *store.Commit) error {
		for i := range c.Pending {
			key := c.Batch.Writes[i].Key
			if key.Type != "Patient" || key.Version != 1 || key.ID == "counter" {
				continue
			}
			if _, err := c.Create(ctx, (*k).res(resultJSON("any", key.ID, "hb"))); err != nil {
				return err
			}
			_, before, err := c.Get(ctx, fhir.Key{Type: "Patient", ID: "counter"})
			if err != nil || before == nil {
				return err
			}
			if err := c.Patch(ctx, before, []byte(`[{"op":"add","path":"/active","value":true},{"op":"add","path":"/name/-","value":{"family":"Counted"}}]`)); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestARulesOwnWritesAreCommittedWithTheClients(t *testing.T) {
	var now *kit
	on(t, store.Options{Rules: []store.Rule{whatARuleAdds(&now)}}, func(t *testing.T, k *kit) {
		now = k
		k.do(k.put(patientJSON("counter", "Ash")))
		out, err := k.Transact(t.Context(), []store.Change{k.post(patientJSON("x", "Birch")), k.put(patientJSON("counter", "Oak")), k.post(patientJSON("y", "Elm"))})
		if err != nil || len(out) != 3 {
			t.Fatal(out, err)
		}
		st, err := k.Read(t.Context(), fhir.Key{Type: "Patient", ID: "counter"})
		if err != nil || st.Key.Version != 2 || strings.Count(string(st.JSON), "Counted") != 2 || !strings.Contains(string(st.JSON), "Oak") {
			t.Errorf("the client's write of what a rule changes too: %s, %v", st.JSON, err)
		}
		if st != nil && string(out[1].JSON) != string(st.JSON) {
			t.Errorf("the client is answered\n%s, and stored is\n%s", out[1].JSON, st.JSON)
		}
		k.do(k.post(patientJSON("z", "Fir")))
		st, err = k.Read(t.Context(), st.Key.Current())
		if err != nil || st.Key.Version != 3 || strings.Count(string(st.JSON), "Counted") != 3 {
			t.Errorf("a rule's own version: %s, %v", st.JSON, err)
		}
		left := k.criteria("Observation?code=hb")
		left.Limit = 10
		if page, err := k.Search(t.Context(), left); err != nil || len(page.Items) != 3 {
			t.Errorf("what the rule created isn't found by its code: %v", err)
		}
	})
}

func TestARuleIsToldThatTheClientNamedTheVersion(t *testing.T) {
	var matched []bool
	spy := rule(func(_ context.Context, c *store.Commit) error {
		matched = append(matched, c.Pending[0].Matched)
		return nil
	})
	on(t, store.Options{Rules: []store.Rule{spy}}, func(t *testing.T, k *kit) {
		matched = nil
		k.do(k.put(patientJSON("p", "Ash")))
		again := k.put(patientJSON("p", "Oak"))
		again.IfMatch = []int64{1}
		k.do(again)
		if len(matched) != 2 || matched[0] || !matched[1] {
			t.Errorf("got %v", matched)
		}
	})
}
