package handlers

import "frontdesk/store"

// create is POST [type] (R4 http 3.1.0.8), with If-None-Exist a conditional create (3.1.0.8.1). An id in the body is not kept:
// the server gives one.
func (s *Server) create(r *Request) (c store.Change, err error) {
	c = store.Change{Action: store.Create}
	if err = s.target(r, &c); err != nil {
		return c, err
	}
	if r.Header.IfNoneExist != "" {
		if c.Match, err = s.criteria(r, r.Header.IfNoneExist); err != nil {
			return c, err
		}
	}
	c.Resource, err = s.resource(r)
	return c, err
}
