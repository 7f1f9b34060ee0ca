package handlers

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/wire"
)

// entryAt is where an entry of a Bundle stands.
func entryAt(i int) string { return fmt.Sprintf("Bundle.entry[%d]", i) }

// entry is an entry of a batch or transaction as a request of its own (R4 bundle, Bundle.entry.request), by the same
// route table and with the same Session as everything else. The error names all that is wrong with the entry before
// anybody asks what it wants, each fault by its place. With an error there may be a request all the same, of which the
// rest can be looked at.
func (s *Server) entry(outer *Request, b *codec.Bundle, i int) (*Request, error) {
	e, at := &b.Entries[i], entryAt(i)
	r := &Request{
		Prefer: outer.Prefer, grant: outer.grant, By: outer.By, Address: outer.Address, Reference: outer.Reference,
		notes:    outer.notes,
		Resource: e.Resource, Entry: &Entry{At: at, FullURL: e.FullURL, Linked: b.Type == "transaction"},
		Header: Header{IfMatch: e.Request.IfMatch, IfNoneMatch: e.Request.IfNoneMatch, IfModifiedSince: httpDate(e.Request.IfModifiedSince),
			IfNoneExist: e.Request.IfNoneExist},
	}
	var others *fhir.Error
	r.Entry.Faults, others = apart(e.Faults, at+".resource")
	s.serveAs(r)
	if e.Request.Method == "" || e.Request.URL == "" { // codec has said so
		return nil, e.Faults
	}
	if err := s.address(r, e); err != nil {
		return nil, misaddressed(r, err)
	}
	if err := fhir.Join(carries(r), linkless(b, i)); err != nil {
		return r, fhir.Join(others, fhir.AsError(err).InEntry(at))
	}
	return r, fhir.Join(others)
}

// apart takes what is wrong with an entry's resource, under expressions of its own, from what is wrong with the rest of
// the entry.
func apart(all *fhir.Error, at string) (resource, others *fhir.Error) {
	if all == nil {
		return nil, nil
	}
	for _, is := range all.Issues {
		into := &others
		if rest, ok := strings.CutPrefix(is.Expression, at); ok {
			into, is.Expression = &resource, "Resource"+rest
		}
		if *into == nil {
			*into = &fhir.Error{Kind: all.Kind}
		}
		(*into).Issues = append((*into).Issues, is)
	}
	return resource, others
}

// misaddressed is the error of an entry whose url is at fault. 404 and 405 are about the address of the request itself
// (RFC 9110 15.5.5, 15.5.6), which of a transaction is the base, so that is Invalid; each issue keeps its code.
func misaddressed(r *Request, err error) error {
	e := fhir.AsError(err).At(r.Entry.At + ".request.url")
	if !r.Entry.Linked || e.Kind != fhir.NotFound && e.Kind != fhir.UnknownType && e.Kind != fhir.NotAllowed {
		return e
	}
	for i := range e.Issues {
		e.Issues[i].Code = cmp.Or(e.Issues[i].Code, answers[e.Kind].code)
	}
	e.Kind = fhir.Invalid
	return e
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
	path, query, err := wire.Target(e.Request.URL, s.base)
	if err != nil {
		return err
	}
	route, named, err := s.router.find(e.Request.Method, path)
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
	if r.Route = route; route.Level == System {
		return nil
	}
	return s.place(r, func(name string) string { return named[name] })
}

// carries says whether an entry carries what its interaction takes. A PATCH's document is the request's body from here
// on.
func carries(r *Request) (err error) {
	route := r.Route
	switch {
	case r.bundle():
		return fhir.Errorf(fhir.Invalid, "", "A Bundle can't be sent within a Bundle. Send its entries as entries of this one.").InPart("Url")
	case route.form():
		return fhir.Errorf(fhir.Invalid, "", "A search within a Bundle must be a GET entry: write its parameters behind a question mark.").InPart("Url")
	case route.Operation != nil && route.Consumes != nil && r.Entry.Linked:
		return fhir.Errorf(fhir.Invalid, "", "An operation ($…) can't be part of a transaction. Call it on its own, or in a batch.").InPart("Url")
	case route.Consumes == nil && (r.Resource != nil || r.Entry.Faults != nil):
		return fhir.Errorf(fhir.Invalid, "Resource", "A %s entry must not have a resource. Leave it out.", route.Method)
	case r.Resource != nil && r.Resource.Lacks != nil && !route.updates():
		return &fhir.Error{Kind: fhir.Invalid, Issues: r.Resource.Lacks}
	case route.Interaction == "patch" && r.Entry.Faults != nil:
		return r.Entry.Faults
	case route.Interaction == "patch":
		r.Body, err = patchOf(r.Resource)
		r.Resource = nil
	}
	return err
}

// linkless refuses what links entries of a batch to one another: they stand for themselves, and nobody would resolve it
// (R4 http 3.1.0.11.1: references between entries of a batch are non-conformant; 3.1.0.11.2: conditional references
// have a meaning in a transaction).
func linkless(b *codec.Bundle, i int) error {
	r := b.Entries[i].Resource
	if r == nil || b.Type != "batch" {
		return nil
	}
	for _, l := range r.Links {
		if l.Kind != fhir.LinkReference {
			continue
		}
		text := string(r.JSON[l.Span.Start+1 : l.Span.End-1])
		if typ, _, ok := strings.Cut(text, "?"); ok && !strings.ContainsAny(typ, ":/") {
			return fhir.Errorf(fhir.Invalid, l.Expression, "A reference by search criteria is resolved in a transaction only. Send the Bundle as one, or refer by id.")
		}
		if b.Names(text) {
			return fhir.Errorf(fhir.Invalid, l.Expression, "Entries of a batch can't refer to one another. Send the Bundle as a transaction, or refer by id.")
		}
	}
	return nil
}
