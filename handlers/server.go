package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/handlers/budget"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/middleware"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/wire"
	"frontdesk/store"
	"frontdesk/store/transfer"
)

// Options are what a Server is made of. Store, Grant and Base must be given.
type Options struct {
	Store   *store.Store
	Grant   func(*http.Request) (access.Grant, error) // who asks, by which right; fhir.Unauthenticated if that isn't known
	Base    string                                    // the FHIR base URL as clients know it, without a trailing slash
	Limits  Limits
	Zone    *time.Location        // dates without a zone are read in it; default Europe/London
	Now     func() time.Time      // default time.Now
	Log     *slog.Logger          // default slog.Default()
	Metrics prometheus.Registerer // nil: none are kept
	Tracing trace.TracerProvider  // what makes a span of each request; nil: none is made
	Version string                // of Frontdesk, for /metadata
	Started time.Time             // when this server was put together, for /metadata; default now
	// Security is what /metadata says of where apps are given access; nil: nothing.
	Security *capability.Security
	// Without are, by resource type, the interactions that a rule of the store refuses.
	Without map[string][]string
	// Observer is told of all that is done and refused; nil: nobody is. What it can't take down is refused with its
	// error.
	Observer store.Observer
	// Mounts are the other parts of the program that answer in the same engine.
	Mounts []Mount
	// Address is where a request comes from, for the audit; default the connection's other end.
	Address func(*http.Request) string
	// Origin says whether web pages of an origin may call, as "https://app.example"; nil: none may. Discovery and
	// metadata are everybody's.
	Origin func(ctx context.Context, origin string) bool
	// Browser shows answers to people; nil: they get resources, as everybody else does.
	Browser Browser
	// Memory is what the bodies and answers of all requests in flight may take together; nil: it has no bound.
	Memory *budget.Memory
	// Rate is how much an app may ask for a person; nil: without bound. Systems that ask for nobody have none.
	Rate *budget.Rate
}

// Server is the FHIR API as an http.Handler. Every answer of 400 and above is an OperationOutcome, whatever the path.
type Server struct {
	store      *store.Store
	grant      func(*http.Request) (access.Grant, error)
	observer   store.Observer
	client     func(*http.Request) string
	base, path string // the base URL; the path in it
	limits     Limits
	zone       *time.Location
	now        func() time.Time
	standing   *standing.Standing // for whom proxies act, and until when
	version    string
	started    time.Time
	security   *capability.Security
	without    map[string][]string
	mounts     []Mount
	rate       *budget.Rate
	browser    Browser
	exports    *transfer.Exports
	router     router
	statements statements
	defined    map[fhir.Key]*fhir.Stored // what the server itself defines: read like resources, and not in the store
	handler    http.Handler
}

