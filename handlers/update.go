package handlers

import (
	"frontdesk/fhir"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// update is PUT [type]/[id] (R4 http 3.1.0.4), which also creates, and PUT [type]?criteria (3.1.0.4.3).
func (s *Server) update(r *Request) (store.Change, error) {
	c, err := s.change(r, store.Update)
	var bad error
	if c.IfNone, bad = wire.IfNone(r.Header.IfNoneMatch); bad != nil {
		bad = fhir.AsError(bad).InPart("If-None-Match")
	}
	return s.with(r, c, fhir.Join(err, bad))
}
