package handlers

import (
	"context"
	"net/http"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/entries"
	"frontdesk/handlers/wire"
)

// bundle is POST to the base: batch and transaction (R4 http 3.1.0.11).
func (s *Server) bundle(ctx context.Context, r *Request) (*Response, error) {
	limits := s.limits.codec()
	limits.Conditional = true
	b, err := codec.DecodeBundle(r.Body, limits)
	if err != nil {
		return nil, err
	}
	if n := len(b.Entries); n > s.limits.Entries {
		return nil, fhir.Errorf(fhir.TooLarge, "Bundle.entry",
			"The Bundle has %d entries; at most %d are accepted. Send it in parts.", n, s.limits.Entries)
	}
	if !r.Prefer.Said {
		// R4 http 3.1.0.1.8 leaves it to us; who sends hundreds of resources at once has no use for getting them all back.
		r.Prefer.Return = wire.ReturnMinimal
	}
	switch b.Type {
	case "batch":
		return s.batch(ctx, r, b)
	case "transaction":
		return s.transaction(ctx, r, b)
	}
	_, err = entries.PlanBundle(s.store.Registry(), b, s.options(r)) // says which types can be carried out
	return nil, err
}

// transaction makes all changes or none, and then reads, in the order of the spec (R4 http 3.1.0.11.2): the changes happen at
// once, so only that reads come last can be told. The answers are in the order of the entries.
func (s *Server) transaction(ctx context.Context, r *Request, b *codec.Bundle) (*Response, error) {
	plan, err := entries.PlanBundle(s.store.Registry(), b, s.options(r))
	reads := make([]*Request, len(plan.Reads))
	for n, i := range plan.Reads {
		var bad error
		if reads[n], bad = s.entry(r, b, i); bad != nil {
			err = faulty(err, bad)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.writable(plan.Changes...); err != nil {
		return nil, err
	}
	outcomes, err := r.Session.Transact(ctx, plan.Changes)
	if err != nil {
		return nil, err
	}
	answers := make([]*Response, len(b.Entries))
	for n, i := range plan.Entry {
		answers[i] = s.written(plan.Changes[n].Action, r.Prefer.Return, &outcomes[n])
	}
	for n, i := range plan.Reads {
		// What is written is written: a read that finds nothing says so in its own entry.
		answers[i] = s.answer(ctx, reads[n])
	}
	return s.answered("transaction-response", r, b, answers), nil
}

// faulty adds to what is wrong with a Bundle, so that the client is told of everything at once. An address that would be a 404 by itself
// makes an invalid Bundle.
func faulty(err, more error) error {
	e := &fhir.Error{Kind: fhir.Invalid}
	for _, err := range []error{err, more} {
		if err != nil {
			e.Issues = append(e.Issues, asError(err).Issues...)
		}
	}
	return e
}

// answered is the Bundle of answers, in the order of the entries.
func (s *Server) answered(typ string, r *Request, b *codec.Bundle, answers []*Response) *Response {
	w := newBundle(s.base, typ, -1)
	for i, a := range answers {
		method := b.Entries[i].Request.Method
		reads := method == http.MethodGet || method == http.MethodHead
		if method == http.MethodHead {
			a.release()
		}
		w.response(a, a.Status >= http.StatusBadRequest || !reads && r.Prefer.Return == wire.ReturnOutcome)
		a.release()
	}
	return w.done()
}

// response adds the answer to an entry of a batch or transaction. Its body is a resource, or the outcome of what was done.
func (w *bundleWriter) response(a *Response, isOutcome bool) {
	w.begin()
	if a.Body != nil && !isOutcome {
		w.raw(`"resource":`)
		w.out = append(w.out, a.Body...)
		w.raw(`,`)
	}
	w.raw(`"response":{"status":"`, strconv.Itoa(a.Status), ` `, http.StatusText(a.Status), `"`)
	if a.Location != "" {
		w.raw(`,"location":`)
		w.quote(a.Location)
	}
	if a.Version > 0 {
		w.raw(`,"etag":`)
		w.quote(wire.ETag(a.Version))
	}
	if !a.Updated.IsZero() {
		w.raw(`,"lastModified":"`, a.Updated.UTC().Format(fhir.InstantLayout), `"`)
	}
	if a.Body != nil && isOutcome {
		w.raw(`,"outcome":`)
		w.out = append(w.out, a.Body...)
	}
	w.raw(`}}`)
}
