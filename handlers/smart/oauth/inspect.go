package oauth

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/ory/fosite"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// Inspect tells of a token what RFC 7662 2.2 and SMART (token introspection) ask for; of one that isn't good just that
// (N1).
func (p *Provider) Inspect(ctx context.Context, token string) (map[string]any, error) {
	out, err := p.inspectAccess(ctx, token)
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		out, err = p.inspectRefresh(ctx, token)
	}
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return map[string]any{"active": false}, nil
	}
	return out, err
}

func (p *Provider) inspectAccess(ctx context.Context, token string) (map[string]any, error) {
	c, err := p.Read(ctx, token)
	if err != nil {
		return nil, err
	}
	a, err := p.o.State.Live(ctx, c.Approval)
	if err != nil {
		return nil, err
	}
	out := p.describe(a)
	out["scope"] = c.Scope
	out["exp"], out["iat"] = c.Expiry, c.IssuedAt
	out["aud"], out["jti"] = p.o.Base, c.ID
	out["token_type"] = "Bearer"
	return out, nil
}

func (p *Provider) inspectRefresh(ctx context.Context, token string) (map[string]any, error) {
	e, err := p.store.refresh.Get(ctx, state.Digest(token))
	if err != nil {
		return nil, err
	}
	a, err := p.o.State.Live(ctx, e.Value.Approval)
	if err != nil {
		return nil, err
	}
	if e.Value.Used { // that it may be shown once more is for the app that has lost the answer
		return map[string]any{"active": false}, nil
	}
	out := p.describe(a)
	out["scope"], out["exp"] = strings.Join(p.told(a, p.scopes(a.Scopes)), " "), e.Expires.Unix()
	return out, nil
}

// describe is what an approval says of all its tokens.
func (p *Provider) describe(a state.Approval) map[string]any {
	out := p.launch(a)
	out["active"], out["client_id"], out["iss"], out["sub"] = true, a.Client, p.o.Issuer, a.Subject
	if a.Person != "" {
		out["fhirUser"] = p.o.Base + "/" + a.Person
	}
	return out
}

// Revoke ends a token (RFC 7009), with all others of its approval, and only for the client that it was given to; for
// any other client it is as if it weren't there. It gives the client that asked.
func (p *Provider) Revoke(r *http.Request) (state.Client, error) {
	if err := Form(r); err != nil {
		return state.Client{}, err
	}
	ctx, token := r.Context(), r.PostForm.Get("token")
	c, err := p.authenticate(ctx, r, r.PostForm)
	if err != nil {
		return state.Client{}, err
	}
	if token == "" {
		return state.Client{}, fosite.ErrInvalidRequest.WithHint("Say which token, in the parameter token.")
	}
	err = p.revocation.RevokeToken(ctx, token, fosite.TokenType(r.PostForm.Get("token_type_hint")), c)
	if errors.Is(err, fosite.ErrUnauthorizedClient) {
		err = nil
	}
	return c.(client).Client, err
}
