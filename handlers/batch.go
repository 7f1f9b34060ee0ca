package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/entries"
	"frontdesk/handlers/wire"
)

// batchOrder is the order in which a batch's entries are carried out (R4 http 3.1.0.11.2, which it shares with transactions).
var batchOrder = [...]string{"DELETE", "POST", "PUT PATCH", "GET HEAD"}

// batch carries out each entry as if it had come by itself: one that fails doesn't stop the others (R4 http 3.1.0.11.1).
func (s *Server) batch(ctx context.Context, r *Request, b *codec.Bundle) (*Response, error) {
	answers := make([]*Response, len(b.Entries))
	for _, methods := range batchOrder {
		for i := range b.Entries {
			if answers[i] != nil || b.Entries[i].Request.Method != "" && !strings.Contains(methods, b.Entries[i].Request.Method) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if req, err := s.entry(r, b, i); err != nil {
				answers[i] = failure(err, r.Reference)
			} else {
				answers[i] = s.answer(ctx, req)
			}
		}
	}
	return s.answered("batch-response", r, b, answers), nil
}

// answer carries out the request of an entry.
func (s *Server) answer(ctx context.Context, r *Request) *Response {
	resp, err := s.run(ctx, r)
	if err != nil {
		return failure(err, r.Reference)
	}
	return resp
}

// entry is an entry as a request of its own, by the same route table and with the same Session as everything else.
func (s *Server) entry(outer *Request, b *codec.Bundle, i int) (*Request, error) {
	e, at := &b.Entries[i], fmt.Sprintf("Bundle.entry[%d]", i)
	if err := entries.Check(e, at); err != nil {
		return nil, err
	}
	r := &Request{
		Prefer: outer.Prefer, grant: outer.grant, By: outer.By, Address: outer.Address, Reference: outer.Reference, Resource: e.Resource, FullURL: e.FullURL, At: at,
		Header: Header{e.Request.IfMatch, e.Request.IfNoneMatch, httpDate(e.Request.IfModifiedSince), e.Request.IfNoneExist},
	}
	s.serveAs(r)
	if err := s.address(r, e); err != nil {
		return nil, under(at+".request.url", err)
	}
	if b.Type == "batch" {
		if err := unconditional(e.Resource, at); err != nil {
			return nil, err
		}
	}
	if r.Route.Interaction != "patch" {
		return r, nil
	}
	var err error
	if r.Body, err = entries.Patch(e.Resource); err != nil {
		return nil, under(at+".resource", err)
	}
	r.Resource = nil
	return r, nil
}

// httpDate is an instant as HTTP writes it.
func httpDate(instant string) string {
	t, err := time.Parse(time.RFC3339Nano, instant)
	if err != nil {
		return "" // there is none: codec has checked it
	}
	return t.UTC().Format(http.TimeFormat)
}

// address finds the route of an entry and what its url names.
func (s *Server) address(r *Request, e *codec.Entry) error {
	path, query, err := entries.Target(e.Request.URL, s.base)
	if err != nil {
		return err
	}
	q, err := wire.SplitQuery(query)
	if err != nil {
		return err
	}
	if _, err = q.Format(""); err != nil {
		return err
	}
	r.Query, r.Look = q.Rest, q.Kept
	route, named, err := s.router.find(e.Request.Method, path)
	if err != nil {
		return err
	}
	if r.Route = route; route.Level == System && route.Consumes != nil && !route.Criteria && route.Operation == nil {
		return fhir.Errorf(fhir.Invalid, "", "A Bundle can't be sent within a Bundle. Send its entries as entries of this one.")
	}
	if route.Level == System {
		return nil
	}
	return s.place(r, func(name string) string { return named[name] })
}

// unconditional refuses conditional references, which have a meaning in a transaction only (R4 http 3.1.0.11.2).
func unconditional(r *fhir.Resource, at string) error {
	if r == nil {
		return nil
	}
	for _, l := range r.Links {
		text := r.JSON[l.Span.Start+1 : l.Span.End-1]
		if typ, _, ok := strings.Cut(string(text), "?"); l.Kind == fhir.LinkReference && ok && !strings.ContainsAny(typ, ":/") {
			_, rest, _ := strings.Cut(l.Expression, ".")
			return fhir.Errorf(fhir.Invalid, at+".resource."+rest,
				"A reference by search criteria is resolved in a transaction only. Send the Bundle as one, or refer by id.")
		}
	}
	return nil
}

// under is an error that names an element of the Bundle.
func under(at string, err error) error {
	e := *asError(err)
	e.Issues = slices.Clone(e.Issues)
	for i := range e.Issues {
		e.Issues[i].Expression = at
	}
	return &e
}
