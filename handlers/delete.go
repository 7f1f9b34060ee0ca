package handlers

import "frontdesk/store"

// delete is DELETE [type]/[id] (R4 http 3.1.0.7) and DELETE [type]?criteria (3.1.0.7.1), which deletes one match and
// refuses several.
func (s *Server) delete(r *Request) (store.Change, error) {
	return s.change(r, store.Delete)
}
