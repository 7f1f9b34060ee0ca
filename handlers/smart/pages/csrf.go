package pages

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"

	"frontdesk/fhir"
)

// sameSite refuses a form that another site sent. Browsers that don't say (Sec-Fetch-Site) are left to the token. The Origin header is
// no use here: under Referrer-Policy no-referrer a browser sends "null" (Fetch, 3.2).
func sameSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "" || site == "same-origin" || site == "none"
}

// genuine says that a form came from a page of ours that this browser was shown: it sends the token back.
func genuine(r *http.Request, token string) bool {
	return sameSite(r) && token != "" && subtle.ConstantTimeCompare([]byte(r.PostFormValue("csrf")), []byte(token)) == 1
}

// forged is the answer to a form that is not genuine. Most often it was left open until the session was over.
func forged() error {
	return fhir.Errorf(fhir.Forbidden, "",
		"We could not be sure that this form came from you, so nothing was changed. This can happen when a page was open for a long time. Go back, reload the page and try again.")
}

// formToken is the token of the sign-in form, which has no session yet: a cookie of this browser, made if there is none. It keeps others
// from signing a person in to an account of theirs (login CSRF).
func (p *Pages) formToken(w http.ResponseWriter, r *http.Request) string {
	token := p.cookies.get(r, formCookie)
	if token == "" {
		token = rand.Text()
		p.cookies.set(w, formCookie, token, 0)
	}
	return token
}
