package handlers

import (
	"context"
	"net/http"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/handlers/wire"
	"frontdesk/store"
)

// write makes the one change that a request asks for. What it is, is in create.go, update.go, patch.go and delete.go.
func (s *Server) write(ctx context.Context, r *Request) (*Response, error) {
	change, err := s.wanted(r)
	if err != nil {
		return nil, err
	}
	out, err := r.Session.Write(ctx, change)
	if err != nil {
		return nil, err
	}
	return s.written(change.Action, r.Prefer.Return, out), nil
}

// wanted is the change that a request asks for: single, as an entry, or imported. The error names all that is wrong
// with it by itself.
func (s *Server) wanted(r *Request) (store.Change, error) {
	c, err := r.Route.Change(s, r)
	if r.Header.Provenance != "" {
		c.Provenance = []byte(r.Header.Provenance)
	}
	return c, fhir.Join(err, s.writable(c))
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
	resp.Location = s.base + "/" + out.Key.String() // of an update too: after a conditional one the client can't know it
	switch want {
	case wire.ReturnRepresentation:
		resp.Body = out.JSON
	case wire.ReturnOutcome:
		resp.Body = outcomeOK(diagnostics(out) + " " + out.Key.String() + ".")
	}
	return resp
}

// diagnostics says what became of a resource.
func diagnostics(out *store.Outcome) string {
	switch {
	case out.Created:
		return "Created"
	case out.Unchanged:
		return "Nothing was written, because there already is"
	}
	return "Updated to"
}

// deleted is the answer to a delete: the same whether there was something to delete or not (R4 http 3.1.0.7: it is
// idempotent).
func deleted(want wire.Return, out *store.Outcome) *Response {
	resp := &Response{Status: http.StatusNoContent}
	if out != nil && out.Stored != nil && out.Deleted() {
		resp = stored(resp.Status, out.Stored)
	}
	if want == wire.ReturnOutcome {
		resp.Status, resp.Body = http.StatusOK, outcomeOK("It is deleted.")
	}
	return resp
}

// change begins a Change: what it acts on, by the id in the URL or by criteria, and on which conditions.
func (s *Server) change(r *Request, action store.Action) (c store.Change, err error) {
	c = store.Change{Action: action, Key: fhir.Key{Type: r.Type.Name, ID: r.ID}}
	if e := r.Entry; e != nil && e.Linked {
		c.FullURL, c.At = e.FullURL, e.At
	}
	if c.IfMatch, err = wire.IfMatch(r.Header.IfMatch); err != nil {
		err = fhir.AsError(err).InPart("If-Match")
	}
	if r.Route.Conditional {
		err = fhir.Join(err, s.criteria(r, &c, r.Query, "Url"))
	}
	return c, err
}

// criteria makes a change conditional (R4 http 3.1.0.8). part says where in the request the criteria were sent.
func (s *Server) criteria(r *Request, c *store.Change, query, part string) (err error) {
	if c.Match, err = search.ParseCriteria(s.store.Registry(), r.Type.Name, query, s.options(r)); err != nil {
		return fhir.AsError(err).InPart(part)
	}
	if c.At != "" {
		c.Criteria = query
	}
	return nil
}

// with is a change with the resource that the request carries.
func (s *Server) with(r *Request, c store.Change, err error) (store.Change, error) {
	var bad error
	c.Resource, bad = s.resource(r)
	return c, fhir.Join(err, bad, c.Check())
}
