package rest

import (
	"fmt"
	"slices"
	"testing"
)

// paging walks pages in different orders while others write: what isn't changed comes just once (R4 search 3.1.1.5.7).
func (s *suite) paging(t *testing.T) {
	const count = 11
	for i := range count {
		s.do(t, "POST", "/Patient", s.patient("page", fmt.Sprintf(`"name":[{"family":"F%d"}],"birthDate":"19%d",`, i%4, 90+i%3))).is(201)
	}
	want := s.ordered(t, s.by("page")+"&_sort=_id")
	for n, sort := range []string{"", "_id", "-_lastUpdated", "_lastUpdated", "family", "-birthdate", "birthdate,-family"} {
		t.Run("sort "+sort, func(t *testing.T) {
			query := "/Patient?" + s.by("page") + "&_count=3"
			if sort != "" {
				query += "&_sort=" + sort
			}
			var got []string
			for page := 0; query != "" && page < 40; page++ {
				b := s.do(t, "GET", query, "").is(200).bundle("searchset")
				got = append(got, b.ids("match")...)
				if len(b.Entry) > 3 {
					t.Fatalf("a page of 3 has %d entries", len(b.Entry))
				}
				if b.link("self") == "" {
					t.Error("a page has no self link")
				}
				query = b.link("next")
				if page >= 3 {
					continue
				}
				s.do(t, "POST", "/Patient", s.patient("page", fmt.Sprintf(`"name":[{"family":"F%d"}],"birthDate":"19%d","language":"n%d",`, page%4, 90+page%3, n))).is(201)
			}
			seen := map[string]int{}
			for _, id := range got {
				seen[id]++
			}
			for _, id := range want {
				if seen[id] != 1 {
					t.Errorf("%s came %d times", id, seen[id])
				}
			}
			if i := slices.IndexFunc(got, func(id string) bool { return seen[id] > 1 }); i >= 0 {
				t.Errorf("%s came %d times", got[i], seen[got[i]])
			}
		})
	}
}
