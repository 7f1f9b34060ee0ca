package state

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
)

// clientID is what a client_id may be (RFC 6749 A.1 allows more; a slash would part keys here).
var clientID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._~:@+-]{0,127}$`)

// Client is the app of a client_id.
func (s *Store) Client(ctx context.Context, id string) (Client, error) {
	e, err := s.clients.Get(ctx, id)
	return e.Value, err
}

// Clients calls yield with every app, by client_id, until it says false.
func (s *Store) Clients(ctx context.Context, yield func(Client) bool) error {
	return s.clients.Scan(ctx, "", func(e Entry[Client]) bool { return yield(e.Value) })
}

// AddClient registers an app. fhir.Invalid says what of it can't be, fhir.Conflict that the client_id is taken.
func (s *Store) AddClient(ctx context.Context, c Client) error {
	if err := c.check(); err != nil {
		return err
	}
	c.Created = s.now().UTC()
	err := s.Commit(ctx, s.clients.Put(c.ID, c, never, 0))
	if fhir.KindOf(err) == fhir.Conflict {
		return taken(err, "There is an app with the client_id "+c.ID+" already. Change it by client update, or choose another client_id.")
	}
	return err
}

// taken is fhir.Conflict in words that say what to do; cause is for the log.
func taken(cause error, text string) error {
	e := fhir.Errorf(fhir.Conflict, "", "%s", text)
	e.Err = cause
	return e
}

// UpdateClient changes what is registered of an app, and nothing of what people have allowed it. fhir.NotFound if there
// is none of this client_id, fhir.Invalid if change leaves what can't be. What it is registered for no longer, it gets
// no more from its next token on.
func (s *Store) UpdateClient(ctx context.Context, id string, change func(*Client) error) (Client, error) {
	e, err := s.clients.Change(ctx, id, func(c *Client) error {
		if err := change(c); err != nil {
			return err
		}
		c.ID = id
		return c.check()
	})
	return e.Value, err
}

// NewSecret gives a client that has a secret another, of which secret's hash is kept. The one before is good for as
// long as overlap says.
func (c *Client) NewSecret(hash string, now time.Time, overlap time.Duration) error {
	if c.Kind != Symmetric {
		return fhir.Errorf(fhir.Invalid, "", "The app %s has no secret: it is registered as %s.", c.ID, c.Kind)
	}
	c.Former, c.FormerUntil, c.Secret = c.Secret, now.Add(overlap).UTC(), hash
	if overlap <= 0 {
		c.Former, c.FormerUntil = "", time.Time{}
	}
	return nil
}

// RemoveClient removes an app and all that was approved for it.
func (s *Store) RemoveClient(ctx context.Context, id string) error {
	e, err := s.clients.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.Commit(ctx, s.clients.Remove(id, e.Revision)); err != nil {
		return err
	}
	return s.revokeAll(ctx, "client/"+id+"/")
}

// HashSecret is what is kept of a client's secret. Make secrets by NewSecret: a fast hash is enough for 256 random
// bits, and it is asked for at every token request.
func HashSecret(secret string) (string, error) {
	if len(secret) < 32 {
		return "", fhir.Errorf(fhir.Invalid, "", "A client's secret has at least 32 characters, and should be random: let Frontdesk make one.")
	}
	return "sha256:" + Digest(secret), nil
}

// Knows says whether secret is the client's now: the last one given, or for a while the one before.
func (c *Client) Knows(secret string, now time.Time) bool {
	is := func(kept string) bool {
		return subtle.ConstantTimeCompare([]byte("sha256:"+Digest(secret)), []byte(kept)) == 1
	}
	return c.Kind == Symmetric && (is(c.Secret) || c.Former != "" && now.Before(c.FormerUntil) && is(c.Former))
}

func (c *Client) check() error {
	bad := func(format string, args ...any) error { return fhir.Errorf(fhir.Invalid, "", format, args...) }
	if !clientID.MatchString(c.ID) {
		return bad("A client_id is 1 to 128 letters, digits and . _ ~ : @ + -, and begins with a letter or digit.")
	}
	if strings.TrimSpace(c.Scopes) == "" {
		return bad("Say which scopes the app may be granted.")
	}
	for _, r := range c.Redirects {
		if u, err := url.Parse(r); err != nil || !redirects(u) {
			return bad("%q can't be a redirect URI: it must be https, http on the loopback address, or an app's own scheme with a dot in it; "+
				"without a fragment, user or wildcard.", r)
		}
	}
	for _, l := range c.Launches {
		if u, err := url.Parse(l); err != nil || !web(u) {
			return bad("%q can't be a launch URL: it must be https, or http on the loopback address.", l)
		}
	}
	switch c.Kind {
	case Public, Symmetric:
		if (c.Secret != "") != (c.Kind == Symmetric) || c.JWKS != nil || c.JWKSURL != "" {
			return bad("A confidential app has either a secret or a JWKS, a public one neither.")
		}
		if len(c.Redirects) == 0 {
			return bad("The app needs a redirect URI. Only an app that authenticates by a key pair can do without.")
		}
		return nil
	case Asymmetric:
		return c.checkKeys()
	}
	return bad("An app is public, or authenticates by a secret, or by a key pair.")
}

// checkKeys looks at how an Asymmetric client's keys are known (SMART App Launch 2.2, registering a client for
// asymmetric authentication).
func (c *Client) checkKeys() error {
	bad := func(format string, args ...any) error { return fhir.Errorf(fhir.Invalid, "", format, args...) }
	if c.Secret != "" || (c.JWKS != nil) == (c.JWKSURL != "") {
		return bad("Give the app's public keys either as a JWKS or by its URL, and no secret.")
	}
	if c.JWKSURL != "" {
		if u, err := url.Parse(c.JWKSURL); err != nil || !web(u) {
			return bad("%q can't be the URL of a JWKS: it must be https, or http on the loopback address.", c.JWKSURL)
		}
		return nil
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(c.JWKS, &set); err != nil || len(set.Keys) == 0 {
		return bad("The JWKS has no key that can be read.")
	}
	for _, k := range set.Keys {
		if !k.IsPublic() || !k.Valid() || k.KeyID == "" {
			return bad("The JWKS holds a key that isn't a valid public one with a kid. Never give the private keys away.")
		}
	}
	return nil
}

// web says that a URL is https, or http on this machine.
func web(u *url.URL) bool {
	if u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname())
}

// redirects says that an app may be redirected to a URL (RFC 8252 7: https, loopback, or a private-use scheme in
// reverse domain form).
func redirects(u *url.URL) bool {
	if u.User != nil || u.Fragment != "" || strings.ContainsAny(u.String(), "*\\#") {
		return false
	}
	return web(u) || u.Opaque == "" && u.Host == "" && u.Path != "" && strings.Contains(u.Scheme, ".")
}

// originCache remembers for a few seconds from where apps come: a browser asks before every request.
type originCache struct {
	sync.Mutex
	known map[string]bool
	until time.Time
}

const originsFor = 5 * time.Second

// Origin says whether an origin ("https://app.example") is that of some app's redirect or launch URL, for CORS. What is
// registered now is known within five seconds.
func (s *Store) Origin(ctx context.Context, origin string) bool {
	c := &s.origins
	c.Lock()
	defer c.Unlock()
	if now := s.now(); c.known == nil || !now.Before(c.until) {
		known := map[string]bool{}
		err := s.Clients(ctx, func(cl Client) bool {
			for _, text := range append(slices.Clone(cl.Redirects), cl.Launches...) {
				if u, err := url.Parse(text); err == nil && web(u) {
					known[u.Scheme+"://"+u.Host] = true
				}
			}
			return true
		})
		if err != nil {
			return false // asked anew next time
		}
		c.known, c.until = known, now.Add(originsFor)
	}
	return c.known[origin]
}
