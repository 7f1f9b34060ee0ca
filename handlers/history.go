package handlers

import (
	"context"
	"encoding/base64"
	"net/url"
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
	w := newBundle(s.base, "history", page.Total, pages(address+"/_history", query, r.Look, scope.After, page.Next)...)
	for _, it := range page.Items {
		w.version(it.Stored)
	}
	return w.done(), nil
}

// scope reads a history's parameters. query says them again, for links, without the cursor.
func (s *Server) scope(r *Request) (sc store.Scope, query string, err error) {
	sc = store.Scope{ID: r.ID, Type: r.Key().Type, Limit: historyPage}
	said := url.Values{}
	for name, value := range r.Params {
		switch name {
		case "_since":
			sc.Since, _, err = s.moment(name, value)
		case "_at":
			sc.At, sc.AtEnd, err = s.moment(name, value)
		case "_count":
			sc.Limit, err = count(value)
		case "_cursor":
			sc.After, err = position(value)
			continue
		}
		if err != nil {
			return sc, "", err
		}
		said.Set(name, value)
	}
	return sc, said.Encode(), err
}

// count reads _count. More than a page can be is taken for the most it can be (R4 search 3.1.1.5.3).
func count(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, fhir.Errorf(fhir.Invalid, "_count", "_count must be a whole number from 1, as _count=50.")
	}
	return min(n, historyPageMax), nil
}

// position reads what search.Cursor wrote. What a client made up itself is refused, here or by the Backend.
func position(cursor string) (search.Position, error) {
	p, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(p) == 0 {
		return nil, fhir.Errorf(fhir.Invalid, "_cursor",
			"This _cursor is not one of ours. Take the link with relation next as it stands, or start again without _cursor.")
	}
	return p, nil
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
