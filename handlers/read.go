package handlers

import (
	"context"
	"net/http"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/subset"
	"frontdesk/handlers/wire"
)

// read answers with a resource as it is now (R4 http 3.1.0.2), or that the client already has it (3.1.0.1.4).
func (s *Server) read(ctx context.Context, r *Request) (*Response, error) {
	v, unmodified, err := s.current(ctx, r)
	if err != nil {
		return nil, err
	}
	resp := stored(http.StatusOK, v)
	if unmodified {
		resp.Status = http.StatusNotModified
		return resp, nil
	}
	resp.Body = v.JSON
	if len(r.Params) == 0 {
		return resp, nil
	}
	look, err := s.look(r)
	if err != nil {
		return nil, err
	}
	resp.Body, err = subset.Of(v.JSON, r.Type, look.Summary, look.Elements)
	return resp, err
}

// look is how much of a resource is wanted. _summary and _elements mean here what they mean in a search (R4 search
// 3.1.1.5.8), so search reads them.
func (s *Server) look(r *Request) (*search.Search, error) {
	return search.Parse(s.store.Registry(), []string{r.Type.Name}, r.Query, s.options(r))
}

// current is the resource that a request names: in the store, or a definition of the server's own. It is unmodified if
// the client says that it has it.
func (s *Server) current(ctx context.Context, r *Request) (v *fhir.Stored, unmodified bool, err error) {
	var has func(*fhir.Stored) bool
	if h := r.Header; h.IfNoneMatch != "" || h.IfModifiedSince != "" {
		has = func(v *fhir.Stored) bool {
			return wire.Unmodified(h.IfNoneMatch, h.IfModifiedSince, wire.ETag(v.Key.Version), v.Updated)
		}
	}
	if own := s.defined[r.Key()]; own != nil {
		return own, has != nil && has(own), nil
	}
	return r.Session.ReadUnless(ctx, r.Key(), has)
}
