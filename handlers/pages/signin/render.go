package signin

import (
	"crypto/rand"
	"embed"
	"net/http"

	"frontdesk/handlers/pages"
)

//go:embed templates
var files embed.FS

// set is the pages of this package.
var set = pages.MustParse(files)

// view is what a template is given, and fault something in a form to be put right.
type (
	view  = pages.View
	fault = pages.Fault
)

// The cookies that these pages keep beside the session's.
const (
	formCookie    = "frontdesk-form"
	halfCookie    = "frontdesk-half"
	ticksCookie   = "frontdesk-ticks"
	browserCookie = "frontdesk-browser"
)

// show answers with a page.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	p.Shell.Show(w, r, status, set, name, v)
}

// Fail answers with an error page.
func (p *Pages) Fail(w http.ResponseWriter, r *http.Request, err error) { p.Shell.Fail(w, r, err) }

// form is the view of a page of a signed-in person.
func (v *visitor) form(title string, asked *Asked, data any) view {
	shown := view{Title: title, Account: v.Name, CSRF: v.Session.CSRF, Data: data}
	if asked != nil {
		shown.Request = asked.ID
	}
	return shown
}

// formToken is the token of the sign-in form, which has no session yet: a cookie of this browser, made if there is
// none. It keeps others from signing a person in to an account of theirs (login CSRF).
func (p *Pages) formToken(w http.ResponseWriter, r *http.Request) string {
	token := p.Shell.Cookies.Get(r, formCookie)
	if token == "" {
		token = rand.Text()
		p.Shell.Cookies.Set(w, formCookie, token, 0)
	}
	return token
}
