package pages

import (
	"net/url"

	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Search is a page of what the person may see that fits a query, as FHIR writes it: a type and its parameters.
func (v *Visit) Search(typ string, query url.Values) (*store.Page, error) {
	q, err := v.parse(typ, query)
	if err != nil {
		return nil, err
	}
	return v.Session.Search(v.Context(), q)
}

// parse reads a query.
func (v *Visit) parse(typ string, query url.Values) (*search.Search, error) {
	return search.Parse(v.site.Store.Registry(), []string{typ}, query.Encode(), v.site.Store.SearchOptions())
}

// Browse is Search for a list with pages: the one that the address names by "at". The links lead to this same page.
func (v *Visit) Browse(typ string, query url.Values) (*store.Page, Pages, error) {
	if at := v.Value("at"); at != "" {
		query.Set("_cursor", at)
	}
	q, err := v.parse(typ, query)
	if err != nil {
		return nil, Pages{}, err
	}
	page, err := v.Session.Search(v.Context(), q)
	if err != nil {
		return nil, Pages{}, err
	}
	links := Pages{}
	if page.Next != nil {
		links.Next = v.at(q.Cursor(search.Place{After: page.Next}))
	}
	if page.Previous != nil {
		links.Previous = v.at(q.Cursor(search.Place{After: page.Previous, Back: true}))
	}
	return page, links, nil
}

// at is the address of another page of the list that is shown.
func (v *Visit) at(cursor string) string {
	query := v.Request.URL.Query()
	query.Del("done")
	query.Set("at", cursor)
	return v.Request.URL.Path + "?" + query.Encode()
}