// New makes a Server.
func New(o Options) (*Server, error) {
	base, err := url.Parse(o.Base)
	if err != nil || base.Host == "" || o.Store == nil || o.Grant == nil {
		return nil, errors.New("a server needs a store, a grant and an absolute base URL, as http://127.0.0.1:8080/fhir")
	}
	s := &Server{
		store: o.Store, grant: o.Grant, observer: o.Observer, client: o.Address, limits: o.Limits.withDefaults(), now: o.Now, version: o.Version, started: o.Started, zone: o.Zone,
		security: o.Security, without: o.Without, mounts: o.Mounts, rate: o.Rate, browser: o.Browser,
		base:   strings.TrimSuffix(o.Base, "/"),
		path:   strings.TrimSuffix(base.Path, "/"),
		router: router{Routes(o.Store.Registry()), o.Store.Registry()},
	}
	s.exports = transfer.New(o.Store, transfer.Options{Kept: s.limits.ExportKept, AtOnce: s.limits.Exports, Logger: o.Log})
	if s.now == nil {
		s.now = time.Now
	}
	if s.client == nil {
		s.client = wire.Proxies(nil).Client
	}
	if s.zone == nil {
		s.zone = search.London()
	}
	if s.started.IsZero() {
		s.started = s.now()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if s.standing, err = standing.New(o.Store, s.now); err != nil {
		return nil, err
	}
	if s.defined, err = s.define(); err != nil {
		return nil, err
	}
	if s.handler, err = middleware.Compress(s.engine(o)); err == nil && o.Tracing != nil {
		s.handler = middleware.Trace(o.Tracing, s.handler)
	}
	return s, err
}

// public says that any web page may read the answer (SMART App Launch 2.2 on CORS).
func (s *Server) public(r *http.Request) bool {
	below, ours := strings.CutPrefix(r.URL.Path, s.path+"/")
	return ours && (below == "metadata" || below == "openapi.json" || strings.HasPrefix(below, ".well-known/"))
}

// engine is the shell that every request passes, and in it the Mounts, and then the route table. What Gin would
// answer by itself (404, 405, redirects) is answered by lost.
func (s *Server) engine(o Options) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.RedirectTrailingSlash = false
	e.Use(middleware.Reference, middleware.AccessLog(o.Log))
	if o.Tracing != nil {
		e.Use(middleware.Span)
	}
	if o.Metrics != nil {
		e.Use(middleware.Metrics(o.Metrics))
	}
	if o.Memory != nil {
		e.Use(leased(o.Memory))
	}
	e.Use(middleware.Headers(strings.HasPrefix(s.base, "https:")), s.tell, middleware.Recover(s.refuse))
	// Each Mount says by itself which web pages may call it.
	e.Use(s.mount, middleware.NewCORS(s.public, o.Origin).Handle)
	done := map[string]bool{}
	for i := range s.router.routes {
		route := &s.router.routes[i]
		if done[route.Method+route.Pattern] {
			continue
		}
		done[route.Method+route.Pattern] = true
		serve := func(c *gin.Context) {
			if route := s.router.of(route, c.Param("type")); !hasEscapedSlash(c.Request.URL) && s.router.fits(route, c.Param) {
				s.serve(c, route)
				return
			}
			s.lost(c)
		}
		e.Handle(route.Method, s.path+route.Pattern, serve)
		if route.Method == http.MethodGet {
			e.Handle(http.MethodHead, s.path+route.Pattern, serve)
		}
	}
	e.NoRoute(s.lost)
	return e
}

// ServeHTTP answers a request. A trailing slash makes no difference: a redirect would lose the body of a POST with many
// clients.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.Path; len(p) > 1 && p[len(p)-1] == '/' {
		short, location := *r, *r.URL
		location.Path, location.RawPath = p[:len(p)-1], strings.TrimSuffix(location.RawPath, "/")
		short.URL = &location
		r = &short
	}
	s.handler.ServeHTTP(w, r)
}

// serve takes one request from HTTP to its handler and back.
func (s *Server) serve(c *gin.Context, route *Route) {
	format, resp, err := s.exchange(c, route)
	if err != nil {
		s.failIn(c, format, err)
		return
	}
	s.send(c, format, resp)
}

// exchange reads a request, has it handled, and says in which format the answer is wanted.
func (s *Server) exchange(c *gin.Context, route *Route) (f wire.Format, resp *Response, err error) {
	query, accept := c.Request.URL.RawQuery, line(c.Request.Header, "Accept")
	f = s.formatOf(c)
	if len(c.Request.URL.Path)+len(query) > s.limits.URL {
		return f, nil, fhir.Errorf(fhir.URITooLong, "", "The URL is over the limit of %d bytes. Send a long search as POST to _search.", s.limits.URL)
	}
	q, err := wire.SplitQuery(query)
	if err != nil {
		return f, nil, err
	}
	own := route.native(c.Param("type"), q)
	paged := !own && s.paged(c.Request, q)
	if paged {
		f = wire.Format{Type: wire.HTML}
	} else {
		f, err = q.Format(accept)
	}
	if err != nil && !((own || route.Media != "") && fhir.KindOf(err) == fhir.NotAcceptable) {
		return f, nil, err
	}
	unserved := err
	r, err := s.request(c, route, q, paged)
	if err != nil {
		return f, nil, err
	}
	if route.form() && len(r.Body) > 0 {
		// Parameters in the form and in the URL count together (R4 search 3.1.1.2), also those for the format.
		if q, err = wire.SplitQuery(wire.Join(query, string(r.Body))); err != nil {
			return f, nil, err
		}
		r.Query, r.Look = q.Rest, q.Kept
		if f, err = q.Format(accept); err != nil {
			return f, nil, err
		}
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.limits.Time)
	defer cancel()
	if resp, err = s.run(ctx, r); err == nil && own {
		err = resp.inOwnType(accept, unserved)
	}
	return f, resp, err
}

