package signin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// Options are what the pages are made with. Path, Flow, Accounts and People must be there.
type Options struct {
	// Shell is what all pages have in common; nil: one like that of a practice that has set nothing, with pages below
	// Path alone.
	Shell    *pages.Shell
	Path     string // where they are mounted: "/auth", without a slash at the end
	Secure   bool   // people reach them by https
	Flow     Flow
	Accounts Accounts
	People   People
	// Sections says what granted scopes amount to, for the list of apps.
	Sections func(scopes string) []access.Section
	// Seen is what an app looked at with an approval, newest first; nil: nothing is known.
	Seen func(ctx context.Context, approval state.Approval) ([]Seen, error)
	// Audit notes who signed in or out and whose access was taken away; nil: nobody does. What it can't note doesn't
	// happen.
	Audit    func(context.Context, audit.Event) error
	Upstream *Upstream // nil: passwords only
	// StaffSecond has staff take a second step when they sign in with a password. Others may set one up.
	StaffSecond bool
	// Check judges what an app would send (client_id, redirect_uri, scope, its time), for the self-check page; nil:
	// there is none. Issuer and Base are shown there.
	Check        func(ctx context.Context, client, redirect, scope, at string) ([]Finding, error)
	Issuer, Base string
	// Address is where the browser is, for the limit of attempts; nil: the connection's.
	Address func(*http.Request) string
	// Home is the path below the shell's root where somebody goes who has signed in and was nowhere before; "": to the
	// apps with access.
	Home string
	Now  func() time.Time
	Log  *slog.Logger
}

// Pages is an http.Handler for everything below Options.Path that a person looks at.
type Pages struct {
	Options
	routes map[string]route
}

// route is what a path answers, by method.
type route struct{ get, post http.HandlerFunc }

// maxForm is more than any form here needs, in bytes.
const maxForm = 64 << 10

// New makes the pages.
func New(o Options) *Pages {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Address == nil {
		o.Address = pages.Remote
	}
	if o.Shell == nil {
		o.Shell = pages.New(pages.Options{Root: strings.TrimSuffix(o.Path, "/auth"), Secure: o.Secure, Now: o.Now,
			Log: o.Log})
	}
	p := &Pages{Options: o}
	p.routes = map[string]route{
		"/sign-in":        {p.showSignIn, p.signIn},
		"/sign-out":       {p.signedIn(p.showSignOut), p.signedIn(p.signOut)},
		"/choose":         {p.asked(p.showRoles), nil},
		"/patient":        {p.asked(p.showPatientSearch), p.asked(p.findPatient)},
		"/consent":        {p.asked(p.showConsent), p.asked(p.decide)},
		"/manage":         {p.signedIn(p.showApps), nil},
		"/manage/revoke":  {nil, p.signedIn(p.revoke)},
		"/check":          {p.showCheck, nil},
		"/second":         {p.inSecond(false, p.showSecond), p.inSecond(false, p.passSecond)},
		"/set-up":         {p.inSecond(true, p.showSetUp), p.inSecond(true, p.confirmSecond)},
		"/set-up/key.png": {p.inSecond(true, p.showKey), nil},
		"/security":       {p.signedIn(p.showSecurity), p.signedIn(p.endSecond)},
	}
	for path, serve := range o.Shell.Assets() {
		p.routes[path] = route{get: serve}
	}
	return p
}

// Paths are those of every page.
func (p *Pages) Paths() []string {
	paths := []string{p.Path}
	for path, answer := range p.routes {
		if answer.post != nil || !strings.Contains(path, "/assets/") {
			paths = append(paths, p.Path+path)
		}
	}
	return paths
}

// ServeHTTP answers a request for a page. Every answer has the headers that keep others' pages from framing, reading or
// guessing it.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pages.Harden(w.Header(), "")
	pages.Reference(w)
	path := strings.TrimPrefix(r.URL.Path, p.Path)
	if path == "" || path == "/" {
		p.to(w, r, "/manage", nil)
		return
	}
	answer, known := p.routes[path]
	if !known {
		p.Fail(w, r, fhir.Errorf(fhir.NotFound, "", "There is nothing at this address. If you typed it, check that it is right."))
		return
	}
	switch {
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && answer.get != nil:
		answer.get(w, r)
	case r.Method == http.MethodPost && answer.post != nil:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			p.Fail(w, r, fhir.Errorf(fhir.Invalid, "", "The form did not arrive whole. Go back and try again."))
			return
		}
		answer.post(w, r)
	default:
		w.Header().Set("Allow", answer.allow())
		p.Fail(w, r, fhir.Errorf(fhir.NotAllowed, "", "This page can't be used that way. Go back and start again."))
	}
}

// allow lists the methods of a route (RFC 9110, 15.5.6).
func (a route) allow() string {
	switch {
	case a.post == nil:
		return "GET, HEAD"
	case a.get == nil:
		return "POST"
	}
	return "GET, HEAD, POST"
}
