package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/operation"
	"frontdesk/handlers/wire"
	"frontdesk/store/record"
)

// everything is Patient/[id]/$everything and Patient/$everything.
func (s *Server) everything(ctx context.Context, r *Request) (*Response, error) {
	scope, err := s.recordScope(r.Arguments)
	if err != nil {
		return nil, err
	}
	address := s.base + "/" + r.Key().String() + "/$" + r.Route.Operation.Name
	if r.ID != "" {
		scope.Patient = r.ID
	}
	page, err := record.Everything(ctx, r.Session, s.store.Registry(), scope)
	if err != nil {
		return nil, err
	}
	whole := answer{address, r.Arguments.Query(), r.Look, search.Place.Cursor}
	w := newBundle(s.base, "searchset", page.Total, whole.onwards(scope.After, page.Next)...)
	for _, it := range page.Items {
		w.match(it.Key, it.JSON, it.Mode)
	}
	return w.done(), nil
}

// recordScope reads the parameters of $everything.
func (s *Server) recordScope(a operation.Arguments) (sc record.Scope, err error) {
	sc = record.Scope{Base: s.base, Limit: s.limits.PageMax}
	for _, period := range []struct {
		name string
		into **search.DateRange
	}{{"start", &sc.From}, {"end", &sc.Until}, {"_since", &sc.Since}} {
		if value := a.One(period.name); value != "" || a.Values[period.name] != nil {
			from, until, err := s.moment(period.name, value)
			if err != nil {
				return sc, err
			}
			*period.into = &search.DateRange{Lo: from.UnixMicro(), Hi: until.UnixMicro()}
		}
	}
	if given := a.Values["_type"]; given != nil {
		if sc.Types, err = s.types(strings.Join(given, ",")); err != nil {
			return sc, err
		}
	}
	if value := a.Values["_count"]; value != nil {
		if sc.Limit, err = count(value[0]); err != nil {
			return sc, err
		}
		sc.Limit = min(sc.Limit, s.limits.PageMax)
	}
	if value := a.Values[operation.Cursor]; value != nil {
		at, err := place(value[0])
		if sc.After = at.After; at.Back { // a record is read from its beginning
			_, err = place("")
		}
		if err != nil {
			return sc, err
		}
	}
	return sc, err
}

// notLast are the parameters of a search that mean nothing to $lastn, which has its own order and gives all at once.
var notLast = []string{"_sort", "_count", "_total", "_cursor", "_include", "_revinclude"}

// lastN is Observation/$lastn.
func (s *Server) lastN(ctx context.Context, r *Request) (*Response, error) {
	n := 1
	if value := r.Arguments.Values["max"]; value != nil {
		var err error
		if n, err = strconv.Atoi(value[0]); err != nil || n < 1 {
			return nil, fhir.Errorf(fhir.Invalid, "max", "max must be a whole number from 1, as max=3.")
		}
	}
	q, err := search.Parse(s.store.Registry(), []string{r.Type.Name}, r.Arguments.Criteria, s.options(r))
	if err != nil {
		return nil, err
	}
	if err := s.asksForLast(r); err != nil {
		return nil, err
	}
	page, err := record.LastN(ctx, r.Session, q, n, s.limits.LastN)
	if err != nil {
		return nil, err
	}
	own := operation.Arguments{Values: r.Arguments.Values, Criteria: q.Self}
	address := s.base + "/" + r.Key().String() + "/$" + r.Route.Operation.Name
	whole := answer{address, own.Query(), r.Look, search.Place.Cursor}
	w := newBundle(s.base, "searchset", page.Total, whole.onwards(nil, nil)...)
	return s.searchset(w, r, q, page)
}

// asksForLast holds a request to what R4 says it must have: a patient or subject, and a category or a parameter with a
// code in it.
func (s *Server) asksForLast(r *Request) error {
	subject, kind := false, false
	for part := range strings.SplitSeq(r.Arguments.Criteria, "&") {
		name, _, err := wire.Pair(part)
		if err != nil {
			return err
		}
		code, _, _ := strings.Cut(name, ".")
		code, _, _ = strings.Cut(code, ":")
		if slices.Contains(notLast, code) {
			return fhir.Errorf(fhir.Invalid, code, "%s has no meaning with $lastn. Leave it out; max says how many of each kind are given.", code)
		}
		p := r.Type.Params[code]
		subject = subject || code == "subject" || code == "patient"
		kind = kind || code == "category" || p != nil && coded(p)
	}
	if _, paged := r.Arguments.Values[operation.Cursor]; paged || !subject || !kind {
		return fhir.Errorf(fhir.Invalid, "",
			"$lastn needs a subject, and a category or a code: as Observation/$lastn?patient=123&category=laboratory.")
	}
	return nil
}

// coded says that a parameter has a code element in its expression (R4 Observation/$lastn).
func coded(p *spec.Param) bool {
	return strings.Contains(p.Expression, ".code") || slices.ContainsFunc(p.Components, func(c spec.Component) bool { return strings.HasPrefix(c.Param.Expression, "code") })
}
