package signin

import (
	"image/png"
	"net/http"
	"strings"

	"frontdesk/fhir"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/smart/state"
	"frontdesk/store/audit"
)

// needsSecond says that somebody who has given the password has to take a second step: who has set one up, and staff
// where the practice asks for it.
func (p *Pages) needsSecond(a state.Account) bool {
	return a.Second != nil || p.StaffSecond && a.Staff()
}

// half goes on to the second step. What was given so far opens nothing.
func (p *Pages) half(w http.ResponseWriter, r *http.Request, account state.Account) {
	cookie, _, err := p.Accounts.SignInHalf(r.Context(), account, r.FormValue("request"))
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.Shell.Cookies.Set(w, halfCookie, cookie, int(state.HalfLife.Seconds()))
	p.to(w, r, "/second", keep(r, "request"))
}

// halfway is the person who has given the password in this browser and has yet to take the second step; nil if there is
// none.
func (p *Pages) halfway(r *http.Request) (*visitor, error) {
	v := visitor{Visitor: pages.Visitor{Cookie: p.Shell.Cookies.Get(r, halfCookie)}, half: true}
	if v.Cookie == "" {
		return nil, nil
	}
	var err error
	if v.Session, err = p.Accounts.Half(r.Context(), v.Cookie); err == nil {
		v.Account, err = p.Accounts.Account(r.Context(), v.Session.Account)
	}
	v.Account.Safer = v.Session.Safer
	switch kind := fhir.KindOf(err); {
	case err != nil && kind != fhir.NotFound:
		return nil, err
	case err != nil || v.Account.Suspended || v.Account.Subject != v.Session.Subject ||
		v.Account.Generation != v.Session.Generation:
		return nil, nil
	}
	return &v, nil
}

// inSecond lets through who is halfway, and with orIn who is signed in too.
func (p *Pages) inSecond(orIn bool, next func(http.ResponseWriter, *http.Request, *visitor)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := p.halfway(r)
		if err == nil && v == nil && orIn {
			v, err = p.visitor(r)
		}
		switch {
		case err != nil:
			p.Fail(w, r, err)
		case v == nil:
			p.to(w, r, "/sign-in", keep(r, "request"))
		case r.Method == http.MethodPost && !pages.Genuine(r, v.Session.CSRF):
			p.Fail(w, r, pages.Forged())
		default:
			next(w, r, v)
		}
	}
}

// showSecond asks for a code, of who has set that up.
func (p *Pages) showSecond(w http.ResponseWriter, r *http.Request, v *visitor) {
	if v.Account.Second == nil {
		p.to(w, r, "/set-up", keep(r, "request"))
		return
	}
	p.askCode(w, r, v, nil)
}

func (p *Pages) askCode(w http.ResponseWriter, r *http.Request, v *visitor, faults []fault) {
	shown := view{Title: "Enter your code", CSRF: v.Session.CSRF, Request: r.FormValue("request"), Faults: faults}
	p.show(w, r, http.StatusOK, "second", shown)
}

// passSecond takes the second step: only then is the person signed in.
func (p *Pages) passSecond(w http.ResponseWriter, r *http.Request, v *visitor) {
	code := r.PostFormValue("code")
	if strings.TrimSpace(code) == "" {
		p.askCode(w, r, v, []fault{{Field: "code", Text: "Enter the code that your app shows"}})
		return
	}
	if err := p.Accounts.PassSecond(r.Context(), v.Account.Name, code); err != nil {
		p.refuseCode(w, r, v, err, p.askCode)
		return
	}
	if err := p.finish(w, r, v); err != nil {
		p.Fail(w, r, err)
		return
	}
	p.onward(w, r)
}

// finish makes of somebody who is halfway one who is signed in.
func (p *Pages) finish(w http.ResponseWriter, r *http.Request, v *visitor) error {
	if err := p.Accounts.SignOut(r.Context(), v.Cookie); err != nil {
		return err
	}
	p.Shell.Cookies.Set(w, halfCookie, "", -1)
	request := r.FormValue("request")
	if !v.Session.For(request) { // the password was given before the app asked
		request = ""
	}
	return p.begin(w, r, v.Account, request, state.ByPassword, state.ByCode, state.ByTwo)
}

// refuseCode tells that a code was refused, and notes it.
func (p *Pages) refuseCode(w http.ResponseWriter, r *http.Request, v *visitor, refusal error, again func(http.ResponseWriter, *http.Request, *visitor, []fault)) {
	status := http.StatusUnauthorized
	switch fhir.KindOf(refusal) {
	case fhir.Throttled:
		status, refusal = http.StatusTooManyRequests, tooMany(refusal)
	case fhir.Unauthenticated:
	default:
		p.Fail(w, r, refusal)
		return
	}
	switch err := p.note(w, r, audit.Login, identity(v.Account), status); {
	case err != nil:
		p.Fail(w, r, err)
	case status == http.StatusTooManyRequests:
		p.Fail(w, r, refusal)
	default:
		again(w, r, v,
			[]fault{{Field: "code",
				Text: "That code is not right, or was used before. Wait for the next one and enter that."}})
	}
}

