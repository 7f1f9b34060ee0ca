package verify

import (
	"net/http"
	"strings"

	"frontdesk/fhir"
)

// refused is fhir.Unauthenticated for a token that isn't good (RFC 6750 3.1, invalid_token). cause is for the log.
func refused(cause error, text string) *fhir.Error {
	e := fhir.Errorf(fhir.Unauthenticated, "", "%s", text)
	e.Challenge, e.Err = "invalid_token", cause
	return e
}

// errRevoked is the one answer for a token whose approval is gone, whose client is gone, whose person is suspended or
// was never offered this: nobody can tell from it which (P8).
func errRevoked() *fhir.Error {
	return refused(nil, "This access token is no longer good. Sign in again to get a new one.")
}

// bearer is the token of a request. It is taken from the Authorization header and nowhere else: URLs end up in logs
// (RFC 6750 5.3).
func bearer(r *http.Request) (string, error) {
	lines := r.Header["Authorization"]
	if len(lines) > 1 {
		e := fhir.Errorf(fhir.Invalid, "", "The request has more than one Authorization header. Send one: Authorization: Bearer, a space, and the access token.")
		return "", e
	}
	if len(lines) == 1 {
		scheme, token, _ := strings.Cut(lines[0], " ")
		if token = strings.Trim(token, " "); strings.EqualFold(scheme, "Bearer") && token != "" {
			return token, nil
		}
	}
	return "", fhir.Errorf(fhir.Unauthenticated, "",
		"This needs an access token. Send it in the header Authorization: Bearer, a space, and the token; .well-known/smart-configuration tells how to get one.")
}
