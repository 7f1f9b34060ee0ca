package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// How many versions are on a page of a history.
const (
	historyPage    = 50
	historyPageMax = 1000
)

// history answers with versions of a resource, of a type's or of all resources, newest first (R4 http 3.1.0.12).
func (s *Server) history(ctx context.Context, r *Request) (*Response, error) {
	scope, query, err := s.scope(r)
	if err != nil {
		return nil, err
	}
	page, err := r.Session.History(ctx, scope)
	if err != nil {
		return nil, err
	}
	address := s.base
	if r.Type != nil {
		address += "/" + r.Key().String()
	}
	whole := answer{address + "/_history", query, r.Look, search.Place.Cursor}
	w := newBundle(s.base, "history", page.Total, whole.links(scope.Place, page)...)
	for _, it := range page.Items {
		w.version(it.Stored)
	}
	return w.done(), nil
}

// scope reads a history's parameters. query says them again, for links, without the cursor.
func (s *Server) scope(r *Request) (sc store.Scope, query string, err error) {
	sc = store.Scope{ID: r.ID, Type: r.Key().Type, Limit: historyPage}
	outcomeOK := url.Values{}
	for name, value := range r.Params {
		switch name {
		case "_since":
			sc.Since, _, err = s.moment(name, value)
		case "_at":
			sc.At, sc.AtEnd, err = s.moment(name, value)
		case "_count":
			sc.Limit, err = count(value)
		case "_type":
			sc.Types, err = s.types(value)
		case "_sort":
			sc.Oldest, err = oldest(value)
		case "_total":
			sc.Total, err = totals(value)
		case "_cursor":
			if sc.Place, err = place(value); err == nil {
				continue
			}
		}
		if err != nil {
			return sc, "", err
		}
		outcomeOK.Set(name, value)
	}
	return sc, outcomeOK.Encode(), err
}

// types reads _type: names of resource types with commas between them.
func (s *Server) types(value string) (names []string, err error) {
	for name := range strings.SplitSeq(value, ",") {
		if _, ok := s.store.Registry().Type(name); !ok {
			return nil, fhir.Errorf(fhir.Invalid, "_type",
				"_type must name resource types of R4, as _type=Observation,Condition.")
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// oldest reads _sort, of which a history has one key: R4 has it newest first (http 3.1.0.12), and later versions let
// that be turned round.
func oldest(value string) (bool, error) {
	switch value {
	case "-_lastUpdated":
		return false, nil
	case "_lastUpdated":
		return true, nil
	}
	return false, fhir.Errorf(fhir.Invalid, "_sort",
		"A history is sorted by time: _sort must be -_lastUpdated, the newest first, or _lastUpdated.")
}

// totals reads _total, which means here what it means in a search (R4 search 3.1.1.5.2).
func totals(value string) (int64, error) {
	switch value {
	case "none":
		return -1, nil
	case "accurate", "estimate":
		return search.AllMatches, nil
	}
	return 0, fhir.Errorf(fhir.Invalid, "_total", "_total must be none, estimate or accurate.")
}

// count reads _count. More than a page can be is taken for the most it can be (R4 search 3.1.1.5.3).
func count(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fhir.Errorf(fhir.Invalid, "_count", "_count must be a whole number from 1, as _count=50.")
	}
	return min(n, historyPageMax), nil
}

// moments are the precisions of a dateTime (R4 datatypes), and how long each is.
var moments = []struct {
	layout string
	until  func(time.Time) time.Time
}{
	{time.RFC3339Nano, func(t time.Time) time.Time { return t.Add(time.Microsecond) }},
	{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(time.Second) }},
	{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
}

// moment reads an instant or a dateTime of less precision as the time it covers.
func (s *Server) moment(name, value string) (from, until time.Time, err error) {
	// An unescaped + in a query reads as a space; a zone can't begin with one otherwise.
	value = strings.Replace(value, " ", "+", 1)
	for i, m := range moments {
		t, err := time.ParseInLocation(m.layout, value, s.zone)
		if err != nil {
			continue
		}
		if i == 0 && t.Nanosecond() == 0 && !strings.Contains(value, ".") {
			return t, t.Add(time.Second), nil
		}
		return t, m.until(t), nil
	}
	return from, until, fhir.Errorf(fhir.Invalid, name,
		"%s must be a date or time, as %s=2026-03-01 or %s=2026-03-01T09:30:00Z.", name, name, name)
}
