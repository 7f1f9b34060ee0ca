package handlers

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Call carries out an operation on a resource for a page: by the same code, with the same access and the same audit as
// an app's request. The method is GET to be told, POST to change something. name is without the $; with is what it is
// called with, a Parameters resource, nil for nothing. The answer is a resource as JSON.
func (s *Server) Call(
	ctx context.Context, session *store.Session, method, name string, on fhir.Key, with *fhir.Resource,
) ([]byte, error) {
	for i := range s.router.routes {
		route := &s.router.routes[i]
		if route.Operation == nil || route.Operation.Name != name || route.Method != method ||
			route.Level != Instance || !route.Operation.For(on.Type) {
			continue
		}
		r := &Request{Route: route, ID: on.ID, Session: session, By: session.By(), Resource: with}
		r.Type, _ = s.store.Registry().Type(on.Type)
		resp, err := s.carryOut(ctx, r)
		if err != nil {
			return nil, err
		}
		return resp.Body, nil
	}
	return nil, fhir.Errorf(fhir.NotFound, "", "There is no $%s of a %s.", name, on.Type)
}
