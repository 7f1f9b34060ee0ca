package rest

import (
	"fmt"
	"slices"
	"testing"
)

// paging walks pages in different orders while others write, from the first to the last and back: what isn't changed
// comes just once each way (R4 search 3.1.1.5.3, 3.1.1.5.7).
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
			var got, back []string
			for page := 0; query != "" && page < 40; page++ {
				b := s.do(t, "GET", query, "").is(200).bundle("searchset")
				got = append(got, b.ids("match")...)
				if len(b.Entry) > 3 {
					t.Fatalf("a page of 3 has %d entries", len(b.Entry))
				}
				if b.link("self") == "" {
					t.Error("a page has no self link")
				}
				if query = b.link("next"); query == "" {
					back = s.backwards(t, b)
				}
				if page >= 3 {
					continue
				}
				s.do(t, "POST", "/Patient", s.patient("page", fmt.Sprintf(`"name":[{"family":"F%d"}],"birthDate":"19%d","language":"n%d",`, page%4, 90+page%3, n))).is(201)
			}
			for way, ids := range map[string][]string{"there": got, "back": back} {
				seen := map[string]int{}
				for _, id := range ids {
					seen[id]++
				}
				for _, id := range want {
					if seen[id] != 1 {
						t.Errorf("%s, %s came %d times", way, id, seen[id])
					}
				}
				if i := slices.IndexFunc(ids, func(id string) bool { return seen[id] > 1 }); i >= 0 {
					t.Errorf("%s, %s came %d times", way, ids[i], seen[ids[i]])
				}
			}
			if !slices.Equal(back[len(back)-3:], got[len(got)-3:]) {
				t.Errorf("back came %v, and there %v", back, got)
			}
		})
	}
}

// backwards are the ids of the pages from one back to the first, by the links. The link to the last page leads to its
// end.
func (s *suite) backwards(t *testing.T, at bundle) (ids []string) {
	t.Helper()
	all := at.ids("match")
	last := s.do(t, "GET", at.link("last"), "").is(200).bundle("searchset")
	if found := last.ids("match"); last.link("next") != "" || len(found) == 0 ||
		found[len(found)-1] != all[len(all)-1] {
		t.Errorf("the last page has %v, and by the links next one came to %v", found, all)
	}
	for pages := 0; pages < 40; pages++ {
		ids = append(at.ids("match"), ids...)
		before := at.link("previous")
		if before == "" {
			break
		}
		at = s.do(t, "GET", before, "").is(200).bundle("searchset")
	}
	if first := s.do(t, "GET", at.link("first"), "").is(200).bundle("searchset"); first.link("previous") != "" {
		t.Error("there is a page before the first")
	}
	return ids
}
