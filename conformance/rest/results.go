package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// results are the parameters that say what is made of the matches (R4 search 3.1.1.5).
func (s *suite) results(t *testing.T) {
	for i, family := range []string{"Cole", "adams", "Brown", "Dent"} {
		s.do(t, "POST", "/Patient", s.patient("sort", fmt.Sprintf(`"name":[{"family":%q}],"birthDate":"%d",`, family, 1990-i))).is(201)
	}
	s.do(t, "POST", "/Patient", s.patient("sort", "")).is(201)
	t.Run("sort", s.sorts)
	t.Run("total", s.totals)
	t.Run("post", s.posts)
	if s.system("search-system") {
		t.Run("system", s.everywhere)
	}
}

// ordered are the ids of a search in their order.
func (s *suite) ordered(t testing.TB, query string) []string {
	t.Helper()
	return s.do(t, "GET", "/Patient?"+query, "").is(200).bundle("searchset").ids("match")
}

func (s *suite) sorts(t *testing.T) {
	all := s.ordered(t, s.by("sort")+"&_sort=_lastUpdated")
	if len(all) != 5 {
		t.Fatalf("%d of 5 are there", len(all))
	}
	pick := func(order ...int) (out []string) {
		for _, i := range order {
			out = append(out, all[i])
		}
		return out
	}
	for sort, want := range map[string][]string{
		"-_lastUpdated":     pick(4, 3, 2, 1, 0),
		"family":            pick(1, 2, 0, 3, 4), // without a value comes last
		"-family":           pick(3, 0, 2, 1, 4),
		"birthdate":         pick(3, 2, 1, 0, 4),
		"-birthdate,family": pick(0, 1, 2, 3, 4),
	} {
		if got := s.ordered(t, s.by("sort")+"&_sort="+sort); !slices.Equal(got, want) {
			t.Errorf("_sort=%s gave %v, want %v", sort, got, want)
		}
	}
	byID := s.ordered(t, s.by("sort")+"&_sort=_id")
	if !slices.IsSorted(byID) || len(byID) != 5 {
		t.Errorf("_sort=_id gave %v", byID)
	}
}

func (s *suite) totals(t *testing.T) {
	total := func(query string) int {
		b := s.do(t, "GET", "/Patient?"+s.by("sort")+query, "").is(200).bundle("searchset")
		if b.Total == nil {
			return -1
		}
		return *b.Total
	}
	if n := total("&_total=accurate&_count=2"); n != 5 {
		t.Errorf("_total=accurate is %d, want 5", n)
	}
	if n := total(""); n != 5 {
		t.Errorf("the total of what is all on the page is %d, want 5", n)
	}
	if n := total("&_total=none"); n != -1 {
		t.Errorf("_total=none gave %d", n)
	}
	unasked := -1 // on the first of several pages
	if _, most, ok := strings.Cut(s.claims.Rest[0].Documentation,
		"The first page has one besides, if there are at most "); ok {
		if n := 0; scan(most, &n) && n >= 5 {
			unasked = 5
		}
	}
	if n := total("&_count=2"); n != unasked {
		t.Errorf("the first of several pages has the total %d, want %d by what is claimed", n, unasked)
	}
	if n := total("&_count=0"); n != 5 {
		t.Errorf("_count=0 gave the total %d, want 5", n)
	}
	s.do(t, "GET", "/Patient?_total=wrong", "").is(400)
}

// scan reads the number that a text begins with.
func scan(text string, n *int) bool {
	_, err := fmt.Sscan(text, n)
	return err == nil
}

func (s *suite) posts(t *testing.T) {
	want := s.ordered(t, s.by("sort")+"&_sort=_id")
	body := url.Values{"identifier": {"urn:" + s.run + "|sort"}, "_sort": {"_id"}}.Encode()
	got := s.do(t, "POST", "/Patient/_search", body, form).is(200).bundle("searchset").ids("match")
	both := s.do(t, "POST", "/Patient/_search?"+s.by("sort"), "_sort=_id", form).is(200).bundle("searchset").ids("match")
	if !slices.Equal(got, want) || !slices.Equal(both, want) {
		t.Errorf("POST gave %v and %v, want %v", got, both, want)
	}
}

func (s *suite) everywhere(t *testing.T) {
	tag := pair{"_tag", tagSystem + "|" + s.run}.escaped()
	for _, send := range []func() answer{
		func() answer { return s.do(t, "GET", "/?_type=Patient,Observation&_count=500&"+tag, "") },
		func() answer { return s.do(t, "POST", "/_search", "_type=Patient,Observation&_count=500&"+tag, form) },
	} {
		b := send().is(200).bundle("searchset")
		types := map[string]int{}
		for _, e := range b.Entry {
			types[e.Resource.ResourceType]++
		}
		if types["Patient"] == 0 || len(types) > 2 {
			t.Errorf("a search over two types found %v", types)
		}
	}
	s.do(t, "GET", "/?_type=Patient&birthdate=2020", "").is(200) // R4 search 3.1.1.4.24: what all the types named have in common
	s.do(t, "GET", "/?_type=Nowhere", "").is(400, 404)
}
