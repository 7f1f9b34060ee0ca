package oauth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/ory/fosite"

	"frontdesk/fhir"
)

// Fail answers an endpoint that apps call with an OAuth error (RFC 6749 5.2; T3, T4).
func (p *Provider) Fail(w http.ResponseWriter, r *http.Request, err error) {
	var e *fhir.Error
	if errors.As(err, &e) && (e.Kind == fhir.Throttled || e.Kind == fhir.Unavailable || e.Kind == fhir.TimedOut) {
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds()+1)))
		}
		err = fosite.ErrTemporarilyUnavailable.WithHint(ascii(e.Issues[0].Text)).WithWrap(err)
	}
	if errors.Is(err, fosite.ErrInvalidClient) && r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+p.o.Issuer+`"`) // RFC 6749 5.2
	}
	p.fosite.WriteAccessError(r.Context(), w, nil, plain(err))
}

// plain is an error that says what to do, and not before it what every error of its code means: whoever reads
// error_description has the code.
func plain(err error) *fosite.RFC6749Error {
	e := fosite.ErrorToRFC6749Error(err)
	e.GetDescription() // finds the hint
	if e.HintField == "" {
		return e
	}
	return e.WithDescription(ascii(e.HintField)).WithHint("")
}

// Fault says whether an error is ours: then the log has to have it.
func Fault(err error) bool {
	code := fosite.ErrorToRFC6749Error(err).CodeField
	return code >= http.StatusInternalServerError && !errors.Is(err, fosite.ErrTemporarilyUnavailable)
}

// Describe is an error's code and description, for a redirect to the client (RFC 6749 4.1.2.1).
func Describe(err error) (code, description string) {
	e := plain(err)
	return e.ErrorField, ascii(e.GetDescription())
}

// ascii is a text within the characters that error_description may have (RFC 6749 5.2).
func ascii(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"':
			return '\''
		case c == '\\':
			return '/'
		case c == '\n' || c == '\t':
			return ' '
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, text)
}
