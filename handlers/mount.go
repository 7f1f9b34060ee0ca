package handlers

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/handlers/middleware"
)

// Mount is another part of the program that answers paths of its own in the same engine: the authorization server with
// its pages, and what an operator's probes ask. So every path has a reference, a line in the log, a count in the
// metrics, the headers, and somebody who answers when it panics.
type Mount struct {
	Methods []string // that it answers; nil: all
	Paths   []string // that it answers
	Below   []string // paths, as "/auth", below which all others are its too
	Handler http.Handler
	// Unaudited says that errors are for the log alone: those that a probe is told every few seconds.
	Unaudited bool
	// Route is the pattern that a request below one of Below fits, "" if none; nil: none.
	Route func(*http.Request) string
	// Fail shows a person's browser an error of the shell's own; nil: an OperationOutcome does.
	Fail func(http.ResponseWriter, *http.Request, error)
}

// has says whether a request is the Mount's.
func (m *Mount) has(r *http.Request) bool {
	if m.Methods != nil && !slices.Contains(m.Methods, r.Method) {
		return false
	}
	path := r.URL.Path
	return slices.Contains(m.Paths, path) || slices.ContainsFunc(m.Below, func(below string) bool {
		return path == below || strings.HasPrefix(path, below+"/")
	})
}

// name is what the log and the metrics call the path of a request that is the Mount's: one of few, whatever is asked
// for.
func (m *Mount) name(r *http.Request) string {
	if slices.Contains(m.Paths, r.URL.Path) {
		return r.URL.Path
	}
	if m.Route != nil {
		return cmp.Or(m.Route(r), middleware.Unmatched)
	}
	return middleware.Unmatched
}

// mounted is the Mount that a request is for; nil if it is one of the API.
func (s *Server) mounted(r *http.Request) *Mount {
	for i := range s.mounts {
		if s.mounts[i].has(r) {
			return &s.mounts[i]
		}
	}
	return nil
}

// mount gives the requests of the Mounts to them: from here on there is the API only.
func (s *Server) mount(c *gin.Context) {
	m := s.mounted(c.Request)
	if m == nil {
		return
	}
	notes := middleware.NotesOf(c)
	notes.Route, notes.Told = m.name(c.Request), m.Unaudited
	c.Request = c.Request.WithContext(notes.With(c.Request.Context()))
	c.Status(http.StatusOK) // Gin has set 404 where it has no route
	m.Handler.ServeHTTP(c.Writer, c.Request)
	c.Abort()
}

// refuse answers with an error: a page, if it's a person's browser that asks a Mount that has pages, else an
// OperationOutcome.
func (s *Server) refuse(c *gin.Context, err error) {
	m := s.mounted(c.Request)
	if m == nil || m.Fail == nil || !strings.Contains(c.Request.Header.Get("Accept"), "text/html") {
		s.fail(c, err)
		return
	}
	middleware.NotesOf(c).Err = err
	m.Fail(c.Writer, c.Request, err)
}
