package pages

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/text"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// SiteOptions are what a Site is made with. Without State nobody can sign in, and there are pages for Everyone alone;
// with it all but Duties must be there.
type SiteOptions struct {
	State *state.Store
	Names Names
	// Roles are those in which an account may be here now.
	Roles func(context.Context, state.Account) ([]Role, error)
	// Duties are the codes of the roles that a member of staff, a reference as "Practitioner/2", has now
	// (PractitionerRole.code).
	Duties func(ctx context.Context, person string) ([]string, error)
	// Grant is what an account may do in a role, the same as by a token.
	Grant func(ctx context.Context, account state.Account, as, patient string) (access.Grant, error)
	Store *store.Store
	// Observer is told of what is done by a request, which has a support reference.
	Observer func(r *http.Request, reference string) store.Observer
	Parts    []Part
	Timeout  time.Duration // in which a page must be made; default 30 seconds
}

// Site is an http.Handler for all pages of its Parts.
type Site struct {
	*Shell
	SiteOptions
	mux    *http.ServeMux
	routes []Route
	forms  state.Kind[string] // where a form led that was sent before
}

// NewSite makes a Site within a Shell.
func NewSite(s *Shell, o SiteOptions) *Site {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	site := &Site{Shell: s, SiteOptions: o, mux: http.NewServeMux()}
	if o.State != nil {
		site.forms = state.NewKind[string](o.State, "form", "form that was sent")
	}
	for path, serve := range s.Assets() {
		site.mux.HandleFunc(path, serve)
		site.routes = append(site.routes, Route{Path: strings.TrimPrefix(path, s.Root)})
	}
	for i := range o.Parts {
		part := &o.Parts[i]
		for j := range part.Routes {
			route := &part.Routes[j]
			site.routes = append(site.routes, *route)
			site.mux.HandleFunc(s.Root+route.Path, func(w http.ResponseWriter, r *http.Request) {
				site.serve(&Visit{Request: r, site: site, part: part, route: route, w: w})
			})
		}
	}
	return site
}

// Paths are those that are one page each.
func (s *Site) Paths() (paths []string) {
	for _, route := range s.routes {
		if path := strings.TrimSuffix(route.Path, "{$}"); !strings.Contains(path, "{") {
			paths = append(paths, s.Root+path)
		}
	}
	return paths
}

// Route is the pattern of the page that a request is for, "" if there is none.
func (s *Site) Route(r *http.Request) string {
	_, pattern := s.mux.Handler(r)
	return pattern
}

// Below are the paths below which every other is the Site's too.
func (s *Site) Below() (folders []string) {
	for _, route := range s.routes {
		first, _, _ := strings.Cut(strings.TrimPrefix(route.Path, "/"), "/")
		if folder := s.Root + "/" + first; first != "" && first != "{$}" && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// ServeHTTP answers a request for a page.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Route(r) == "" {
		Harden(w.Header(), "")
		s.Fail(w, r, nowhere())
		return
	}
	s.mux.ServeHTTP(w, r)
}

// nowhere is the error for an address at which there is no page.
func nowhere() error {
	said, _ := text.English().Say("error.nowhere")
	return fhir.Errorf(fhir.NotFound, "", "%s", said)
}

// maxForm is more than any form without files needs, in bytes.
const maxForm = 64 << 10

// serve answers a request for a page that there is.
func (s *Site) serve(v *Visit) {
	Harden(v.w.Header(), "")
	ctx, cancel := context.WithTimeout(v.Request.Context(), s.Timeout)
	defer cancel()
	v.Request = v.Request.WithContext(ctx)
	Reference(v.w)
	handle, err := v.handler()
	if err == nil {
		err = v.enter()
	}
	var answer *Answer
	if err == nil {
		answer, err = v.handle(handle)
	}
	switch {
	case errors.Is(err, errSignIn):
	case err != nil:
		s.failIn(v.w, v.Request, v.frame(), err)
	default:
		s.answer(v, answer)
	}
}

// handler is what answers the request's method. The form of a POST is read.
func (v *Visit) handler() (Handler, error) {
	switch {
	case (v.Request.Method == http.MethodGet || v.Request.Method == http.MethodHead) && v.route.Get != nil:
		return v.route.Get, nil
	case v.Request.Method == http.MethodPost && v.route.Post != nil:
		return v.route.Post, v.readForm()
	}
	v.w.Header().Set("Allow", v.route.allow())
	return nil, fhir.Errorf(fhir.NotAllowed, "", "%s", v.T("error.method"))
}

// readForm reads the form of a POST, which must come from a page of ours.
func (v *Visit) readForm() (err error) {
	if !SameOrigin(v.Request) {
		return Forged()
	}
	most := max(v.route.Most, maxForm)
	v.Request.Body = http.MaxBytesReader(v.w, v.Request.Body, most)
	if strings.HasPrefix(v.Request.Header.Get("Content-Type"), "multipart/form-data") && v.route.Most > 0 {
		err = v.Request.ParseMultipartForm(most)
	} else {
		err = v.Request.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fhir.Errorf(fhir.TooLarge, "", "%s", v.T("error.form.large", most>>10))
	case err != nil:
		return fhir.Errorf(fhir.Invalid, "", "%s", v.T("error.form.broken"))
	}
	return nil
}

// answer sends an Answer to the browser.
func (s *Site) answer(v *Visit, a *Answer) {
	h := v.w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	if a.cleared {
		s.Cookies.SignedOut(v.w)
		h.Set("Clear-Site-Data", `"cache"`)
	}
	switch {
	case a.to != "" && a.cleared:
		leave(v.w, a.to, v.T("layout.leaving"))
	case a.to != "":
		http.Redirect(v.w, v.Request, s.Root+a.to, http.StatusSeeOther)
	case a.file != nil:
		v.w.WriteHeader(a.status)
		_, _ = v.w.Write(a.file) // the browser may be gone
	default:
		frame := v.frame()
		frame.Title, frame.Data, frame.Faults, frame.Wide, frame.Scripts = a.view.Title, a.view.Data, a.view.Faults,
			a.view.Wide, a.view.Scripts
		s.Show(v.w, v.Request, a.status, v.part.Set, a.page, frame)
	}
}

// leave sends the browser to another site, by a page that says nothing of this one: a redirect would be one of the
// form's, which the policy of the page with the button lets lead to nowhere else (CSP level 3, 6.4.1).
func leave(w http.ResponseWriter, to, text string) {
	w.Header().Set("Refresh", "0; url="+to)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	to, text = html.EscapeString(to), html.EscapeString(text)
	fmt.Fprintf(w, `<!DOCTYPE html><html lang="en-GB"><title>%[2]s</title><p><a href="%[1]s">%[2]s</a></p></html>`,
		to, text)
}
