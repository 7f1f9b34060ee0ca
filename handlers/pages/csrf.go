package pages

import (
	"crypto/subtle"
	"net/http"

	"frontdesk/fhir"
)

// SameOrigin says that a request comes from one of our own pages, as far as the browser tells.
func SameOrigin(r *http.Request) bool { return http.NewCrossOriginProtection().Check(r) == nil }

// Genuine says that a form came from a page of ours that this browser was shown: it sends the token back.
func Genuine(r *http.Request, token string) bool {
	return SameOrigin(r) && token != "" && subtle.ConstantTimeCompare([]byte(r.PostFormValue("csrf")),
		[]byte(token)) == 1
}

// Forged is the answer to a form that is not genuine. Most often it was left open until the session was over.
func Forged() error {
	return fhir.Errorf(fhir.Forbidden, "",
		"We could not be sure that this form came from you, so nothing was changed. "+
			"This can happen when a page was open for a long time. Go back, reload the page and try again.")
}
