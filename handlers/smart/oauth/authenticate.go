package oauth

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/ory/fosite"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// assertionType is the only client_assertion_type (RFC 7523 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// refused is the one answer to a client that isn't who it says, or isn't there (C6). hint says what to look at, and
// nothing of the client.
func refused(hint string, cause error) error {
	e := fosite.ErrInvalidClient.WithHint(hint)
	if cause != nil {
		e = e.WithWrap(cause)
	}
	return e
}

// Confidential reads the form of a request, and gives the client that it comes from, if that can prove who it is.
func (p *Provider) Confidential(r *http.Request) (state.Client, error) {
	if err := Form(r); err != nil {
		return state.Client{}, err
	}
	c, err := p.authenticate(r.Context(), r, r.PostForm)
	if err == nil && c.IsPublic() {
		err = refused("Only a confidential client may do this.", nil)
	}
	if err != nil {
		return state.Client{}, err
	}
	return c.(client).Client, nil
}

// authenticate is fosite's ClientAuthenticationStrategy as SMART has it: a public client gives its client_id, a
// confidential one a secret by HTTP Basic, or a signed assertion; each only in the way it is registered for, and one
// way at a time (RFC 6749 2.3).
func (p *Provider) authenticate(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	once, _ := ctx.Value(onceKey{}).(*once)
	if once != nil && once.client != nil {
		return once.client, nil
	}
	c, err := p.whose(ctx, r, form)
	if once != nil && err == nil {
		once.client = c
	}
	return c, err
}

// once is the client of a request, which is authenticated once though the request may be tried several times: an
// assertion is good once (C3).
type once struct{ client fosite.Client }

type onceKey struct{}

func authenticatedOnce(ctx context.Context) context.Context {
	return context.WithValue(ctx, onceKey{}, &once{})
}

func (p *Provider) whose(ctx context.Context, r *http.Request, form url.Values) (fosite.Client, error) {
	id, secret, basic, err := credentials(r)
	if err != nil {
		return nil, err
	}
	assertion := form.Get("client_assertion")
	var c state.Client
	switch {
	case form.Has("client_secret"):
		return nil, refused("Send the client's secret by HTTP Basic, not in the form.", nil)
	case basic && (assertion != "" || form.Has("client_assertion_type")):
		return nil, fosite.ErrInvalidRequest.WithHint("Authenticate in one way: by HTTP Basic or by a client_assertion.")
	case basic:
		c, err = p.bySecret(ctx, id, secret)
	case assertion != "" || form.Has("client_assertion_type"):
		if form.Get("client_assertion_type") != assertionType {
			return nil, refused("The client_assertion_type must be "+assertionType+".", nil)
		}
		c, err = p.byAssertion(ctx, assertion)
	case form.Get("grant_type") == "refresh_token" && !form.Has("client_id"):
		c, err = p.principal(ctx, form.Get("refresh_token"))
	default:
		c, err = p.public(ctx, form.Get("client_id"))
	}
	if err != nil {
		return nil, err
	}
	if id := form.Get("client_id"); id != "" && id != c.ID {
		return nil, refused("The client_id in the form is another one.", nil)
	}
	return p.client(c), nil
}

// credentials are those of HTTP Basic, decoded as RFC 6749 2.3.1 has it. Another Authorization header is refused: it
// isn't ignored.
func credentials(r *http.Request) (id, secret string, basic bool, _ error) {
	if r.Header.Get("Authorization") == "" {
		return "", "", false, nil
	}
	id, secret, basic = r.BasicAuth()
	if !basic {
		return "", "", false, refused("The Authorization header must be HTTP Basic.", nil)
	}
	var err error
	if id, err = url.QueryUnescape(id); err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return "", "", false, refused("Encode client_id and secret as form values before they go into HTTP Basic.", err)
	}
	return id, secret, true, nil
}

// wrongSecret is said of a client that isn't there too.
const wrongSecret = "There is no such client, it authenticates in another way, or the secret is wrong."

func (p *Provider) bySecret(ctx context.Context, id, secret string) (state.Client, error) {
	c, err := p.known(ctx, id, wrongSecret)
	if err == nil && !c.Knows(secret, p.o.State.Now()) {
		err = refused(wrongSecret, nil)
	}
	return c, err
}

func (p *Provider) public(ctx context.Context, id string) (state.Client, error) {
	const hint = "There is no such client, or it has to authenticate: by HTTP Basic or by a client_assertion."
	c, err := p.known(ctx, id, hint)
	if err == nil && c.Kind != state.Public {
		err = refused(hint, nil)
	}
	return c, err
}

// principal is the public client that a refresh token was given to. SMART has public apps send no client_id with a
// refresh (SMART App Launch 2.2, refresh access token), and fhirclient sends none; to leave it out helps nobody, for
// the token says whose it is.
func (p *Provider) principal(ctx context.Context, token string) (state.Client, error) {
	given, err := p.store.refresh.Get(ctx, state.Digest(token))
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return state.Client{}, fosite.ErrInvalidGrant.WithHint("There is no such refresh token.").WithWrap(err)
	}
	if err != nil {
		return state.Client{}, err
	}
	return p.public(ctx, given.Value.Client)
}

// known is a registered client.
func (p *Provider) known(ctx context.Context, id, hint string) (state.Client, error) {
	if strings.TrimSpace(id) == "" {
		return state.Client{}, refused("The request doesn't say which client it comes from.", nil)
	}
	c, err := p.o.State.Client(ctx, id)
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return c, refused(hint, nil)
	}
	return c, err
}
