package middleware

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// CORS lets web pages of other origins call us (the Fetch standard's CORS protocol; SMART App Launch 2.2 asks for it). Credentials that
// browsers add by themselves are never allowed: a page sends a token of its own or nothing.
type CORS struct {
	// Public are the requests whose answer any web page may read, as discovery and metadata. nil: none.
	Public func(*http.Request) bool
	// Origin says whether pages of an origin, as "https://app.example", may read all other answers. nil: none may.
	Origin func(ctx context.Context, origin string) bool
}

// The headers as Go keeps them, so that setting one costs nothing. Nobody appends to them in place.
var (
	anyOrigin = []string{"*"}
	methods   = []string{"GET, HEAD, POST, PUT, PATCH, DELETE"}
	asked     = []string{strings.Join([]string{"Authorization", "Content-Type", "Accept", "If-Match", "If-None-Match", "If-None-Exist",
		"If-Modified-Since", "Prefer", "X-Provenance", requestID, correlationID}, ", ")}
	exposed = []string{strings.Join([]string{"ETag", "Location", "Content-Location", "Last-Modified", requestID, correlationID, "WWW-Authenticate",
		"Retry-After"}, ", ")}
	maxAge = []string{"600"}
)

// Handle is CORS as middleware of Gin.
func (p CORS) Handle(c *gin.Context) {
	if p.preflight(c.Writer.Header(), c.Request) {
		c.AbortWithStatus(http.StatusNoContent)
		return
	}
	c.Next()
}

// Wrap is CORS around any http.Handler.
func (p CORS) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.preflight(w.Header(), r) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// preflight says on an answer who may read it, and whether it's a preflight, which needs no more than that. What a page may not read is
// answered as it always is: it's the browser that keeps it from the page.
func (p CORS) preflight(h http.Header, r *http.Request) bool {
	allowed := p.allowed(r, h)
	if allowed == nil {
		return false
	}
	h["Access-Control-Allow-Origin"] = allowed
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		h["Access-Control-Expose-Headers"] = exposed
		return false
	}
	h["Access-Control-Allow-Methods"] = methods
	h["Access-Control-Allow-Headers"] = asked
	h["Access-Control-Max-Age"] = maxAge
	return true
}

// allowed is the value of Access-Control-Allow-Origin, nil for none. If it depends on the origin, caches are told so.
func (p CORS) allowed(r *http.Request, h http.Header) []string {
	if p.Public != nil && p.Public(r) {
		return anyOrigin
	}
	if p.Origin == nil {
		return nil
	}
	h.Add("Vary", "Origin")
	// "null" is what sandboxed pages and files send: it is everybody's.
	if sent := r.Header["Origin"]; len(sent) == 1 && sent[0] != "null" && p.Origin(r.Context(), sent[0]) {
		return sent
	}
	return nil
}
