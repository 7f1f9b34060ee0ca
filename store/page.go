package store

import (
	"slices"

	"frontdesk/fhir/search"
)

// Around says on a page what is around it, as every Backend must: where it was asked for, whether there is more that
// way, and where its first and its last item stand. Of an empty page nothing can be said: what is around it are the
// first page and the last.
func (p *Page) Around(asked search.Place, more bool, first, last search.Position) {
	if len(p.Items) == 0 {
		return
	}
	before, behind := asked.After != nil, more
	if asked.Back {
		before, behind = more, asked.After != nil
	}
	if before {
		p.Previous = first
	}
	if behind {
		p.Next = last
	}
}

// alone says that there are no other pages, as far as a page asked for from the start or the end can tell.
func (p *Page) alone() bool { return p.Next == nil && p.Previous == nil }

// Versions is the page of a history that a Scope asks for, of the versions that were found: one more than it holds, if
// there are as many. Each Item says At which Position it stands.
func Versions(found []Item, asked *Scope) *Page {
	page := &Page{Total: -1}
	more := false
	if page.Items, more = Cut(found, asked.Place, asked.Limit); len(page.Items) > 0 {
		page.Around(asked.Place, more, page.Items[0].At, page.Items[len(page.Items)-1].At)
	}
	return page
}

// Cut is a page's items out of as many as were found, in the order they were found in, and whether there are more.
// Going back they were found the other way round.
func Cut[T any](found []T, asked search.Place, limit int) (items []T, more bool) {
	if more = len(found) > limit; more {
		found = found[:limit]
	}
	if asked.Back {
		slices.Reverse(found)
	}
	return found, more
}
