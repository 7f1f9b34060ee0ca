package handlers

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"frontdesk/fhir/access"
	"frontdesk/handlers/budget"
)

// leased gives each request its share of the memory in flight, until it is answered.
func leased(m *budget.Memory) gin.HandlerFunc {
	return func(c *gin.Context) {
		lease := m.Lease()
		defer lease.Release()
		c.Request = c.Request.WithContext(budget.With(c.Request.Context(), lease))
		c.Next()
	}
}

// writesBy are the interactions that carry a resource, and by which rights each can be.
var writesBy = map[string][]access.Interaction{"create": {access.C}, "update": {access.U, access.C}, "patch": {access.U}}

// admit says whether a request may go on, before its body is read: who has asked for too much waits, and who may write
// no such resource at all needn't send one.
func (s *Server) admit(ctx context.Context, r *Request) error {
	if err := s.rate.Ask(r.caller()); err != nil {
		return err
	}
	ways := writesBy[r.Route.Interaction]
	if ways == nil {
		return nil
	}
	if err := r.Session.MayWrite(r.Type, ways...); err != nil {
		return s.unreported(ctx, r, err)
	}
	return nil
}

// caller is whose limit a request counts against; the zero Caller for a system of the practice, which has none.
func (r *Request) caller() budget.Caller {
	if r.By.Person == "" {
		return budget.Caller{}
	}
	return budget.Caller{App: r.By.Client, Person: r.By.Person}
}

// entryCopies is how often the answer to an entry is in memory: by itself, and in the Bundle of answers while that
// grows.
const entryCopies = 3

// hold counts an answer as memory in flight, and against the limit of who asked. A reading that finds no memory is
// refused; what was done must be told.
func (s *Server) hold(ctx context.Context, r *Request, resp *Response) error {
	lease, n := budget.Of(ctx), int64(len(resp.Body))
	if r.Entry != nil {
		n *= entryCopies
		s.rate.Cost(r.caller(), 0, 1)
	} else {
		s.rate.Cost(r.caller(), len(resp.Body), 0)
	}
	if r.Route.Method != http.MethodGet {
		lease.Add(n)
		return nil
	}
	err := lease.Take(n)
	if err != nil {
		resp.release()
	}
	return err
}
