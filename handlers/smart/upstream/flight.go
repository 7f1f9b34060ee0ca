package upstream

import (
	"context"
	"crypto/subtle"
	"net/http"
	"time"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// life is how long a person may take at the provider.
const life = 10 * time.Minute

// flight is a person on the way to the provider and back. It's kept under a hash of the state parameter, and holds no
// secret: the PKCE verifier and the nonce are derived from the cookie that only this browser has.
type flight struct {
	Browser string `json:"browser"`           // a hash of the cookie
	Request string `json:"request,omitempty"` // of the app that waits, "" if none
}

// depart keeps a flight and gives its state parameter.
func (u *Upstream) depart(ctx context.Context, secret, request string) (id string, err error) {
	id = state.NewSecret()
	f := flight{Browser: state.Digest(secret), Request: request}
	return id, u.state.Commit(ctx, u.flights.Put(state.Digest(id), f, u.state.Now().Add(life), 0))
}

// land ends a flight, once, in the browser in which it began: else somebody could be signed in as another by following
// a link (RFC 6749 10.12).
func (u *Upstream) land(ctx context.Context, id, secret string) (flight, error) {
	e, err := u.flights.Get(ctx, state.Digest(id))
	if err == nil && subtle.ConstantTimeCompare([]byte(state.Digest(secret)), []byte(e.Value.Browser)) != 1 {
		return flight{}, lost()
	}
	if err == nil {
		err = u.state.Commit(ctx, u.flights.Remove(e.Key, e.Revision))
	}
	if kind := fhir.KindOf(err); err != nil && (kind == fhir.NotFound || kind == fhir.Conflict) {
		return flight{}, lost()
	}
	return e.Value, err
}

// lost is the one answer for a flight that is unknown, over, used or another browser's.
func lost() error {
	return again("This sign-in was begun too long ago, in another browser, or is finished already.")
}

// verifier is the PKCE code verifier of a flight (RFC 7636 4.1).
func verifier(secret, id string) string { return state.Digest("verifier\n" + secret + "\n" + id) }

// nonce is the one that the id_token must bring back (OIDC core 3.1.2.1).
func nonce(secret, id string) string { return state.Digest("nonce\n" + secret + "\n" + id) }

// binding is the cookie that ties a flight to a browser.
type binding struct{ secure bool }

func (b binding) name() string {
	if b.secure {
		return "__Host-frontdesk-upstream"
	}
	return "frontdesk-upstream"
}

// set keeps a secret in the browser, or forgets the one there if it's "". Lax: it must come along when the provider
// sends the person back.
func (b binding) set(w http.ResponseWriter, secret string) {
	age := int(life.Seconds())
	if secret == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: b.name(), Value: secret, Path: "/", MaxAge: age, Secure: b.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (b binding) get(r *http.Request) string {
	c, err := r.Cookie(b.name())
	if err != nil {
		return ""
	}
	return c.Value
}
