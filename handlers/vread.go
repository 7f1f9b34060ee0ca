package handlers

import "context"

// vread answers with one version of a resource (R4 http 3.1.0.3). Its path names the version; the rest is as with read.
func (s *Server) vread(ctx context.Context, r *Request) (*Response, error) {
	return s.read(ctx, r)
}
