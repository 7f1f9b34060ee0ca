package store

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// plans resolves all changes of a commit against the state as it is. Criteria may name other entries by their fullUrl,
// as in subject=urn:uuid:…; such a change is planned when it is known what those will be (R4 http 3.1.0.11.2).
func (s *Session) plans(ctx context.Context, w *work) ([]*plan, error) {
	plans, waiting, urls := make([]*plan, len(w.changes)), make([]int, len(w.changes)), map[string]*plan{}
	for i := range w.changes {
		waiting[i] = i
		if url := w.changes[i].FullURL; url != "" {
			urls[url] = nil
		}
	}
	for len(waiting) > 0 {
		before := len(waiting)
		var err error
		waiting = slices.DeleteFunc(waiting, func(i int) bool {
			c, ready, bad := s.resolved(&w.changes[i], urls)
			if bad == nil && ready && err == nil {
				plans[i], bad = s.plan(ctx, c)
			}
			if bad != nil && err == nil {
				err = placed(c.At, bad)
			}
			if plans[i] != nil && c.FullURL != "" {
				urls[c.FullURL] = plans[i]
			}
			return plans[i] != nil
		})
		if err != nil {
			return nil, err
		}
		if len(waiting) == before {
			at := w.changes[waiting[0]].At
			return nil, fhir.Errorf(fhir.Invalid, at+".request", "The criteria of %s wait for those of another entry, which wait for these. Name one of them by an identifier.", at)
		}
	}
	return plans, nil
}

// resolved is a change whose criteria name no entry any more; not ready if one of those they name isn't planned yet.
func (s *Session) resolved(c *Change, entries map[string]*plan) (_ *Change, ready bool, err error) {
	if c.Criteria == "" {
		return c, true, nil
	}
	ready = true
	query := substitute(c.Criteria, func(url string) (string, bool) {
		p, named := entries[url]
		if !named || p == nil {
			ready = ready && !named
			return "", false
		}
		return p.becomes().Current().String(), p.Action != Delete
	})
	if !ready || query == c.Criteria {
		return c, ready, nil
	}
	named := *c
	named.Match, err = search.ParseCriteria(s.store.Registry(), c.Key.Type, query, s.options())
	return &named, true, err
}

// substitute puts what entries will be into a query, in the place of their fullUrls: of values that are one, also among
// several with commas between.
func substitute(query string, to func(url string) (string, bool)) string {
	front, rest, cut := strings.Cut(query, "?")
	if cut {
		front += "?"
	} else {
		front, rest = "", query
	}
	parts := strings.Split(rest, "&")
	for i, part := range parts {
		name, escaped, _ := strings.Cut(part, "=")
		value, err := url.QueryUnescape(escaped)
		if err != nil {
			continue // the parser tells
		}
		values, changed := strings.Split(value, ","), false
		for j, v := range values {
			if now, ok := to(v); ok {
				values[j], changed = now, true
			}
		}
		if changed {
			parts[i] = name + "=" + url.QueryEscape(strings.Join(values, ","))
		}
	}
	return front + strings.Join(parts, "&")
}
