package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/browse"
	"frontdesk/handlers/pages/desk"
	"frontdesk/handlers/pages/record"
	"frontdesk/handlers/pages/signin"
	"frontdesk/handlers/pages/welcome"
	"frontdesk/handlers/smart"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// newShell is what all pages have in common, by the settings.
func (s *server) newShell(zone *time.Location) *pages.Shell {
	auth, err := url.Parse(smart.AuthURL(s.settings.base()))
	if err != nil {
		auth = &url.URL{Path: "/auth"}
	}
	brand, _ := s.settings.brand() // Validate has looked at it
	return pages.New(pages.Options{
		Root: strings.TrimSuffix(auth.Path, "/auth"), Secure: auth.Scheme == "https",
		Brand: brand, Zone: zone, Log: s.log,
	})
}

// newSite is all pages but those of the authorization server, and what shows the API's answers. ready says why requests
// can't be answered, and api is what the pages of staff call and the statement is told by.
func (s *server) newSite(
	ready func(context.Context) error, api func() *handlers.Server,
) (*pages.Site, *browse.Viewer) {
	base := s.settings.base()
	path := ""
	if u, err := url.Parse(base); err == nil && u.Path == "" { // there the API has the root for itself
		path = "/welcome"
	}
	begin := welcome.Options{Path: path, Base: base, Version: versionText(), Ready: ready, Leave: s.settings.Leave}
	o := pages.SiteOptions{Store: s.store, Timeout: s.settings.Timeout}
	if g := s.guard; g != nil {
		begin.Auth, begin.SignOut = g.Issuer(), g.SignIn().End
		begin.People, begin.SignIn, begin.Names = s.people, g.SignIn().Begin, g.People()
		o.State, o.Names, o.Roles, o.Grant = g.state, g.People(), signin.Roles(g.People()), g.verifier.Person
		address := s.settings.proxies().Client
		o.Observer = func(r *http.Request, reference string) store.Observer {
			return handlers.Observing{Observer: g.audit, Address: address(r), Reference: reference}
		}
		call := func(ctx context.Context, session *store.Session, method, name string, on fhir.Key, with *fhir.Resource) (
			[]byte, error) {
			return api().Call(ctx, session, method, name, on, with)
		}
		o.Parts = append(o.Parts, record.Part(), desk.Part(desk.Options{Call: call, Look: s.look}))
	}
	viewer := browse.New(base)
	o.Parts = append(o.Parts, welcome.Part(begin), viewer.Part(s.store.Registry,
		func() ([]byte, error) { return api().Statement() }))
	site := pages.NewSite(s.shell, o)
	return site, viewer.Within(site)
}

// look finds what was done under a support reference, as "frontdesk support" does (P13).
func (s *server) look(ctx context.Context, reference string) (all []desk.Happened, err error) {
	found, err := audit.Look(ctx, s.store, reference)
	for _, trace := range found {
		all = append(all, desk.Happened(trace))
	}
	return all, err
}
