package handlers

import (
	"context"
	"strings"

	"frontdesk/fhir/codec"
)

// batchOrder is the order in which a batch's entries are carried out (R4 http 3.1.0.11.2, which it shares with
// transactions).
var batchOrder = [...]string{"DELETE", "POST", "PUT PATCH", "GET HEAD"}

// batch carries out each entry as if it had come by itself: one that fails doesn't stop the others (R4 http
// 3.1.0.11.1).
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
			answers[i] = s.answer(ctx, r, b, i)
		}
	}
	return s.answered("batch-response", r, b, answers), nil
}

// answer carries out the request of an entry.
func (s *Server) answer(ctx context.Context, outer *Request, b *codec.Bundle, i int) *Response {
	r, err := s.entry(outer, b, i)
	if err == nil {
		var resp *Response
		if resp, err = s.run(ctx, r); err == nil {
			return resp
		}
		err = asError(err).InEntry(entryAt(i))
	}
	return failure(err, outer.Reference)
}
