package pages

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// errSignIn says that the browser was sent to the sign-in page.
var errSignIn = errors.New("the person must sign in")

// enter finds out who makes a visit and in which role, and opens the record as that person may see it.
func (v *Visit) enter() error {
	s := v.site
	if s.State == nil {
		return nil
	}
	visitor, ended, err := s.Visitor(v.Request, s.State, s.Names)
	if err != nil {
		return err
	}
	v.Visitor = visitor
	if v.route.For == Everyone {
		return nil
	}
	if visitor == nil {
		v.signIn(ended)
		return errSignIn
	}
	if v.Request.Method == http.MethodPost && !Genuine(v.Request, v.Visitor.Session.CSRF) {
		return Forged()
	}
	if err := v.takeRole(); err != nil {
		return err
	}
	if v.route.For != SignedIn && !v.Role.Is(v.route.For) {
		return fhir.Errorf(fhir.Forbidden, "", "%s", v.T("error.audience"))
	}
	if v.Request.Method == http.MethodPost && v.Value("as") != v.Role.Key() {
		return fhir.Errorf(fhir.Conflict, "", "%s", v.T("error.switched", cmp.Or(v.Role.Name, v.Name)))
	}
	grant, err := s.Grant(v.Context(), v.Account, v.Role.As, v.Role.Patient)
	if fhir.KindOf(err) == fhir.Unauthenticated && err != nil {
		return v.noUse()
	} else if err != nil {
		return err
	}
	v.Session = s.Store.As(grant, s.Observer(v.Request, Reference(v.w)))
	if open := v.route.Section; open != "" && !v.Opens(open) || v.route.Acts && !v.Manages(open) {
		return nowhere()
	}
	return nil
}

// takeRole finds the roles that the person has now, and the one that was chosen; else the first in which it is for
// herself.
func (v *Visit) takeRole() (err error) {
	if v.Roles, err = v.site.Roles(v.Context(), v.Account); err != nil {
		return err
	}
	if len(v.Roles) == 0 {
		return v.noUse()
	}
	for i := range v.Roles {
		var duties []string
		if r := &v.Roles[i]; v.site.Duties != nil {
			if duties, err = v.site.Duties(v.Context(), r.As); err != nil {
				return err
			}
		}
		v.Roles[i].homes = homesOf(v.Roles[i].As, duties)
	}
	chosen := v.Visitor.Session.As
	at := slices.IndexFunc(v.Roles, func(r Role) bool { return r.Key() == chosen })
	if at < 0 {
		at = max(0, slices.IndexFunc(v.Roles, func(r Role) bool { return r.As == v.Account.Person }))
	}
	v.Role = v.Roles[at]
	return nil
}

// noUse is the error for who is offered nothing here: alike for who never was and who isn't any more (P8).
func (v *Visit) noUse() error { return fhir.Errorf(fhir.Forbidden, "", "%s", v.T("error.nouse")) }

// Act has the person be here in another of the roles that he or she has, by its Key.
func (v *Visit) Act(key string) (Role, error) {
	at := slices.IndexFunc(v.Roles, func(r Role) bool { return r.Key() == key })
	if at < 0 {
		return Role{}, v.noUse()
	}
	return v.Roles[at], v.site.State.ActAs(v.Context(), v.Cookie, key)
}

// Look is a visit to something that isn't a page of a Part, to be shown in the site's frame: whoever is signed in has
// the header and the navigation, and nobody is asked to.
func (s *Site) Look(w http.ResponseWriter, r *http.Request) *Visit {
	v := &Visit{Request: r, site: s, part: &Part{}, route: &Route{For: Everyone}, w: w}
	if v.enter() != nil || v.Visitor == nil || v.takeRole() != nil {
		v.Role = Role{}
	}
	return v
}

// Present answers a Look with a page of a Set.
func (s *Site) Present(v *Visit, set Set, a *Answer) {
	Harden(v.w.Header(), "")
	v.part = &Part{Set: set}
	s.answer(v, a)
}

// Looks is what the person who is signed in in a browser may see, as on the pages; fhir.Unauthenticated if nobody is.
func (s *Site) Looks(r *http.Request) (access.Grant, error) {
	nobody := fhir.Errorf(fhir.Unauthenticated, "", "Nobody is signed in.")
	if s.State == nil {
		return access.Grant{}, nobody
	}
	v := &Visit{Request: r, site: s, route: &Route{For: Everyone}}
	if err := v.enter(); err != nil {
		return access.Grant{}, err
	}
	if v.Visitor == nil {
		return access.Grant{}, nobody
	}
	if err := v.takeRole(); fhir.KindOf(err) == fhir.Forbidden && err != nil {
		return access.Grant{}, nobody
	} else if err != nil {
		return access.Grant{}, err
	}
	return s.Grant(r.Context(), v.Account, v.Role.As, v.Role.Patient)
}

// Remember keeps where somebody is who has to sign in first.
func (v *Visit) Remember() {
	if to := v.Request.URL.RequestURI(); len(to) < 1000 {
		v.site.Cookies.Set(v.w, returnCookie, url.QueryEscape(to), returnKept)
	}
}

// returnKept is how long it is kept in a browser where somebody was, in seconds.
const returnKept = 3600

// signIn sends the browser to the sign-in page, which says that a session ended, and keeps where the person was. What
// a form held is lost: its page is shown again.
func (v *Visit) signIn(ended bool) {
	s, to := v.site, v.Request.URL.RequestURI()
	if v.route.Get == nil {
		to = ""
	} else if v.Request.Method == http.MethodPost {
		to = v.Request.URL.Path
	}
	if len(to) < 1000 && to != "" {
		s.Cookies.Set(v.w, returnCookie, url.QueryEscape(to), returnKept)
	}
	query := ""
	if ended {
		query = "?ended=yes"
	}
	http.Redirect(v.w, v.Request, s.Auth()+"/sign-in"+query, http.StatusSeeOther)
}

// Return is where somebody was who had to sign in, once: a path, or "" if that isn't known. It is one below the root,
// whatever the cookie says.
func (s *Shell) Return(w http.ResponseWriter, r *http.Request) string {
	value := s.Cookies.Get(r, returnCookie)
	if value == "" {
		return ""
	}
	s.Cookies.Set(w, returnCookie, "", -1)
	path, err := url.QueryUnescape(value)
	if err != nil {
		return ""
	}
	to, err := url.Parse(path)
	if err != nil || to.Scheme != "" || to.Host != "" || to.Opaque != "" || strings.ContainsAny(path, "\\\r\n\t") ||
		!strings.HasPrefix(path, s.Root+"/") || strings.HasPrefix(path, "//") {
		return ""
	}
	return path
}
