package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/handlers/middleware"
	"frontdesk/store"
)

// Observe passes on what a Session reports of a request, with what only the request tells.
func (r *Request) Observe(ctx context.Context, a *store.Access) error {
	if r.reported = true; r.notes != nil {
		r.notes.Told = true
	}
	if a.Key.ID == "" {
		a.Key = r.Key() // of a search in a compartment: whose it is
	}
	if !r.bundle() {
		a.Interaction = r.Route.Interaction
	}
	a.Query = r.asked()
	return Observing{r.observer, r.Address, r.Reference}.Observe(ctx, a)
}

// Observing passes on what a Session reports of a request, with where it comes from and its support reference.
type Observing struct {
	Observer           store.Observer
	Address, Reference string
}

// Observe is for store.Observer.
func (o Observing) Observe(ctx context.Context, a *store.Access) error {
	middleware.Told(ctx)
	a.Address, a.Reference = o.Address, o.Reference
	answered(a)
	for i := range a.Changes {
		c := &a.Changes[i]
		c.By, c.When, c.Address, c.Reference = a.By, a.When, a.Address, a.Reference
		answered(c)
	}
	return o.Observer.Observe(ctx, a)
}

// answered says how an access is answered.
func answered(a *store.Access) {
	switch {
	case a.Err != nil:
		answer := answers[asError(a.Err).Kind]
		a.Status, a.Reason = answer.status, answer.code
	case a.NotModified:
		a.Status = http.StatusNotModified
	case a.Created:
		a.Status = http.StatusCreated
	case a.Interaction == "delete":
		a.Status = http.StatusNoContent
	default:
		a.Status = http.StatusOK
	}
}

// serveAs gives a request its Session.
func (s *Server) serveAs(r *Request) {
	r.observer = s.observer
	if s.observer == nil {
		r.Session = s.store.As(r.grant, store.Unobserved)
		return
	}
	r.Session = s.store.As(r.grant, r)
}

// unreported tells of a request that was answered, or refused, before its Session was asked for anything: of one that
// can't be read, or whose sender isn't known. A bundle that was carried out is told of by its entries.
func (s *Server) unreported(ctx context.Context, r *Request, failed error) error {
	if r.reported || r.Route.Open || s.observer == nil || failed == nil && r.bundle() {
		return failed
	}
	r.observer = s.observer
	a := &store.Access{By: r.By, When: s.now(), Key: r.Key(), Err: failed}
	if r.bundle() {
		a.Interaction, _, _ = strings.Cut(r.Route.Interaction, " ")
	}
	if o := r.Route.Operation; o != nil {
		a.Private = o.Private
	}
	if err := r.Observe(ctx, a); err != nil {
		return err
	}
	return failed
}

// tell tells of a request that was answered with an error and that nobody has told of: of one that fits no route or
// can't be read, and of a page. So support finds each reference that is shown (P13).
func (s *Server) tell(c *gin.Context) {
	c.Next()
	notes, status := middleware.NotesOf(c), c.Writer.Status()
	if status < http.StatusBadRequest || status == statusGone || notes.Told || s.observer == nil {
		return
	}
	a := &store.Access{When: s.now(), Interaction: store.FailedRequest, Address: s.client(c.Request),
		Reference: notes.Reference, Status: status, Reason: strings.ToLower(http.StatusText(status))}
	if err := s.observer.Observe(context.WithoutCancel(c.Request.Context()), a); err != nil && notes.Err == nil {
		notes.Err = err
	}
}

// bundle says that the request is a batch or a transaction.
func (r *Request) bundle() bool { return r.Route.Interaction == "transaction batch" }

// asked is what was searched for, or what an operation was called with.
func (r *Request) asked() string {
	if !r.Route.Criteria && r.Route.Interaction != "operation" {
		return ""
	}
	path := strings.TrimPrefix(r.Route.Pattern, "/")
	path = strings.NewReplacer(":type", r.Key().Type, ":id", r.ID, ":within", r.Within,
		":job", r.Job, ":file", r.File).Replace(path)
	if r.Query == "" {
		return r.Route.Method + " " + path
	}
	return r.Route.Method + " " + path + "?" + r.Query
}
