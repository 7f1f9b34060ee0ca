package handlers

import (
	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// answer names the whole of an answer that comes in pages.
type answer struct {
	address, query string
	look           string                    // _format and _pretty as they were sent
	cursor         func(search.Place) string // a page's, as a value of _cursor
}

// links are those of a page (R4 search 3.1.1.5.3, 3.1.1.6), of which at is the place. When nothing is on it, as others
// have deleted what was, the last page lies before it and the first behind.
func (a answer) links(at search.Place, page *store.Page) []link {
	first, last := search.Place{}, search.Place{Back: true}
	links := []link{a.link("self", at)}
	if at.First() && page.Next == nil && page.Previous == nil {
		return links
	}
	links = append(links, a.link("first", first))
	gone := len(page.Items) == 0 && at.After != nil
	switch {
	case page.Previous != nil:
		links = append(links, a.link("previous", search.Place{After: page.Previous, Back: true}))
	case gone && !at.Back:
		links = append(links, a.link("previous", last))
	}
	switch {
	case page.Next != nil:
		links = append(links, a.link("next", search.Place{After: page.Next}))
	case gone && at.Back:
		links = append(links, a.link("next", first))
	}
	return append(links, a.link("last", last))
}

// onwards are the links of a page of what is read in one direction only, and of which next is where the one behind it
// starts.
func (a answer) onwards(at, next search.Position) []link {
	links := []link{a.link("self", search.Place{After: at})}
	if at != nil {
		links = append(links, a.link("first", search.Place{}))
	}
	if next != nil {
		links = append(links, a.link("next", search.Place{After: next}))
	}
	return links
}

func (a answer) link(relation string, at search.Place) link {
	cursor := a.cursor(at)
	if cursor != "" {
		cursor = "_cursor=" + cursor
	}
	if q := wire.Join(a.query, a.look, cursor); q != "" {
		return link{relation, a.address + "?" + q}
	}
	return link{relation, a.address}
}

// place reads what search.Place.Cursor wrote. What a client made up itself is refused, here or by the Backend.
func place(cursor string) (search.Place, error) {
	p, err := search.PlaceOf(cursor)
	if err != nil {
		return p, fhir.Errorf(fhir.Invalid, "_cursor", "This _cursor is not one of ours. "+
			"Take the link with relation next or previous as it stands, or start again without _cursor.")
	}
	return p, nil
}
