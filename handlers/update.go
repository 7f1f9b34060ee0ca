package handlers

import (
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// update is PUT [type]/[id] (R4 http 3.1.0.4), which also creates, and PUT [type]?criteria (3.1.0.4.3).
func (s *Server) update(r *Request) (c store.Change, err error) {
	c = store.Change{Action: store.Update}
	if err = s.target(r, &c); err != nil {
		return c, err
	}
	if c.IfNone, err = wire.IfNone(r.Header.IfNoneMatch); err != nil {
		return c, err
	}
	c.Resource, err = s.resource(r)
	return c, err
}
