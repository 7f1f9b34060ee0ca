package handlers

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/wire"
)

// Browser shows answers to people. Who signs in in a browser has a session instead of a token: it counts here, where
// something is looked at, and nowhere else of the API.
type Browser interface {
	// Grant is what the person may see who is signed in in a browser; fhir.Unauthenticated if nobody is.
	Grant(*http.Request) (access.Grant, error)
	// Show answers with a page.
	Show(http.ResponseWriter, *http.Request, View)
}

// View is an answer, to be shown.
type View struct {
	Status    int
	Header    http.Header // as a client gets it
	Body      []byte      // FHIR JSON
	Reference string      // for support
}

// shownOnPage is how many matches are on a page for people, unless they ask for more.
const shownOnPage = 20

// paged says that a request is to be answered by a page: it only looks, and a browser asks, or somebody who says so.
func (s *Server) paged(r *http.Request, q wire.Query) bool {
	return s.browser != nil && verb(r.Method) == http.MethodGet && q.Page(line(r.Header, "Accept"))
}

// granted is what a request may do. Of a page, without a token, it's what the person may see who is signed in in the
// browser. A script can't have that: it asks for no document.
func (s *Server) granted(r *http.Request, paged bool) (access.Grant, error) {
	if paged && r.Header.Get("Authorization") == "" && document(r) {
		g, err := s.browser.Grant(r)
		if err == nil || fhir.KindOf(err) != fhir.Unauthenticated {
			return g, err
		}
	}
	return s.grant(r)
}

// document says that a browser asks for a page that is to be in its window, as far as it tells (Fetch metadata, 2.1).
func document(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return dest == "" || dest == "document"
}

// show answers with a page. Its own headers are the page's; those that a client would get are on it.
func (s *Server) show(c *gin.Context, r *Response) {
	h := c.Writer.Header()
	v := View{Status: r.Status, Header: http.Header{}, Body: slices.Clone(r.Body)}
	for name, values := range h {
		if !strings.HasPrefix(name, "X-Content-Type") && name != "Content-Security-Policy" && name != "Cache-Control" {
			v.Header[name] = values
		}
	}
	v.Header["Content-Type"], v.Reference = fhirType, h.Get("X-Request-Id")
	for _, name := range []string{"Etag", "Last-Modified", "Location"} {
		h.Del(name)
	}
	h["Vary"] = append(h["Vary"], "Cookie")
	r.release()
	s.browser.Show(c.Writer, c.Request, v)
}
