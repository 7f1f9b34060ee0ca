package store_test

import (
	"fmt"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// results of patients a and b: seven each, of which the practice hides some of a's.
func results(k *kit, hidden ...int) {
	k.t.Helper()
	k.do(k.put(patientJSON("a", "Ash")), k.put(patientJSON("b", "Birch")),
		k.put(`{"resourceType":"Practitioner","id":"dr"}`))
	for i := range 7 {
		k.do(k.put(resultJSON(fmt.Sprint("a", i), "a", "hb")), k.put(resultJSON(fmt.Sprint("b", i), "b", "na")))
	}
	for _, i := range hidden {
		if err := k.Hide(k.t.Context(), fhir.Key{Type: "Observation", ID: fmt.Sprint("a", i)}, true); err != nil {
			k.t.Fatal(err)
		}
	}
}

// TestB13_TotalsUnasked: a first page has a total where one costs little, and never one of more than the bound.
func TestB13_TotalsUnasked(t *testing.T) {
	on(t, store.Options{Totals: 7}, func(t *testing.T, k *kit) {
		results(k)
		for url, want := range map[string]int64{
			"Observation?patient=a&_count=2":                            7,
			"Observation?patient=a&code=hb&_count=2":                    7,
			"Observation?subject=Patient/a&_count=6":                    7,
			"Observation?code=hb&_count=2":                              7,
			"Observation?_count=2":                                      -1, // 14
			"Observation?_count=2&_total=accurate":                      14,
			"Observation?_count=2&patient=a&_total=none":                -1,
			"Observation?patient=a&_total=none":                         -1,
			"Observation?_count=20":                                     14, // all on the page
			"Observation?patient=a&code=hb&status=final&_count=2":       -1, // more than one token
			"Observation?patient=a&code=hb,na&_count=2":                 -1,
			"Observation?patient=a&value-quantity=gt1&_count=2":         -1,
			"Observation?patient=a&_count=2&_sort=code":                 -1,
			"Patient?_count=1":                                          2,
			"Observation?patient=a&code=hb&_count=2&_sort=-date":        7,
			"Observation?patient=a&value-quantity=gt1&_total=accurate":  7,
			"Observation?code=hb&_count=2&_include=Observation:subject": 7,
		} {
			if _, page := k.search(url); page.Total != want {
				t.Errorf("%s: total %d, want %d", url, page.Total, want)
			}
		}
		all, one := store.Scope{Limit: 2}, store.Scope{Type: "Observation", ID: "a0", Limit: 1}
		for want, scope := range map[int64]store.Scope{-1: all, 1: one, 3: {Types: []string{"Patient", "Practitioner"},
			Limit: 2}} {
			if page, err := k.History(t.Context(), scope); err != nil || page.Total != want {
				t.Errorf("%+v: total %d, want %d; %v", scope, page.Total, want, err)
			}
		}
	})
}

// TestB13_HiddenEntriesAreInNoTotalAndNoGap: with three of seven hidden, totals and pages, there and back, are those of
// four.
func TestB13_HiddenEntriesAreInNoTotalAndNoGap(t *testing.T) {
	on(t, store.Options{Totals: 4}, func(t *testing.T, k *kit) {
		results(k, 0, 3, 6)
		views := map[string]access.View{"a": {Levels: map[string]access.Level{"results": access.Manage,
			"measurements": access.Manage}}}
		own := k.as(access.Caller{Identity: access.Identity{Person: "Patient/a", Patient: "a"}, Registry: k.r,
			Scopes: granted(t, k.r, "patient/*.cruds"), Patients: []string{"a"}, Views: views}.Grant())
		for url, want := range map[string]int64{"Observation?_count=1": 4, "Observation?patient=a&code=hb&_count=3": 4,
			"Observation?_count=2&_total=accurate": 4} {
			if _, page := own.search(url); page.Total != want {
				t.Errorf("%s: total %d, want %d", url, page.Total, want)
			}
		}
		walk := func(back bool, limit int) (out string) {
			s := store.Scope{Type: "Observation", Limit: limit, Place: search.Place{Back: back},
				Total: search.AllMatches}
			for {
				page, err := own.History(t.Context(), s)
				if err != nil || page.Total != 4 || len(page.Items) == 0 {
					t.Fatalf("%+v: %+v, %v", s, page, err)
				}
				ids := ""
				for _, it := range page.Items {
					ids += it.Key.ID + " "
				}
				if s.After = page.Next; back {
					out, s.After = ids+out, page.Previous
				} else {
					out += ids
				}
				if s.After == nil {
					return out
				}
			}
		}
		for _, limit := range []int{1, 2, 3, 4, 5} {
			for _, back := range []bool{false, true} {
				if got := walk(back, limit); got != "a5 a4 a2 a1 " {
					t.Errorf("by %d, back %v: %s", limit, back, got)
				}
			}
		}
	})
}
