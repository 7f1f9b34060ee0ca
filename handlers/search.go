package handlers

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// search answers with a page of what a query finds (R4 search 3.1.1): GET [type]?…, POST [type]/_search, and both at the base.
func (s *Server) search(ctx context.Context, r *Request) (*Response, error) {
	query, at, err := wire.Take(r.Query, "_cursor")
	if err != nil {
		return nil, err
	}
	q, prefix, err := s.parse(r, query)
	if err != nil {
		return nil, err
	}
	cursor := ""
	if len(at) > 0 {
		cursor = at[0]
		if q.After, err = position(cursor); err != nil {
			return nil, err
		}
	}
	page, err := r.Session.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	address := s.base
	if r.Type != nil {
		address += "/" + r.Type.Name
	}
	w := newBundle(s.base, "searchset", page.Total, pages(address, wire.Join(prefix, q.Self), r.Look, cursor, page.Next)...)
	return s.searchset(w, q, page, r.Reference)
}

// parse understands a query. On the whole system prefix is the _type parameter, which is not part of the understood query.
func (s *Server) parse(r *Request, query string) (q *search.Search, prefix string, err error) {
	registry := s.store.Registry()
	if r.Type != nil {
		q, err = search.Parse(registry, []string{r.Type.Name}, query, s.options(r))
		return q, "", err
	}
	query, lists, err := wire.Take(query, "_type")
	if err != nil {
		return nil, "", err
	}
	types := registry.Names()
	if len(lists) > 0 {
		list := strings.Join(lists, ",")
		prefix, types = "_type="+list, strings.Split(list, ",")
	}
	for _, name := range types {
		if _, ok := registry.Type(name); !ok {
			return nil, "", fhir.Errorf(fhir.Invalid, "_type", "_type names a resource type that R4 hasn't got. Write it as in _type=Patient,Observation.")
		}
	}
	q, err = search.Parse(registry, types, query, s.options(r))
	return q, prefix, err
}

// searchset writes a page's entries: matches, what they bring along, and what the client must know of the search.
func (s *Server) searchset(w *bundleWriter, q *search.Search, page *store.Page, reference string) (*Response, error) {
	whole := q.Summary == search.SummaryFalse && q.Elements == nil
	for _, it := range page.Items {
		json := it.JSON
		// _elements is about the matches alone (R4 search 3.1.1.5.9).
		if !whole && (it.Mode == "match" || q.Summary != search.SummaryFalse) {
			t, _ := s.store.Registry().Type(it.Key.Type)
			var err error
			if json, err = subset(json, q, t); err != nil {
				return nil, err
			}
		}
		w.match(it.Key, json, it.Mode)
	}
	if warnings := append(q.Ignored[:len(q.Ignored):len(q.Ignored)], page.Issues...); len(warnings) > 0 {
		for i := range warnings {
			warnings[i].Warning = true
		}
		w.outcome(outcomeOf(warnings, "not-supported", reference))
	}
	return w.done(), nil
}
