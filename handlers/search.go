package handlers

import (
	"context"
	"net/http"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/subset"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// search answers with a page of what a query finds (R4 search 3.1.1): GET [type]?…, POST [type]/_search, and both at
// the base and in a compartment. Nothing is in the compartment of what isn't there or can't be seen, so that the two
// look the same (I2).
func (s *Server) search(ctx context.Context, r *Request) (*Response, error) {
	q, explain, err := s.query(r)
	if err != nil {
		return nil, err
	}
	if explain {
		plan, err := r.Session.Explain(ctx, q)
		if err != nil {
			return nil, err
		}
		return &Response{Status: http.StatusOK, Body: outcomeOK(plan...)}, nil
	}
	page, err := r.Session.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	whole := answer{s.base + s.searched(r), q.Self, r.Look, q.Cursor}
	w := newBundle(s.base, "searchset", page.Total, whole.links(q.Place, page)...)
	return s.searchset(w, r, q, page)
}

// query is what a search asks, and whether it asks how it would be answered.
func (s *Server) query(r *Request) (q *search.Search, explain bool, err error) {
	var types []string // all
	if r.Type != nil {
		types = []string{r.Type.Name}
	}
	if r.Within != "" {
		types = s.within(r)
	}
	explain, query, err := explained(r)
	if err != nil {
		return nil, false, err
	}
	options := s.options(r)
	options.Address = s.searched(r)
	if q, err = search.Parse(s.store.Registry(), types, query, options); err != nil {
		return nil, false, err
	}
	if r.Within != "" {
		q.Within(r.Type.Name, r.ID)
	}
	return q, explain, nil
}

// searched is the path of a search below the base.
func (s *Server) searched(r *Request) string {
	switch {
	case r.Within != "":
		return "/" + r.Key().String() + "/" + r.Within
	case r.Type != nil:
		return "/" + r.Type.Name
	}
	return ""
}

// explained takes _explain out of a search's parameters: true asks how it would be answered. For who may not know, it's
// a parameter like any other that doesn't exist.
func explained(r *Request) (explain bool, query string, err error) {
	if r.Session == nil || !r.Session.Explains() {
		return false, r.Query, nil
	}
	value, query, err := wire.Take(r.Query, "_explain")
	if err == nil && value != "" && value != "true" && value != "false" {
		err = fhir.Errorf(fhir.Invalid, "_explain", "_explain must be true or false.")
	}
	return value == "true", query, err
}

// within are the types that a search in a compartment is about.
func (s *Server) within(r *Request) []string {
	if r.Within != "*" {
		return []string{r.Within}
	}
	var names []string
	for _, t := range s.store.Registry().Compartment(r.Type.Name) {
		names = append(names, t.Name)
	}
	return names
}

// searchset writes a page's entries: matches, what they bring along, and what the client must know of the search.
func (s *Server) searchset(w *bundleWriter, r *Request, q *search.Search, page *store.Page) (*Response, error) {
	whole := q.Summary == search.SummaryFalse && q.Elements == nil
	for _, it := range page.Items {
		json := it.JSON
		// _elements is about the matches alone (R4 search 3.1.1.5.9).
		if !whole && (it.Mode == "match" || q.Summary != search.SummaryFalse) {
			t, _ := s.store.Registry().Type(it.Key.Type)
			var err error
			if json, err = subset.Of(json, t, q.Summary, q.Elements); err != nil {
				return nil, err
			}
		}
		w.match(it.Key, json, it.Mode)
	}
	if warnings := append(q.Ignored[:len(q.Ignored):len(q.Ignored)], page.Issues...); len(warnings) > 0 {
		for i := range warnings {
			warnings[i].Warning = true
		}
		w.outcome(outcomeOf(warnings, "not-supported", r.Reference))
	}
	return w.done(), nil
}
