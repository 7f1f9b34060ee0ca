package record

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// result is one Observation of a random history: the codings it has, and when it was.
type result struct {
	id    string
	codes []int
	day   int
}

func (r result) json() string {
	var codings []string
	for _, c := range r.codes {
		codings = append(codings, fmt.Sprintf(`{"system":"urn:c","code":"c%d"}`, c))
	}
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,"status":"final","code":{"coding":[%s]},"effectiveDateTime":"2024-01-%02d"}`,
		r.id, strings.Join(codings, ","), r.day)
}

// plainly is the answer by its definition: groups joined until nothing joins, then the newest n of each with their
// ties.
func plainly(all []result, n int) []string {
	group := make([]int, len(all))
	for i := range group {
		group[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i := range all {
			for j := range all {
				common := slices.ContainsFunc(all[i].codes, func(c int) bool { return slices.Contains(all[j].codes, c) })
				if common && group[j] > group[i] {
					group[j], changed = group[i], true
				}
			}
		}
	}
	var out []string
	for g := range all {
		var in []result
		for i := range all {
			if group[i] == g {
				in = append(in, all[i])
			}
		}
		for i, r := range in {
			if i < n || r.day == in[n-1].day {
				out = append(out, r.id)
			}
		}
	}
	return out
}

// However the codings join and whatever comes at the same time, the answer found on the way is that of the definition.
func TestKinds(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	observation, _ := r.Type("Observation")
	rnd := rand.New(rand.NewPCG(3, 1))
	for round := range 400 {
		var all []result
		for i := range rnd.IntN(14) {
			one := result{id: fmt.Sprint("o", i), day: 1 + rnd.IntN(6)}
			for range 1 + rnd.IntN(3) {
				one.codes = append(one.codes, rnd.IntN(8))
			}
			all = append(all, one)
		}
		slices.SortStableFunc(all, func(a, b result) int { return b.day - a.day })
		n := 1 + rnd.IntN(3)
		k := &kinds{code: observation.Params["code"], date: observation.Date, keep: n, of: map[string]*kind{}}
		for i, one := range all {
			if err := k.add(store.Item{Stored: &fhir.Stored{Key: fhir.Key{Type: "Observation", ID: one.id}, JSON: []byte(one.json())}}, i); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, it := range k.items() {
			got = append(got, it.Key.ID)
		}
		if want := plainly(all, n); !slices.Equal(got, want) {
			t.Fatalf("round %d, max %d of %v:\n got %v\nwant %v", round, n, all, got, want)
		}
	}
}
