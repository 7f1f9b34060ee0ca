package handlers

import (
	"context"
	"net/http"
	"strconv"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/handlers/wire"
)

// bundle is POST to the base: batch and transaction (R4 http 3.1.0.11).
func (s *Server) bundle(ctx context.Context, r *Request) (*Response, error) {
	limits := s.limits.codec()
	limits.Conditional, limits.Lacking = true, r.Session.Redacts()
	b, err := codec.DecodeBundle(r.Body, limits)
	if err != nil {
		return nil, err
	}
	if n := len(b.Entries); n > s.limits.Entries {
		return nil, fhir.Errorf(fhir.TooLarge, "Bundle.entry",
			"The Bundle has %d entries; at most %d are accepted. Send it in parts.", n, s.limits.Entries)
	}
	if !r.Prefer.Said {
		// R4 http 3.1.0.1.8 leaves it to us; who sends hundreds of resources at once has no use for getting them all
		// back.
		r.Prefer.Return = wire.ReturnMinimal
	}
	switch b.Type {
	case "batch":
		return s.batch(ctx, r, b)
	case "transaction":
		return s.transaction(ctx, r, b)
	}
	return nil, noRequest(b)
}

// noRequest refuses a Bundle that asks for nothing.
func noRequest(b *codec.Bundle) error {
	return fhir.Errorf(fhir.Invalid, "Bundle.type",
		"Only a batch or a transaction can be carried out; this Bundle is a %s. Change its type, or send its resources one by one.", b.Type)
}

// answered is the Bundle of answers, in the order of the entries.
func (s *Server) answered(typ string, r *Request, b *codec.Bundle, answers []*Response) *Response {
	w := newBundle(s.base, typ, -1)
	w.had = map[fhir.Key]bool{}
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

// response adds the answer to an entry of a batch or transaction. Its body is a resource, or the outcome of what was
// done.
func (w *bundleWriter) response(a *Response, isOutcome bool) {
	w.begin()
	if a.Body != nil && !isOutcome {
		if w.had[a.About] { // no two entries with the same version have the same fullUrl (R4 bdl-7)
			a.About = fhir.Key{}
		}
		w.had[a.About] = true
		w.fullURL(a.About)
		w.raw(`,"resource":`)
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
