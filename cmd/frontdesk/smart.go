package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/handlers/capability"
	"frontdesk/handlers/middleware"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/smart"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/smart/upstream"
	"frontdesk/handlers/smart/verify"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// guard is what keeps strangers out: the authorization server, the verifier of its tokens and the audit trail.
type guard struct {
	*smart.Server
	verifier *verify.Verifier
	state    *state.Store
	audit    *audit.Recorder

	throttled atomic.Int64 // sign-ins that were told to wait
}

// state is what SMART remembers, with its settings.
func (s *server) newState() *state.Store {
	st := state.New(s.store, time.Now)
	st.SessionLife, st.SessionIdle = s.settings.SessionLife, s.settings.SessionIdle
	return st
}

// guard puts the parts together. Whoever gets one closes its audit.
func (s *server) newGuard(ctx context.Context, zone *time.Location) (*guard, error) {
	base, g := s.settings.base(), &guard{state: s.newState()}
	if _, err := g.state.SigningKey(ctx); err != nil { // the first start makes it
		return nil, err
	}
	trusted := verify.Options{Store: s.store, State: g.state, Base: base, Issuer: smart.AuthURL(base), HTTP: s.client()}
	var err error
	if s.settings.Issuers != "" {
		if trusted.Issuers, err = verify.LoadIssuers(s.settings.Issuers, base); err != nil {
			return nil, err
		}
	}
	if g.verifier, err = verify.New(trusted); err != nil {
		return nil, err
	}
	o := smart.Options{Store: s.store, State: g.state, Base: base, Grant: g.verifier.Grant,
		TokenLife:     s.settings.TokenLife,
		AuthorizeRate: s.settings.AuthorizeRate, Log: s.log, HTTP: s.client(),
		Pages: signin.Options{Shell: s.shell, Home: "/home", Address: s.settings.proxies().Client,
			StaffSecond: s.settings.StaffMFA == "on"}}
	if s.settings.Upstream != "" {
		elsewhere, err := upstream.Load(s.settings.Upstream)
		if err != nil {
			return nil, err
		}
		o.Upstream = &elsewhere
	}
	g.audit = audit.New(audit.Options{Store: s.store, Base: base, Log: s.log})
	o.Observer = g.audit
	o.Audit = g.counted(s.metrics, g.audit.Record)
	g.Server, err = smart.New(o)
	return g, err
}

// client is by which others' keys and sign-in pages are asked; nil, by which each part takes a careful one of its
// own, if no spans are made.
func (s *server) client() *http.Client {
	if s.settings.traces == nil {
		return nil
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: middleware.Outgoing(s.settings.traces, nil)}
}

// anyone is who asks without a token where none is needed.
var anyone = access.Anyone("anyone")

// protect has the FHIR API ask for tokens, and tell of what is done. With open, requests without a token may do
// everything, and are not recorded: there is nobody to name.
func (g *guard) protect(o *handlers.Options, open bool) {
	o.Observer, o.Origin, o.Grant = g.audit, g.state.Origin, g.verifier.Grant
	o.Security = &capability.Security{Authorize: g.Issuer() + "/authorize", Token: g.Issuer() + "/token", Revoke: g.Issuer() + "/revoke",
		Introspect: g.Issuer() + "/introspect", Manage: g.Issuer() + "/manage", CORS: true}
	if open {
		o.Grant = func(r *http.Request) (access.Grant, error) {
			if r.Header.Get("Authorization") == "" {
				return anyone, nil
			}
			return g.verifier.Grant(r)
		}
		o.Observer = identified{g.audit}
	}
}

// identified tells of those who ask with a token.
type identified struct{ store.Observer }

// Observe leaves out what anyone does.
func (i identified) Observe(ctx context.Context, a *store.Access) error {
	if a.By == anyone.Identity() {
		return nil
	}
	return i.Observer.Observe(ctx, a)
}

// ready says why requests can't be answered, nil if they can.
func (g *guard) ready() error {
	if g == nil {
		return nil
	}
	return g.audit.Ready()
}

// close commits what the audit has recorded.
func (g *guard) close(ctx context.Context) error {
	if g == nil || g.audit == nil {
		return nil
	}
	return g.audit.Close(ctx)
}
