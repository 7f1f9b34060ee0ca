package handlers

import "frontdesk/store"

// patch is PATCH [type]/[id] and PATCH [type]?criteria by a JSON Patch (R4 http 3.1.0.6). The Session applies it, on the version
// that is current when it commits.
func (s *Server) patch(r *Request) (c store.Change, err error) {
	c = store.Change{Action: store.Patch, Patch: r.Body}
	err = s.target(r, &c)
	return c, err
}
