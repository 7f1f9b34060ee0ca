package handlers

import (
	"context"

	"frontdesk/fhir"
)

// bundle is POST to the base: batch and transaction (R4 http 3.1.0.11).
func (s *Server) bundle(_ context.Context, r *Request) (*Response, error) {
	return nil, fhir.Errorf(fhir.NotSupported, "", "Bundles can't be sent yet. Send their entries one by one.")
}