// run handles a request: the way from HTTP and from the entries of a batch meet here.
func (s *Server) run(ctx context.Context, r *Request) (*Response, error) {
	resp, err := s.carryOut(ctx, r)
	if err = s.unreported(ctx, r, err); err != nil {
		return nil, err
	}
	if err := s.hold(ctx, r, resp); err != nil {
		return nil, err
	}
	return resp, nil
}

func (s *Server) carryOut(ctx context.Context, r *Request) (*Response, error) {
	if err := s.prepare(r); err != nil {
		return nil, err
	}
	if r.Route.Operation != nil {
		return s.operate(ctx, r)
	}
	return r.Route.Handle(s, ctx, r)
}

// prepare reads what a request asks with, by its route.
func (s *Server) prepare(r *Request) (err error) {
	if err := r.Header.unmeant(r); err != nil {
		return err
	}
	switch {
	case r.Route.Operation != nil:
		r.Arguments, err = s.arguments(r)
	case !r.Route.Criteria:
		r.Params, err = wire.Params(r.Query, r.Route.Params...)
	}
	return err
}

// operate carries out an operation, which is one access whatever it takes.
func (s *Server) operate(ctx context.Context, r *Request) (resp *Response, err error) {
	whole := r.Session
	o := store.Operation{Key: r.Key(), Why: strings.TrimSpace(r.Arguments.One("reason")), Private: r.Route.Operation.Private}
	err = whole.Operate(ctx, o, func(part *store.Session) (err error) {
		r.Session = part
		resp, err = r.Route.Handle(s, ctx, r)
		return err
	})
	r.Session = whole
	return resp, err
}

// lost answers what no route is for: OPTIONS, other methods, unknown types, paths that aren't ours.
func (s *Server) lost(c *gin.Context) {
	path, ours := strings.CutPrefix(c.Request.URL.EscapedPath(), s.path)
	if !ours || path != "" && path[0] != '/' {
		s.fail(c, fhir.Errorf(fhir.NotFound, "",
			"There is nothing here. The FHIR API is at %s, and %s/metadata tells what it can do.", s.base, s.base))
		return
	}
	allow, err := s.router.explain(c.Request.Method, path)
	if allow != nil {
		c.Writer.Header()["Allow"] = []string{strings.Join(allow, ", ")}
		if c.Request.Method == http.MethodOptions {
			s.send(c, wire.Format{}, &Response{Status: http.StatusNoContent})
			return
		}
	}
	s.fail(c, err)
}

// statusGone is what the log and metrics show for a client that went before it was answered. Nobody sees it.
const statusGone = 499

// formatOf is the format that a request asks for; JSON if it asks for none that there is.
func (s *Server) formatOf(c *gin.Context) wire.Format {
	q, err := wire.SplitQuery(c.Request.URL.RawQuery)
	if err != nil {
		return wire.Format{}
	}
	if s.paged(c.Request, q) {
		return wire.Format{Type: wire.HTML}
	}
	f, err := q.Format(line(c.Request.Header, "Accept"))
	if err != nil {
		return wire.Format{}
	}
	return f
}

// fail answers with an OperationOutcome.
func (s *Server) fail(c *gin.Context, err error) { s.failIn(c, s.formatOf(c), err) }

// failIn answers with an OperationOutcome in a format.
func (s *Server) failIn(c *gin.Context, f wire.Format, err error) {
	notes := middleware.NotesOf(c)
	notes.Err = err
	resp := failure(err, notes.Reference)
	if errors.Is(err, context.Canceled) {
		resp.Status = statusGone
	}
	s.send(c, f, resp)
}

// hasEscapedSlash says that a path has an escaped slash or control character in it: no path of ours has.
func hasEscapedSlash(u *url.URL) bool {
	if u.RawPath != "" && strings.Contains(strings.ToLower(u.RawPath), "%2f") {
		return true
	}
	return strings.IndexFunc(u.Path, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0
}

// Close stops what the server does in the background: what isn't finished goes on after a restart. It comes before the
// store is closed.
func (s *Server) Close() { s.exports.Close() }

// Ready says whether requests can be answered: the store is there, reads and can be written.
func (s *Server) Ready(ctx context.Context) error { return s.store.Health(ctx) }
