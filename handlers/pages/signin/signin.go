package signin

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// signInForm is what the sign-in page shows.
type signInForm struct {
	App          string // that the person comes from, "" if none
	Name         string // as typed before
	Upstream     string // another provider's name, "" if there is none
	UpstreamLink string
	Ended        bool // a session that there was is over
}

// showSignIn asks for name and password, or sends on who is signed in already.
func (p *Pages) showSignIn(w http.ResponseWriter, r *http.Request) {
	asked, err := p.waiting(r)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	v, err := p.visitor(r)
	switch {
	case err != nil:
		p.Fail(w, r, err)
	case v != nil && (asked == nil || v.Session.Does(asked.ID, asked.SignedInSince)):
		p.onward(w, r)
	default:
		p.askWhoItIs(w, r, asked, nil)
	}
}

// waiting is the app's request that signing in is for, nil if none.
func (p *Pages) waiting(r *http.Request) (*Asked, error) {
	id := r.FormValue("request")
	if id == "" {
		return nil, nil
	}
	return p.Flow.Asked(r.Context(), id)
}

// signIn begins a new session, and never takes up an old one, so that nobody can know its cookie beforehand (session
// fixation).
func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	asked, err := p.waiting(r)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	if !pages.Genuine(r, p.Shell.Cookies.Get(r, formCookie)) {
		p.Fail(w, r, pages.Forged())
		return
	}
	name, password := typedName(r), r.PostFormValue("password")
	if faults := blank(name, password); faults != nil {
		p.askWhoItIs(w, r, asked, faults)
		return
	}
	account, err := p.Accounts.Authenticate(r.Context(), name, password, state.From{Address: p.Address(r),
		Browser: p.Shell.Cookies.Get(r, browserCookie)})
	if err != nil {
		p.refuse(w, r, asked, name, err)
		return
	}
	if p.needsSecond(account) {
		p.half(w, r, account)
		return
	}
	if err := p.begin(w, r, account, r.FormValue("request"), state.ByPassword); err != nil {
		p.Fail(w, r, err)
		return
	}
	p.onward(w, r)
}

// Begin signs somebody in without a password: where the practice and all in it are made up.
func (p *Pages) Begin(w http.ResponseWriter, r *http.Request, name string) error {
	account, err := p.Accounts.Account(r.Context(), name)
	if err != nil {
		return err
	}
	return p.begin(w, r, account, "")
}

// begin begins the session of somebody who has taken every step, and makes the browser known. request is the app's
// that it is for, if any.
func (p *Pages) begin(
	w http.ResponseWriter, r *http.Request, account state.Account, request string, methods ...string,
) error {
	if err := p.note(w, r, audit.Login, identity(account), http.StatusOK); err != nil {
		return err
	}
	if old := p.Shell.Cookies.Session(r); old != "" {
		if err := p.Accounts.SignOut(r.Context(), old); err != nil {
			return err
		}
	}
	cookie, _, err := p.Accounts.SignInFor(r.Context(), account, request, methods...)
	if err != nil {
		return err
	}
	browser, err := p.Accounts.Recognise(r.Context(), account, p.Shell.Cookies.Get(r, browserCookie))
	if err != nil {
		return err
	}
	p.Shell.Cookies.Set(w, browserCookie, browser, int(state.BrowserLife.Seconds()))
	p.Shell.Cookies.SignedIn(w, cookie)
	p.Shell.Cookies.Set(w, formCookie, "", -1)
	return nil
}

// refuse tells that signing in failed, alike whether the account exists, is suspended, or the password is wrong. For
// the audit, who was meant is named only if there is such an account: people type passwords for names.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, asked *Asked, name string, refusal error) {
	status := http.StatusUnauthorized
	switch fhir.KindOf(refusal) {
	case fhir.Throttled:
		status = http.StatusTooManyRequests
	case fhir.Unauthenticated:
	default:
		p.Fail(w, r, refusal)
		return
	}
	meant, err := p.Accounts.Account(r.Context(), name)
	if err == nil || fhir.KindOf(err) == fhir.NotFound {
		err = p.note(w, r, audit.Login, identity(meant), status)
	}
	switch {
	case err != nil:
		p.Fail(w, r, err)
	case status == http.StatusTooManyRequests:
		p.Fail(w, r, tooMany(refusal))
	default:
		p.askWhoItIs(w, r, asked,
			[]fault{{Field: "name", Text: "That user name and password do not match. Check both and try again."}})
	}
}