// setUp is what the page shows by which a second step is set up.
type setUp struct {
	Secret string // in groups of four, for who can't scan
	Must   bool   // the practice asks for it: staff can't go on without
}

// showSetUp offers a key for an app that makes codes.
func (p *Pages) showSetUp(w http.ResponseWriter, r *http.Request, v *visitor) {
	switch {
	case v.Account.Second != nil && v.half:
		p.to(w, r, "/second", keep(r, "request"))
	case v.Account.Second != nil:
		p.to(w, r, "/security", nil)
	default:
		p.offerSecond(w, r, v, nil)
	}
}

func (p *Pages) offerSecond(w http.ResponseWriter, r *http.Request, v *visitor, faults []fault) {
	key, err := p.Accounts.OfferSecond(r.Context(), v.Session, p.Shell.Brand.Name)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	shown := view{Title: "Set up codes for signing in", Account: v.Name, CSRF: v.Session.CSRF,
		Request: r.FormValue("request"), Faults: faults,
		Data: setUp{Secret: inFours(key.Secret()), Must: v.half}}
	p.show(w, r, http.StatusOK, "set-up", shown)
}

// inFours parts a text into groups of four.
func inFours(text string) string {
	var groups []string
	for ; len(text) > 4; text = text[4:] {
		groups = append(groups, text[:4])
	}
	return strings.Join(append(groups, text), " ")
}

// showKey is the key as a picture that a phone reads.
func (p *Pages) showKey(w http.ResponseWriter, r *http.Request, v *visitor) {
	if v.Account.Second != nil { // what is in use isn't shown again
		p.Fail(w, r, fhir.Errorf(fhir.NotFound, "", "There is nothing at this address."))
		return
	}
	key, err := p.Accounts.OfferSecond(r.Context(), v.Session, p.Shell.Brand.Name)
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	image, err := key.Image(240, 240)
	if err != nil {
		p.Fail(w, r, fhir.Fault("drawing a key", err))
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_ = png.Encode(w, image) // the browser may be gone
}

// recovery is what the page shows that has the codes for when the phone is lost.
type recovery struct {
	Codes  []string
	Onward bool // the person is on the way in
}

// confirmSecond sets the second step up when the app gives the right code, and shows the codes for when the app is
// lost: this once.
func (p *Pages) confirmSecond(w http.ResponseWriter, r *http.Request, v *visitor) {
	codes, err := p.Accounts.ConfirmSecond(r.Context(), v.Session, r.PostFormValue("code"))
	switch kind := fhir.KindOf(err); {
	case err != nil && kind == fhir.NotFound:
		p.to(w, r, "/set-up", keep(r, "request"))
		return
	case err != nil:
		p.refuseCode(w, r, v, err, p.offerSecond)
		return
	}
	err = p.noteWhy(w, r, audit.Administration, identity(v.Account), "a second step at sign-in was set up")
	if err == nil && v.half {
		err = p.finish(w, r, v)
	}
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, "codes", view{Title: "Write these codes down", Account: v.Name,
		Request: r.FormValue("request"), Data: recovery{codes, v.half}})
}

// security is what the page on signing in shows.
type security struct {
	On, Must bool
	Left     int // codes for when the app is lost
}

// showSecurity says how one signs in.
func (p *Pages) showSecurity(w http.ResponseWriter, r *http.Request, v *visitor) {
	p.tellSecurity(w, r, v, nil)
}

func (p *Pages) tellSecurity(w http.ResponseWriter, r *http.Request, v *visitor, faults []fault) {
	data := security{On: v.Account.Second != nil, Must: p.StaffSecond && v.Account.Staff()}
	if data.On {
		data.Left = len(v.Account.Second.Recovery)
	}
	shown := v.form("How you sign in", nil, data)
	shown.Faults = faults
	p.show(w, r, http.StatusOK, "security", shown)
}

// endSecond ends the second step, for who can take it and needn't have it.
func (p *Pages) endSecond(w http.ResponseWriter, r *http.Request, v *visitor) {
	if p.StaffSecond && v.Account.Staff() {
		p.Fail(w, r, fhir.Errorf(fhir.Forbidden, "", "Staff sign in with a code here. If you have lost your phone, ask whoever keeps the accounts."))
		return
	}
	if err := p.Accounts.PassSecond(r.Context(), v.Account.Name, r.PostFormValue("code")); err != nil {
		p.refuseCode(w, r, v, err, p.tellSecurity)
		return
	}
	err := p.noteWhy(w, r, audit.Administration, identity(v.Account), "the second step at sign-in was taken away")
	if err == nil {
		err = p.Accounts.RemoveSecond(r.Context(), v.Account.Name)
	}
	if err != nil {
		p.Fail(w, r, err)
		return
	}
	p.to(w, r, "/security", nil)
}
