package handlers

import (
	"context"
	"net/http"
	"slices"

	"frontdesk/fhir"
	"frontdesk/handlers/openapi"
)

// openAPI is GET /openapi.json: the API as OpenAPI 3.1 has it, made of the route table and the Registry as /metadata
// is.
func (s *Server) openAPI(_ context.Context, r *Request) (*Response, error) {
	if r.Entry != nil {
		return nil, fhir.Errorf(fhir.NotSupported, "",
			"This is no resource, so it can't be asked for in a Bundle. GET it by itself.")
	}
	st, err := s.described()
	if err != nil {
		return nil, err
	}
	return &Response{Status: http.StatusOK, Body: slices.Clone(st.json), Media: "application/json",
		Header: map[string]string{"Cache-Control": "public, no-cache", "ETag": st.etag}}, nil
}

// described is the document as it was last made, if it can't have changed; else a new one.
func (s *Server) described() (statement, error) {
	return s.statements.fresh("openapi", s.store.Registry(), s.now(), func() ([]byte, error) {
		in := openapi.Input{Base: s.base, Version: s.version, Registry: s.store.Registry(), Ready: s.store.Ready,
			Security: s.security}
		for _, r := range s.router.routes {
			one := openapi.Route{Method: r.Method, Pattern: r.Pattern, Interaction: r.Interaction, Open: r.Open,
				Conditional: r.Conditional,
				Media:       r.Media, Except: r.Except, Consumes: r.Consumes, Params: r.Params, Criteria: r.Criteria}
			if r.Operation != nil {
				one.Operation = &r.Operation.Operation
			}
			in.Routes = append(in.Routes, one)
		}
		return openapi.Document(in)
	})
}
