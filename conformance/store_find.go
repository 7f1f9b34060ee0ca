package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// ward writes what the find tests look at: patients a and b, their results, one patient without a name.
func ward(k *kit) {
	k.apply(k.patient("a", 1, "Ash"), k.patient("b", 1, "Birch"), k.write("n", 1, `{"resourceType":"Patient"}`))
	k.apply(k.result("o1", 1, "a", "hb", "2024-05-01"), k.result("o2", 1, "a", "na", "2024-05-02"))
	k.apply(k.result("o3", 1, "b", "hb", "2024-05-03"))
}

// sorted makes an answer without order comparable.
func sorted(ids string) string {
	s := strings.Fields(ids)
	slices.Sort(s)
	return strings.Join(s, " ")
}

func find(t *testing.T, k *kit) {
	ward(k)
	for url, want := range map[string]string{
		"Patient":                               "a b n",
		"Patient?name=birch":                    "b",
		"Patient?name=ash,birch":                "a b",
		"Patient?name=ash&name=birch":           "",
		"Patient?identifier=urn:n|n-a":          "a",
		"Patient?_id=a,n,zzz":                   "a n",
		"Patient?name:missing=true":             "n",
		"Patient?name:missing=false":            "a b",
		"Observation?code=urn:c|hb":             "o1 o3",
		"Observation?code:not=urn:c|hb":         "o2",
		"Observation?date=ge2024-05-02":         "o2 o3",
		"Observation?date=2024-05":              "o1 o2 o3",
		"Observation?subject=Patient/a":         "o1 o2",
		"Observation?patient=b":                 "o3",
		"Observation?value-quantity=gt1.05":     "o1 o2 o3",
		"Observation?value-quantity=lt1.05":     "",
		"Observation?_lastUpdated=gt2000":       "o1 o2 o3",
		"Observation?_lastUpdated=lt2000":       "",
		"Observation?code=hb&subject=a":         "o1",
		"Observation?code=urn:c|hb&date=le2024": "o1 o3",
	} {
		if got := sorted(k.ids(url)); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
	q := *k.query("Observation?code=urn:c|hb")
	q.Total, q.Limit = search.AllMatches, 0
	if page, err := k.b.Find(t.Context(), &q); err != nil || page.Total != 2 || len(page.Items) != 0 || page.Next != nil {
		t.Errorf("a count alone: %+v, %v", page, err)
	}
	q.Limit = 1
	if page, err := k.b.Find(t.Context(), &q); err != nil || page.Total != 2 || len(page.Items) != 1 {
		t.Errorf("a page with the count: %+v, %v", page, err)
	}
	for most, want := range map[int64]int64{1: -1, 2: 2, 3: 2} {
		for q.Limit = range 3 {
			if q.Total = most; q.Limit == 2 {
				q.Limit = 50
			}
			if page, err := k.b.Find(t.Context(), &q); err != nil || page.Total != want {
				t.Errorf("of 2 matches counted as far as %d, on a page of %d: %+v, %v; want the total %d", most,
					q.Limit, page, err, want)
			}
		}
	}
	q.Total, q.Limit = 0, 1
	if page, err := k.b.Find(t.Context(), &q); err != nil || page.Total != -1 || page.Items[0].JSON == nil {
		t.Errorf("a page without the count: %+v, %v", page, err)
	}
}

// findNested: what only a Session's predicate or a chain puts into a query.
func findNested(t *testing.T, k *kit) {
	ward(k)
	hidden := k.result("o4", 1, "a", "hb", "2024-05-04")
	hidden.Facts.Hidden, hidden.Facts.Suspended = true, true
	now := time.Now().UTC().Truncate(time.Microsecond)
	later := k.result("o5", 1, "a", "hb", "2024-05-05")
	later.Facts.Release = now.Add(time.Hour)
	k.apply(hidden, later)
	obs, _ := k.r.Type("Observation")
	pat, _ := k.r.Type("Patient")
	ash := []search.From{{Type: pat, Where: k.query("Patient?name=ash").From[0].Where}}
	sodium := search.From{Type: obs, Where: k.query("Observation?code=na").From[0].Where}
	subject := obs.Params["subject"]
	visible := search.Visible{}
	for _, c := range []struct {
		name string
		t    *spec.Type
		e    search.Expr
		want string
	}{
		{"everything", obs, search.And{}, "o1 o2 o3 o4 o5"},
		{"nothing", obs, search.Or{}, ""},
		{"not nothing", pat, search.Not{Expr: search.Or{}}, "a b n"},
		{"compartment", obs, search.Compartment{Patient: "b"}, "o3"},
		{"own compartment", pat, search.Compartment{Patient: "b"}, "b"},
		{"not in the compartment", obs, search.Not{Expr: search.Compartment{Patient: "a"}}, "o3"},
		{"visible", obs, visible, "o1 o2 o3"},
		{"visible in a compartment", obs, search.And{search.Compartment{Patient: "a"}, visible}, "o1 o2"},
		{"hidden", obs, expr.Marked{Mark: expr.Hidden}, "o4"},
		{"not hidden", obs, search.Not{Expr: expr.Marked{Mark: expr.Hidden}}, "o1 o2 o3 o5"},
		{"held back", obs, expr.Marked{Mark: expr.HeldBack}, "o5"},
		{"suspended", obs, expr.Marked{Mark: expr.Suspended}, "o4"},
		{"marked or a test, in a compartment", obs, search.And{search.Compartment{Patient: "a"},
			search.Or{sodium.Where, expr.Marked{Mark: expr.Hidden}, expr.Marked{Mark: expr.HeldBack}},
		}, "o2 o4 o5"},
		{"marked of another type", pat, expr.Marked{Mark: expr.Hidden}, ""},
		{"ids or a test", obs, search.Or{search.IDs{"o3"}, sodium.Where}, "o2 o3"},
		{"chain", obs, search.Chain{Param: subject, To: ash}, "o1 o2 o4 o5"},
		{"no chain", obs, search.Not{Expr: search.Chain{Param: subject, To: ash}}, "o3"},
		{"chain to nothing", obs, search.Chain{Param: subject, To: []search.From{{Type: pat, Where: search.Or{}}}}, ""},
		{"reverse", pat, search.Reverse{Param: subject, By: sodium}, "a"},
		{"reverse by nothing", pat, search.Reverse{Param: subject, By: search.From{Type: obs, Where: search.Or{}}}, ""},
		{"reverse by what is visible", pat, search.Reverse{Param: subject, By: search.From{Type: obs, Where: search.And{visible, sodium.Where}}}, "a"},
	} {
		q := search.Query{From: []search.From{{Type: c.t, Where: c.e}}, Now: now, Sort: []search.Sort{{Param: spec.ID}}, Limit: 50}
		page, err := k.b.Find(t.Context(), &q)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var ids []string
		for _, it := range page.Items {
			ids = append(ids, it.Key.ID)
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	both := search.Query{From: []search.From{{Type: obs, Where: search.IDs{"o1", "a"}}, {Type: pat, Where: search.IDs{"a"}}},
		Sort: []search.Sort{{Param: spec.ID}}, Limit: 1, Total: search.AllMatches}
	page, err := k.b.Find(t.Context(), &both)
	if err != nil || page.Total != 2 || page.Next == nil || page.Items[0].Key.Current().String() != "Patient/a" {
		t.Errorf("a union of types: %+v, %v", page, err)
	}
}

// findPages: the pages of any order are what one page would be, without repeats and gaps.
func findPages(t *testing.T, k *kit) {
	for i := range 23 {
		w := k.patient(fmt.Sprintf("p%02d", (i*7)%23), 1, fmt.Sprintf("Name%d", i%4))
		if i%5 == 0 {
			w = k.write(w.Key.ID, 1, fmt.Sprintf(`{"resourceType":"Patient","birthDate":"19%02d-01-01"}`, 50+i))
		}
		k.apply(w)
	}
	for _, sort := range []string{"_id", "-_id", "_lastUpdated", "-_lastUpdated", "family", "-family", "birthdate", "-birthdate,family"} {
		whole := k.ids("Patient?_count=1000&_sort=" + sort)
		if n := len(strings.Fields(whole)); n != 23 {
			t.Errorf("_sort=%s: %d of 23", sort, n)
		}
		for _, count := range []int{1, 4, 23} {
			if got := k.ids(fmt.Sprintf("Patient?_count=%d&_sort=%s", count, sort)); got != whole {
				t.Errorf("_sort=%s by %d:\n got %s\nwant %s", sort, count, got, whole)
			}
			if got := k.back(fmt.Sprintf("Patient?_count=%d&_sort=%s", count, sort)); got != whole {
				t.Errorf("_sort=%s by %d from the end:\n got %s\nwant %s", sort, count, got, whole)
			}
		}
	}
	if ids := strings.Fields(k.ids("Patient?_sort=_id")); !slices.IsSorted(ids) {
		t.Errorf("_sort=_id: %v", ids)
	}
}

// back is what a search finds, walked from its last page to its first, of which each must lead on to the one after it.
func (k *kit) back(url string) string {
	k.t.Helper()
	q := *k.query(url)
	q.Back = true
	var out []string
	for {
		page, err := k.b.Find(k.t.Context(), &q)
		if err != nil {
			k.t.Fatalf("%s: %v", url, err)
		}
		if (q.After != nil) != (page.Next != nil) {
			k.t.Errorf("%s: of a page before %q the next is %q", url, q.After, page.Next)
		}
		var ids []string
		for _, it := range page.Items {
			ids = append(ids, it.Key.ID)
		}
		if page.Next != nil {
			again := q
			again.Place = search.Place{After: page.Next}
			if next, err := k.b.Find(k.t.Context(), &again); err != nil || len(next.Items) == 0 ||
				next.Items[0].Key.ID != out[0] || next.Previous == nil {
				k.t.Errorf("%s: behind %v comes %+v, %v", url, ids, next, err)
			}
		}
		if out = append(ids, out...); page.Previous == nil {
			return strings.Join(out, " ")
		}
		q.After = page.Previous
	}
}

// findWhileWriting: of what nobody touches, a walk shows each just once, though others are written between the pages;
// there and back again.
func findWhileWriting(t *testing.T, k *kit) {
	want := []string{}
	for i := range 40 {
		id := fmt.Sprintf("still%02d", i)
		want = append(want, id)
		k.apply(k.patient(id, 1, fmt.Sprintf("Name%d", i%6)), k.patient(fmt.Sprintf("moving%02d", i), 1, "Name3"))
	}
	for _, sort := range []string{"_id", "family", "-family", "_lastUpdated", "-_lastUpdated"} {
		q := *k.query("Patient?_count=9&_sort=" + sort)
		got := map[string]int{}
		for n := 0; ; n++ {
			page, err := k.b.Find(t.Context(), &q)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range page.Items {
				got[it.Key.ID]++
			}
			switch there := !q.Back; {
			case there && page.Next == nil: // back again, what is on this page besides
				q.Place = search.Place{After: page.Previous, Back: true}
				for _, it := range page.Items {
					got[it.Key.ID]++
				}
			case there:
				q.After = page.Next
			default:
				q.After = page.Previous
			}
			if q.After == nil {
				break
			}
			k.shuffle(n)
		}
		for _, id := range want {
			if got[id] != 2 {
				t.Errorf("_sort=%s: there and back %s came %d times", sort, id, got[id])
			}
		}
	}
}

// shuffle renames one of those that move, deletes another or brings it back, and adds one.
func (k *kit) shuffle(n int) {
	k.t.Helper()
	move := k.get(fhir.Key{Type: "Patient", ID: fmt.Sprintf("moving%02d", n%20)})
	drop := k.get(fhir.Key{Type: "Patient", ID: fmt.Sprintf("moving%02d", 20+n%20)})
	other := tombstone(store.Write{Key: drop.Key})
	if drop.Deleted() {
		other = k.patient(drop.Key.ID, drop.Key.Version+1, "Name5")
	}
	k.apply(other, k.patient(move.Key.ID, move.Key.Version+1, fmt.Sprintf("Name%d", n%9)),
		k.patient(fmt.Sprintf("new-%d-%d", n, drop.Key.Version), 1, "Name0"))
}
