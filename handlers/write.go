package handlers

import (
	"context"
	"net/http"

	"frontdesk/fhir"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// write makes the one change that a request asks for. What it is, is in create.go, update.go, patch.go and delete.go.
func (s *Server) write(ctx context.Context, r *Request) (*Response, error) {
	change, err := r.Route.Change(s, r)
	if err != nil {
		return nil, err
	}
	if err := s.writable(change); err != nil {
		return nil, err
	}
	out, err := r.Session.Write(ctx, change)
	if err != nil {
		return nil, err
	}
	return s.written(change.Action, r.Prefer.Return, out), nil
}

// written is the answer to a change (R4 http 3.1.0.1.8, 3.1.0.4 to 3.1.0.7), single or in a transaction.
func (s *Server) written(action store.Action, want wire.Return, out *store.Outcome) *Response {
	if action == store.Delete {
		return deleted(want, out)
	}
	resp := stored(http.StatusOK, out.Stored)
	if out.Created {
		resp.Status = http.StatusCreated
	}
	if action == store.Create || out.Created {
		resp.Location = s.base + "/" + out.Key.String()
	}
	switch want {
	case wire.ReturnRepresentation:
		resp.Body = out.JSON
	case wire.ReturnOutcome:
		resp.Body = said(told(out) + " " + out.Key.String() + ".")
	}
	return resp
}

// told says what became of a resource.
func told(out *store.Outcome) string {
	switch {
	case out.Created:
		return "Created"
	case out.Unchanged:
		return "Nothing was written, because there already is"
	}
	return "Updated to"
}

// deleted is the answer to a delete: the same whether there was something to delete or not (R4 http 3.1.0.7: it is idempotent).
func deleted(want wire.Return, out *store.Outcome) *Response {
	resp := &Response{Status: http.StatusNoContent}
	if out != nil && out.Stored != nil && out.Deleted() {
		resp = stored(resp.Status, out.Stored)
	}
	if want == wire.ReturnOutcome {
		resp.Status, resp.Body = http.StatusOK, said("It is deleted.")
	}
	return resp
}

// target names what an update, patch or delete acts on: by the id in the URL, or by criteria; on which conditions.
func (s *Server) target(r *Request, c *store.Change) (err error) {
	c.Key, c.FullURL, c.At = fhir.Key{Type: r.Type.Name, ID: r.ID}, r.FullURL, r.At
	if c.IfMatch, err = wire.IfMatch(r.Header.IfMatch); err != nil {
		return err
	}
	if r.Route.Conditional {
		c.Match, err = s.criteria(r, r.Query)
	}
	return err
}
