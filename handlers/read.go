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
	v, err := s.current(ctx, r)
	if err != nil {
		return nil, err
	}
	r.show(s.today(ctx, r, v))
	resp := stored(http.StatusOK, v)
	if h := r.Header; h.IfNoneMatch != "" || h.IfModifiedSince != "" {
		if wire.Unmodified(h.IfNoneMatch, h.IfModifiedSince, wire.ETag(v.Key.Version), v.Updated) {
			resp.Status = http.StatusNotModified
			return resp, nil
		}
	}
	if v, err = r.veil(ctx, v); err != nil {
		return nil, err
	}
	resp.Body = v.JSON
	if len(r.Params) == 0 {
		return resp, nil
	}
	// _summary and _elements mean here what they mean in a search (R4 search 3.1.1.5.8), so search reads them.
	look, err := search.Parse(s.store.Registry(), []string{r.Type.Name}, r.Query, s.options(r))
	if err != nil {
		return nil, err
	}
	resp.Body, err = subset.Of(v.JSON, r.Type, look.Summary, look.Elements)
	return resp, err
}

// current is the resource that a request names: in the store, or a definition of the server's own.
func (s *Server) current(ctx context.Context, r *Request) (*fhir.Stored, error) {
	if own := s.defined[r.Key()]; own != nil {
		return own, nil
	}
	return r.Session.Read(ctx, r.Key())
}
