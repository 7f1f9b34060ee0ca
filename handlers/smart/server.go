package smart

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers/middleware"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart/oauth"
	"frontdesk/handlers/smart/people"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/upstream"
	"frontdesk/handlers/wire"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// Options are what a Server is made of. Store, State, Base and Grant must be given.
type Options struct {
	Store *store.Store
	State *state.Store
	Base  string // the FHIR base URL as clients know it, without a trailing slash
	// Grant is what the bearer token of a request allows (verify.Verifier.Grant), for the endpoints that are called
	// with one.
	Grant     func(*http.Request) (access.Grant, error)
	TokenLife time.Duration // of access tokens; default and most an hour
	// AuthorizeRate is how many requests to authorize one address may begin in a minute; 0: the constant of that name.
	AuthorizeRate int
	// Interact makes what asks people; default the pages of package pages.
	Interact func(*Server) Interaction
	Pages    signin.Options // for those: Shell, Home, Address, StaffSecond; the rest is set here
	// Upstream is another OpenID provider at which people can sign in; nil: only by password.
	Upstream *upstream.Config
	// Audit notes what was given and taken; nil: nobody does. Tokens and codes that it can't note aren't given out.
	Audit func(context.Context, audit.Event) error
	// Observer is told of the patients whom staff look for on our pages; nil: nobody is.
	Observer store.Observer
	HTTP     *http.Client // by which clients' keys are fetched; default a careful one
	Log      *slog.Logger // default slog.Default()
}

// Interaction is what people see of the authorization server: it serves every path below the issuer that isn't an
// endpoint, and is told by a redirect to /consent?request=ID of a request that waits for an answer. It answers by
// Server.Decide.
type Interaction interface {
	http.Handler
	// Fail shows an error to a person.
	Fail(http.ResponseWriter, *http.Request, error)
}

// Server is the authorization server. It answers below its issuer (AuthURL), and at Discovery.
type Server struct {
	Options
	issuer string
	path   string // of issuer
	oauth  *oauth.Provider
	people *people.People
	limit  *limiter // on requests to authorize
	faces  Interaction
	routes map[string]route
	cors   map[cross]middleware.CORS
}

// route is what one path answers.
type route struct {
	methods string // "GET POST"
	serve   http.HandlerFunc
	open    cross // which web pages may call it
}

// cross is which web pages of other origins may read an answer (X1, X2).
type cross uint8

const (
	ours       cross = iota // none
	registered              // those of registered apps
	anybody
)

// maxForm is more than any request here needs, in bytes.
const maxForm = 64 << 10

// wellKnown is where discovery is, below the FHIR base (SMART App Launch 2.2, conformance).
const wellKnown = "/.well-known/smart-configuration"

// AuthURL is the authorization server's URL and issuer: the FHIR base with "auth" for its last path segment.
func AuthURL(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base + "/auth"
	}
	u.Path = u.Path[:max(0, strings.LastIndexByte(u.Path, '/'))] + "/auth"
	return u.String()
}

