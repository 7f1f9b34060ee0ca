package middleware

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/rs/cors"
)

// CORS lets web pages of other origins call us (the Fetch standard's CORS protocol; SMART App Launch 2.2 asks for it).
// Credentials that browsers add by themselves are never allowed: a page sends a token of its own or nothing. What a
// page may not read is answered as it always is: it's the browser that keeps it from the page. The zero CORS allows no
// page anything.
type CORS struct {
	public       func(*http.Request) bool
	anyone, some *cors.Cors
}

// NewCORS is a CORS. public says which requests any web page may read the answer of, as discovery and metadata;
// origin says whether pages of an origin, as "https://app.example", may read all other answers. Either may be nil:
// then there are none.
func NewCORS(public func(*http.Request) bool, origin func(ctx context.Context, origin string) bool) CORS {
	o := cors.Options{
		AllowedOrigins: []string{"*"},
		AllowedMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Accept", "If-Match", "If-None-Match",
			"If-None-Exist", "If-Modified-Since", "Prefer", "X-Provenance", "Traceparent", "Tracestate",
			requestID, correlationID},
		ExposedHeaders: []string{"ETag", "Location", "Content-Location", "Last-Modified", requestID, correlationID,
			"WWW-Authenticate", "Retry-After"},
		MaxAge: 600,
	}
	p := CORS{public: public, anyone: cors.New(o)}
	if origin != nil {
		o.AllowOriginVaryRequestFunc = func(r *http.Request, sent string) (bool, []string) {
			// "null" is what sandboxed pages and files send: it is everybody's. Two origins at once are nobody's.
			return len(r.Header["Origin"]) == 1 && sent != "null" && sent != "" && origin(r.Context(), sent), nil
		}
		p.some = cors.New(o)
	}
	return p
}

// of is who may read the answer to a request; nil for nobody.
func (p CORS) of(r *http.Request) *cors.Cors {
	if p.public != nil && p.public(r) {
		return p.anyone
	}
	return p.some
}

// Handle is CORS as middleware of Gin.
func (p CORS) Handle(c *gin.Context) {
	answered := true
	next := func(http.ResponseWriter, *http.Request) { answered = false }
	p.Wrap(http.HandlerFunc(next)).ServeHTTP(c.Writer, c.Request)
	if answered { // it was a preflight, which needs no more than that
		c.Abort()
	}
}

// Wrap is CORS around any http.Handler.
func (p CORS) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rules := p.of(r); rules != nil {
			rules.ServeHTTP(w, r, next.ServeHTTP)
			return
		}
		next.ServeHTTP(w, r)
	})
}
