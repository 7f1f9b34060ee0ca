package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/handlers/middleware"
)

// Mount is another part of the program that answers paths of its own in the same engine: the authorization server with its pages, and what an
// operator's probes ask. So every path has a reference, a line in the log, a count in the metrics, the headers, and somebody who answers when it
// panics.
type Mount struct {
	Methods []string // that it answers; nil: all
	Paths   []string // that it answers
	Below   string   // a path, as "/auth", below which all others are its too; "": none
	Handler http.Handler
	// Fail shows a person's browser an error of the shell's own; nil: an OperationOutcome does.
	Fail func(http.ResponseWriter, *http.Request, error)
}

// has says whether a request is the Mount's.
func (m *Mount) has(r *http.Request) bool {
	if m.Methods != nil && !slices.Contains(m.Methods, r.Method) {
		return false
	}
	path := r.URL.Path
	return slices.Contains(m.Paths, path) || m.Below != "" && (path == m.Below || strings.HasPrefix(path, m.Below+"/"))
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

// mount registers the paths of all Mounts, each by its own name, which the log and the metrics show.
func (s *Server) mount(e *gin.Engine) {
	for i := range s.mounts {
		m := &s.mounts[i]
		for _, path := range m.Paths {
			if m.Methods == nil {
				e.Any(path, gin.WrapH(m.Handler))
				continue
			}
			e.Match(m.Methods, path, gin.WrapH(m.Handler))
		}
	}
}

// elsewhere gives what Gin has no route for to the Mount that it is for.
func (s *Server) elsewhere(c *gin.Context) {
	if m := s.mounted(c.Request); m != nil {
		c.Status(http.StatusOK) // Gin has set 404
		m.Handler.ServeHTTP(c.Writer, c.Request)
		c.Abort()
	}
}

// refuse answers with an error: a page, if it's a person's browser that asks a Mount that has pages, else an OperationOutcome.
func (s *Server) refuse(c *gin.Context, err error) {
	m := s.mounted(c.Request)
	if m == nil || m.Fail == nil || !strings.Contains(c.Request.Header.Get("Accept"), "text/html") {
		fail(c, err)
		return
	}
	middleware.NotesOf(c).Err = err
	m.Fail(c.Writer, c.Request, err)
}