// New makes a Server.
func New(o Options) (*Server, error) {
	base, err := url.Parse(o.Base)
	if err != nil || base.Host == "" || o.Store == nil || o.State == nil || o.Grant == nil {
		return nil, errors.New("an authorization server needs a store, its state, a grant, and an absolute base URL, as https://gp.example/fhir")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Observer == nil {
		o.Observer = store.Unobserved
	}
	s := &Server{Options: o, issuer: AuthURL(o.Base)}
	issuer, err := url.Parse(s.issuer)
	if err != nil {
		return nil, err
	}
	s.path = issuer.Path
	stands, err := standing.New(o.Store, o.State.Now)
	if err != nil {
		return nil, err
	}
	s.people = people.New(o.Store, stands, o.Observer)
	o.State.Offered = func(ctx context.Context, a state.Approval) (bool, error) {
		return stands.Offered(ctx, access.Identity{Person: a.Person}, a.Patient, a.Safer)
	}
	s.oauth = oauth.New(oauth.Options{Store: o.Store, State: o.State, Base: o.Base, Issuer: s.issuer, Style: s.issuer + stylePath,
		TokenLife: o.TokenLife, HTTP: o.HTTP})
	if s.limit, err = newLimiter(o.AuthorizeRate, o.Pages.Address, o.State.Now); err != nil {
		return nil, err
	}
	if o.Interact == nil {
		o.Interact = defaultPages
	}
	s.faces = o.Interact(s)
	s.routes = s.table(base.Path)
	s.cors = map[cross]middleware.CORS{
		registered: middleware.NewCORS(nil, o.State.Origin),
		anybody:    middleware.NewCORS(func(*http.Request) bool { return true }, nil),
	}
	return s, s.signInElsewhere()
}

// defaultPages are those of package pages.
func defaultPages(s *Server) Interaction {
	o := s.Pages
	o.Path, o.Secure, o.Flow, o.Accounts, o.People = s.path, strings.HasPrefix(s.issuer, "https:"), s, s.State, s.people
	o.Check, o.Issuer, o.Base = s.check, s.issuer, s.Base
	o.Now, o.Log, o.Audit, o.Seen = s.State.Now, s.Log, s.Audit, s.people.Seen
	if s.Upstream != nil {
		o.Upstream = &signin.Upstream{Name: s.Upstream.Name, URL: s.issuer + "/upstream"}
	}
	o.Sections = func(scopes string) []access.Section { return s.scopes(scopes).Sections(s.Store.Registry()) }
	return signin.New(o)
}

// signInElsewhere adds the way to another provider and back.
func (s *Server) signInElsewhere() error {
	if s.Upstream == nil {
		return nil
	}
	fresh := func(ctx context.Context, id string) bool {
		p, err := s.State.Pending(ctx, id)
		return err == nil && !signedInSince(p).IsZero()
	}
	u, err := upstream.New(upstream.Options{Config: *s.Upstream, State: s.State, URL: s.issuer, Fail: s.faces.Fail, Fresh: fresh, HTTP: s.HTTP})
	if err != nil {
		return err
	}
	for _, path := range []string{"/upstream", "/upstream/callback"} {
		s.routes[s.path+path] = route{"GET", u.ServeHTTP, ours}
	}
	return nil
}

// table is every endpoint there is; all else is for people.
func (s *Server) table(base string) map[string]route {
	const get, post = "GET HEAD", "POST"
	return map[string]route{
		base + wellKnown: {get, s.configuration, anybody},
		s.path + "/.well-known/openid-configuration": {get, s.openid, anybody},
		s.path + "/jwks":       {get, s.jwks, anybody},
		s.path + stylePath:     {get, s.style, anybody},
		s.path + "/authorize":  {get + " " + post, s.authorize, ours},
		s.path + "/token":      {post, s.token, registered},
		s.path + "/revoke":     {post, s.revoke, registered},
		s.path + "/introspect": {post, s.introspect, registered},
		s.path + "/userinfo":   {get + " " + post, s.userinfo, registered},
		s.path + "/launch":     {post, s.launch, registered},
	}
}

// Issuer is the authorization server's URL.
func (s *Server) Issuer() string { return s.issuer }

// Paths are those of every endpoint, and of every page for people.
func (s *Server) Paths() []string {
	paths := slices.Collect(maps.Keys(s.routes))
	if p, ok := s.faces.(interface{ Paths() []string }); ok {
		paths = append(paths, p.Paths()...)
	}
	return paths
}

// Below is the path of the issuer, below which every path is the Server's.
func (s *Server) Below() string { return s.path }

// People tells who may act for whom.
func (s *Server) People() *people.People { return s.people }

// SignIn are the pages by which people sign in; nil if others take their place (Options.Interact).
func (s *Server) SignIn() *signin.Pages {
	p, _ := s.faces.(*signin.Pages)
	return p
}

// Fail shows an error to a person.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) { s.faces.Fail(w, r, err) }

// Serves says whether a path is the Server's.
func (s *Server) Serves(path string) bool {
	_, ok := s.routes[path]
	return ok || path == s.path || strings.HasPrefix(path, s.path+"/")
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if h.Get("X-Request-Id") == "" {
		h.Set("X-Request-Id", wire.NewReference())
	}
	route, ok := s.routes[r.URL.Path]
	if !ok {
		s.faces.ServeHTTP(w, r)
		return
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s.cors[route.open].Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(" "+route.methods+" ", " "+r.Method+" ") {
			h.Set("Allow", strings.ReplaceAll(route.methods, " ", ", "))
			writeJSON(w, http.StatusMethodNotAllowed, oauthError{"invalid_request", "Use " + strings.ReplaceAll(route.methods, " ", ", ") + " here."})
			return
		}
		route.serve(w, r)
	})).ServeHTTP(w, r)
}

// scopes parses a list that is known to be good: what doesn't parse any more grants nothing.
func (s *Server) scopes(text string) access.Scopes {
	scopes, _ := access.ParseScopes(s.Store.Registry(), text, s.Store.SearchOptions())
	return scopes
}

// note tells the audit. If it can't be told, what is noted must not be done.
func (s *Server) note(w http.ResponseWriter, r *http.Request, e audit.Event) error {
	if s.Audit == nil {
		return nil
	}
	e.Request, e.Address = w.Header().Get("X-Request-Id"), r.RemoteAddr
	if s.Pages.Address != nil {
		e.Address = s.Pages.Address(r)
	}
	return s.Audit(r.Context(), e)
}
