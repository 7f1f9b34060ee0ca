package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// story writes what the history tests look at: a (three versions, the last a tombstone), o of patient a, b.
// It gives the time of each commit.
func story(k *kit) []time.Time {
	a := k.patient("a", 1, "Ash")
	a2 := k.patient("a", 2, "Beech")
	var at []time.Time
	for _, ws := range [][]store.Write{{a}, {k.result("o", 1, "a", "hb", "2024-05-01")}, {a2}, {k.patient("b", 1, "Birch")}, {tombstone(a2)}} {
		at = append(at, k.apply(ws...)[0].Updated)
	}
	return at
}

// walk is all pages of a history, as "a/1 b/1"; from the first to the last, or if it is to go Back from the last to the
// first.
func (k *kit) walk(s store.Scope) string {
	k.t.Helper()
	var out []string
	for {
		page, err := k.b.History(k.t.Context(), s)
		if err != nil {
			k.t.Fatalf("history %+v: %v", s, err)
		}
		if len(page.Items) > s.Limit {
			k.t.Fatalf("%d versions on a page of %d", len(page.Items), s.Limit)
		}
		var some []string
		for _, it := range page.Items {
			if it.Mode != "" {
				k.t.Errorf("an item of a history has mode %q", it.Mode)
			}
			some = append(some, fmt.Sprintf("%s/%d", it.Key.ID, it.Key.Version))
		}
		if n := len(page.Items); n > 0 && (page.Next != nil && !slices.Equal(page.Next, page.Items[n-1].At) ||
			page.Previous != nil && !slices.Equal(page.Previous, page.Items[0].At)) {
			k.t.Errorf("%+v: a page is between %q and %q, and its items at %q to %q", s, page.Previous, page.Next,
				page.Items[0].At, page.Items[n-1].At)
		}
		around := page.Next != nil
		if s.After = page.Next; s.Back {
			s.After, around = page.Previous, page.Previous != nil
			out = append(some, out...)
		} else {
			out = append(out, some...)
		}
		if !around {
			return strings.Join(out, " ")
		}
	}
}

// walked holds a history to what it must be, in pages of several sizes, both ways, and counted.
func (k *kit) walked(s store.Scope, want string) {
	k.t.Helper()
	for _, s.Limit = range []int{1, 2, 100} {
		for _, s.Back = range []bool{false, true} {
			if got := k.walk(s); got != want {
				k.t.Errorf("%+v: got %q, want %q", s, got, want)
			}
		}
	}
	n := int64(len(strings.Fields(want)))
	totals := map[int64]int64{0: -1, -1: -1, n + 1: n, search.AllMatches: n}
	if n > 0 {
		totals[n] = n
	}
	if n > 1 {
		totals[n-1] = -1
	}
	s.Limit = 1
	for most, want := range totals {
		s.Total = most
		if page, err := k.b.History(k.t.Context(), s); err != nil || page.Total != want {
			k.t.Errorf("%+v, counted as far as %d: %+v, %v; want %d", s, most, page, err, want)
		}
	}
}

func history(t *testing.T, k *kit) {
	story(k)
	for want, s := range map[string]store.Scope{
		"a/3 b/1 a/2 o/1 a/1": {},
		"a/3 b/1 a/2 a/1":     {Type: "Patient"},
		"a/3 a/2 a/1":         {Type: "Patient", ID: "a"},
		"a/3 a/2 o/1 a/1":     {Compartment: "a"},
		"b/1":                 {Type: "Patient", Compartment: "b"},
		"o/1":                 {Type: "Observation", Compartment: "a"},
		"":                    {Type: "Patient", ID: "z"},
	} {
		k.walked(s, want)
	}
	k.walked(store.Scope{Types: []string{"Observation", "Patient"}}, "a/3 b/1 a/2 o/1 a/1")
	k.walked(store.Scope{Types: []string{"Observation", "Organization"}}, "o/1")
	k.walked(store.Scope{Types: []string{"Patient", "Task"}, Compartment: "a"}, "a/3 a/2 a/1")
	k.walked(store.Scope{Types: []string{"Task"}}, "")
}

func historyByTime(t *testing.T, k *kit) {
	at := story(k)
	tick := time.Microsecond
	for _, c := range []struct {
		want  string
		scope store.Scope
	}{
		{"a/3 b/1 a/2", store.Scope{Since: at[2]}},
		{"a/3 b/1", store.Scope{Since: at[2].Add(tick)}},
		{"", store.Scope{Since: at[4].Add(tick)}},
		{"a/2 a/1", store.Scope{Type: "Patient", ID: "a", At: at[2].Add(-tick), AtEnd: at[2].Add(tick)}},
		{"a/2", store.Scope{Type: "Patient", ID: "a", At: at[2], AtEnd: at[2].Add(tick)}},
		{"a/1", store.Scope{Type: "Patient", ID: "a", At: at[0], AtEnd: at[0].Add(tick)}},
		{"", store.Scope{Type: "Patient", ID: "a", At: at[0].Add(-tick), AtEnd: at[0]}},
		{"a/3 b/1", store.Scope{Type: "Patient", At: at[4].Add(tick), AtEnd: at[4].Add(2 * tick)}},
	} {
		k.walked(c.scope, c.want)
	}
}

// historyPages: a walk gives every version that was there when it began just once, though others write meanwhile.
func historyPages(t *testing.T, k *kit) {
	var want []string
	for i := range 30 {
		k.apply(k.patient("a", int64(i+1), "Ash"))
		want = append(want, fmt.Sprintf("a/%d", i+1))
	}
	slices.Reverse(want)
	s := store.Scope{Type: "Patient", ID: "a", Limit: 7}
	var got, back []string
	for n := int64(31); ; n++ {
		page, err := k.b.History(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			got = append(got, fmt.Sprintf("a/%d", it.Key.Version))
		}
		k.apply(k.patient("a", n, "Oak"))
		if s.After = page.Next; s.After == nil {
			s.After = page.Previous
			break
		}
	}
	for s.Back = true; s.After != nil; {
		page, err := k.b.History(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		var some []string
		for _, it := range page.Items {
			some = append(some, fmt.Sprintf("a/%d", it.Key.Version))
		}
		back, s.After = append(some, back...), page.Previous
	}
	if now := k.get(fhir.Key{Type: "Patient", ID: "a"}).Key.Version; len(back) != int(now)-2 ||
		!slices.Equal(back[len(back)-28:], want[:28]) {
		t.Errorf("back again came %v, want what is before the last page, with what is new", back)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if st := k.get(fhir.Key{Type: "Patient", ID: "a"}); !strings.Contains(string(st.JSON), "Oak") {
		t.Error("nothing was written while paging")
	}
}
