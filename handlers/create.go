package handlers

import (
	"frontdesk/fhir"
	"frontdesk/store"
)

// create is POST [type] (R4 http 3.1.0.8), with If-None-Exist a conditional create (3.1.0.8.1). An id in the body is
// not kept: the server gives one.
func (s *Server) create(r *Request) (store.Change, error) {
	c, err := s.change(r, store.Create)
	if r.Header.IfNoneExist != "" {
		err = fhir.Join(err, s.criteria(r, &c, r.Header.IfNoneExist, "If-None-Exist"))
	}
	return s.with(r, c, err)
}
