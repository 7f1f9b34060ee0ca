package store

import (
	"context"
	"slices"
	"sort"

	"frontdesk/fhir/search"
)

// ownIncludes is how many times as much one match may bring along, on a page of its own, as a page otherwise.
const ownIncludes = 10

// bound is how many resources may be included on a page of so many matches.
func (s *Session) bound(matches int) int {
	if matches == 1 {
		return s.store.options.MaxIncludes * ownIncludes
	}
	return s.store.options.MaxIncludes
}

// addIncludes adds to a page of a search's query what its matches bring along. If that is more than a page may include,
// the page ends earlier: with the last match of which all fits, at least with the first, and the next one goes on from
// there; going back, it begins later. Nothing is left out but of what a single match brings beyond all bounds, and of
// that the page tells.
func (s *Session) addIncludes(ctx context.Context, q *search.Search, query *search.Query, page *Page) (*Page, error) {
	for {
		matches := page.Items
		whole, err := s.include(ctx, q, page)
		switch {
		case err != nil:
			return nil, err
		case whole || len(matches) == 0:
			return page, nil
		case len(matches) == 1:
			page.warn("%s brings along more than %d resources, and not all of them are shown. Search for them on their own%s.",
				matches[0].Key.Current(), s.bound(1), example(q, matches[0]))
			return page, nil
		}
		shorter, total := *query, page.Total
		if shorter.Limit, err = s.fitting(ctx, q, matches); err != nil {
			return nil, err
		}
		shorter.Total = 0
		// It is found again, because only the backend knows where a page ends. By now others may match: then it is as
		// if they did at first.
		if page, err = s.matches(ctx, &shorter); err != nil {
			return nil, err
		}
		page.Total = total
	}
}

// fitting is of how many matches, from the first on or going back from the last, a page can include all that they bring
// along: fewer than all, and at least one.
func (s *Session) fitting(ctx context.Context, q *search.Search, matches []Item) (n int, err error) {
	n = sort.Search(len(matches)-1, func(i int) bool {
		if err != nil {
			return true
		}
		var whole bool
		some := matches[: i+1 : i+1]
		if q.Back {
			some = slices.Clone(matches[len(matches)-i-1:])
		}
		whole, err = s.include(ctx, q, &Page{Items: some})
		return !whole
	})
	return max(1, n), err
}

// example is how to search for what refers to a match, if the search asks for that by one parameter.
func example(q *search.Search, match Item) string {
	if len(q.RevInclude) == 0 || q.RevInclude[0].Param == nil {
		return ""
	}
	i := q.RevInclude[0]
	return ", as " + i.Source.Name + "?" + i.Param.Code + "=" + match.Key.Current().String()
}