// tooMany says how long to wait before the next try.
func tooMany(err error) error {
	wait := "a few minutes"
	e := fhir.Errorf(fhir.Throttled, "", "")
	var cause *fhir.Error
	if errors.As(err, &cause) && cause.RetryAfter > 0 {
		e.RetryAfter = cause.RetryAfter
		wait = inWords(cause.RetryAfter)
	}
	e.Issues[0].Text = fmt.Sprintf("There were too many tries to sign in. Wait %s, then try again. If you have forgotten your password, ask your practice.", wait)
	return e
}

// inWords is a span in seconds or minutes, rounded up so that it is not too short.
func inWords(span time.Duration) string {
	n, unit := int(math.Ceil(span.Seconds())), "second"
	if n >= 60 {
		n, unit = int(math.Ceil(span.Minutes())), "minute"
	}
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

// typedName is a user name without the spaces and capitals that phones add.
func typedName(r *http.Request) string {
	return strings.ToLower(strings.TrimSpace(r.PostFormValue("name")))
}

// blank names the fields that must be filled in.
func blank(name, password string) []fault {
	var faults []fault
	if name == "" {
		faults = append(faults, fault{Field: "name", Text: "Enter your user name"})
	}
	if password == "" {
		faults = append(faults, fault{Field: "password", Text: "Enter your password"})
	}
	return faults
}

// askWhoItIs shows the sign-in form.
func (p *Pages) askWhoItIs(w http.ResponseWriter, r *http.Request, asked *Asked, faults []fault) {
	form := signInForm{Name: typedName(r), Ended: r.FormValue("ended") != "" && r.Method != http.MethodPost}
	shown := view{Title: "Sign in", CSRF: p.formToken(w, r), Faults: faults}
	if asked != nil {
		form.App, shown.Request = asked.App, asked.ID
	}
	if p.Upstream != nil {
		form.Upstream, form.UpstreamLink = p.Upstream.Name, p.Upstream.URL
		if asked != nil {
			form.UpstreamLink += "?" + url.Values{"request": {asked.ID}}.Encode()
		}
	}
	shown.Data, shown.Scripts = form, []string{"show.js"}
	p.show(w, r, http.StatusOK, "sign-in", shown)
}

// onward is where people go who are signed in: back to the app's request, to where they were, or where they belong.
func (p *Pages) onward(w http.ResponseWriter, r *http.Request) {
	if request := keep(r, "request"); len(request) > 0 {
		p.to(w, r, "/consent", request)
		return
	}
	if to := p.Shell.Return(w, r); to != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	if p.Home == "" {
		p.to(w, r, "/manage", nil)
		return
	}
	http.Redirect(w, r, p.Shell.Root+p.Home, http.StatusSeeOther)
}

// showSignOut has the button that signs out: a mere link must not.
func (p *Pages) showSignOut(w http.ResponseWriter, r *http.Request, v *visitor) {
	shown := v.form("Sign out", nil, nil)
	shown.Request = r.FormValue("request")
	p.show(w, r, http.StatusOK, "sign-out", shown)
}

// signOut ends the session, and with it what apps have only while it lasts (online_access).
func (p *Pages) signOut(w http.ResponseWriter, r *http.Request, v *visitor) {
	if err := p.End(w, r, v.Visitor); err != nil {
		p.Fail(w, r, err)
		return
	}
	p.to(w, r, "/sign-in", keep(r, "request"))
}

// End ends somebody's session.
func (p *Pages) End(w http.ResponseWriter, r *http.Request, v pages.Visitor) error {
	err := p.note(w, r, audit.Logout, identity(v.Account), http.StatusOK)
	if err == nil {
		err = p.Accounts.SignOut(r.Context(), v.Cookie)
	}
	if err == nil {
		p.Shell.Cookies.SignedOut(w)
	}
	return err
}
