package store_test

import (
	"context"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// TestJudge: predicates of every sort, on versions of every sort. Each is judged by what it was, a tombstone by what it
// buried, and all by the facts of today.
func TestJudge(t *testing.T) {
	hide := rule(func(_ context.Context, c *store.Commit) error {
		for i, w := range c.Batch.Writes {
			c.Batch.Writes[i].Facts.Hidden = w.Key.ID == "hidden" && w.Key.Version > 1
		}
		return nil
	})
	on(t, store.Options{Rules: []store.Rule{hide}}, func(t *testing.T, k *kit) {
		surgery(k)
		k.do(k.put(resultJSON("o", "a", "hb")), k.put(resultJSON("o", "b", "na")), del("Observation", "o"),
			k.put(resultJSON("hidden", "a", "hb")), k.put(strings.Replace(resultJSON("hidden", "a", "hb"), "1.10", "1.20", 1)))
		where := func(url string) expr.Expr { return k.criteria(url).From[0].Where }
		obs, _ := k.r.Type("Observation")
		pat, _ := k.r.Type("Patient")
		ash := expr.Chain{Param: obs.Params["subject"], To: []expr.From{{Type: pat, Where: where("Patient?family=ash")}}}
		measured := expr.Reverse{Param: obs.Params["subject"], By: expr.From{Type: obs, Where: where("Observation?code=na")}}
		visible := expr.Visible{}
		for _, c := range []struct {
			key  fhir.Key
			p    expr.Expr
			want bool
		}{
			{fhir.Key{ID: "o", Version: 1}, where("Observation?code=hb"), true},
			{fhir.Key{ID: "o", Version: 2}, where("Observation?code=hb"), false},
			{fhir.Key{ID: "o", Version: 3}, where("Observation?code=hb"), false},
			{fhir.Key{ID: "o", Version: 3}, where("Observation?code=na"), true},
			{fhir.Key{ID: "o", Version: 1}, expr.Not{Expr: where("Observation?code=hb")}, false},
			{fhir.Key{ID: "o", Version: 2}, expr.Or{where("Observation?code=hb"), expr.Compartment{Patient: "b"}}, true},
			{fhir.Key{ID: "o", Version: 1}, expr.And{where("Observation?code=hb"), expr.Compartment{Patient: "b"}}, false},
			{fhir.Key{ID: "o", Version: 1}, ash, true},
			{fhir.Key{ID: "o", Version: 2}, ash, false},
			{fhir.Key{ID: "o", Version: 1}, expr.Missing{Param: obs.Params["code"]}, false},
			{fhir.Key{ID: "o", Version: 1}, visible, true},
			{fhir.Key{ID: "hidden", Version: 2}, visible, false},
			{fhir.Key{ID: "hidden", Version: 1}, visible, false},
			{fhir.Key{Type: "Patient", ID: "b", Version: 1}, measured, true},
			{fhir.Key{Type: "Patient", ID: "a", Version: 1}, measured, false},
		} {
			if c.key.Type == "" {
				c.key.Type = "Observation"
			}
			st, err := k.Read(t.Context(), c.key)
			if fhir.KindOf(err) == fhir.Gone && err != nil {
				page, err := k.History(t.Context(), store.Scope{Type: c.key.Type, ID: c.key.ID, Limit: 1})
				if err != nil {
					t.Fatal(err)
				}
				st = page.Items[0].Stored
			} else if err != nil {
				t.Fatal(err)
			}
			if got, err := k.store.Holds(t.Context(), c.p, st); err != nil || got != c.want {
				t.Errorf("%s, %#v: got %v, %v, want %v", c.key, c.p, got, err, c.want)
			}
		}
	})
}

// TestGuardedNot: a negated chain is true if what it must not find is hidden.
func TestGuardedNot(t *testing.T) {
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		surgery(k)
		k.do(k.put(`{"resourceType":"Observation","id":"der","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"derivedFrom":[{"reference":"Observation/ob"}]}`))
		obs, _ := k.r.Type("Observation")
		q := search.Search{Query: search.Query{Sort: []search.Sort{{Param: spec.ID}}, Limit: 10, From: []expr.From{{Type: obs, Where: expr.And{expr.IDs{"der"},
			expr.Not{Expr: expr.Chain{Param: obs.Params["derived-from"], To: []expr.From{{Type: obs, Where: expr.And{}}}}}}}}}}
		for who, c := range map[string]struct {
			s    *store.Session
			want int
		}{"all": {k.Session, 0}, "patient a": {k.as(access.PatientRead("a")).Session, 1}} {
			page, err := c.s.Search(t.Context(), &q)
			if err != nil || len(page.Items) != c.want {
				t.Errorf("%s: %v, %v, want %d", who, page, err, c.want)
			}
		}
	})
}

// A patient's own is told without decoding it; what needs a look into the resource is left over.
func TestSettled(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	o, _ := r.Type("Observation")
	test := expr.Test{Param: o.Params["subject"].Answers()[0].Param, Is: search.RefIs{Type: "Patient", ID: "a"}}
	predicate := expr.And{expr.Compartment{Patient: "a"}, expr.Or{expr.Confined{Patient: "a"}, test}}
	for want, in := range map[string][]string{"true": {"a"}, "false": {"b"}, expr.Print(test): {"a", "b"}} {
		d := &search.Doc{Key: fhir.Key{Type: "Observation", ID: "o"}, Compartments: in}
		if got := expr.Print(store.Settled(predicate, d)); got != want {
			t.Errorf("in %v: %s, want %s", in, got, want)
		}
	}
	if got := expr.Print(store.Settled(expr.Not{Expr: expr.IDs{"o"}}, &search.Doc{})); got != "true" {
		t.Errorf("a negation became %s", got)
	}
}
