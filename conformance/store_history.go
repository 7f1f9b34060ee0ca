package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
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

// walk is all pages of a history, as "a/1 b/1".
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
		for _, it := range page.Items {
			if it.Mode != "" {
				k.t.Errorf("an item of a history has mode %q", it.Mode)
			}
			out = append(out, fmt.Sprintf("%s/%d", it.Key.ID, it.Key.Version))
		}
		if page.Next == nil {
			return strings.Join(out, " ")
		}
		s.After = page.Next
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
		for _, limit := range []int{1, 2, 100} {
			s.Limit = limit
			if got := k.walk(s); got != want {
				t.Errorf("%+v: got %q, want %q", s, got, want)
			}
		}
	}
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
		c.scope.Limit = 2
		if got := k.walk(c.scope); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.scope, got, c.want)
		}
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
	var got []string
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
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if st := k.get(fhir.Key{Type: "Patient", ID: "a"}); !strings.Contains(string(st.JSON), "Oak") {
		t.Error("nothing was written while paging")
	}
}
