package oauth

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/ory/fosite"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
)

// Given is a token response, before it is sent.
type Given struct {
	Approval state.Approval // by which it is given
	provider *Provider
	request  fosite.AccessRequester
	response fosite.AccessResponder
}

// Write sends it.
func (g *Given) Write(w http.ResponseWriter, r *http.Request) {
	g.provider.fosite.WriteAccessResponse(r.Context(), w, g.request, g.response)
}

// refreshTries is how often a refresh is tried anew that another came before: two of one app may come at once.
const refreshTries = 5

// Token makes the response to a token request (RFC 6749 3.2).
func (p *Provider) Token(r *http.Request) (given *Given, err error) {
	r = r.WithContext(authenticatedOnce(r.Context()))
	for range refreshTries {
		given, err = p.give(r)
		if err == nil || r.PostForm.Get("grant_type") != "refresh_token" || !overtaken(err) {
			break
		}
	}
	return given, lost(err)
}

// give tries once.
func (p *Provider) give(r *http.Request) (*Given, error) {
	req, err := p.request(r)
	if err != nil {
		return nil, err
	}
	resp, err := p.fosite.NewAccessResponse(r.Context(), req)
	if err != nil {
		return nil, err
	}
	return &Given{req.GetSession().(*session).approval, p, req, resp}, nil
}

// overtaken says that another request wrote first.
func overtaken(err error) bool {
	var e *fhir.Error
	return errors.As(err, &e) && e.Kind == fhir.Conflict
}

// request reads a token request and judges it whole.
func (p *Provider) request(r *http.Request) (fosite.AccessRequester, error) {
	if err := Form(r); err != nil {
		return nil, err
	}
	grant := r.PostForm.Get("grant_type")
	if grant != "authorization_code" && grant != "refresh_token" && grant != "client_credentials" {
		return nil, fosite.ErrUnsupportedGrantType.WithHint("It can be authorization_code, refresh_token or client_credentials.")
	}
	if err := p.audience(nil, r.PostForm["resource"]); err != nil {
		return nil, err
	}
	req, err := p.fosite.NewAccessRequest(r.Context(), r, &session{now: p.o.State.Now})
	if err != nil {
		return nil, err
	}
	if access, ok := req.(*fosite.AccessRequest); ok {
		switch grant {
		case "refresh_token":
			err = p.narrow(access)
		case "client_credentials":
			err = p.service(r.Context(), access)
		}
	}
	return req, err
}

// Form reads the form of the body, and nothing else: parameters in URLs end up in logs. None may be there twice (RFC
// 6749 3.2).
func Form(r *http.Request) error {
	if typ, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); typ != "application/x-www-form-urlencoded" {
		return fosite.ErrInvalidRequest.WithHint("Send the parameters in the body as application/x-www-form-urlencoded.")
	}
	if err := r.ParseForm(); err != nil {
		return fosite.ErrInvalidRequest.WithHint("The body is no form, or is too long.").WithWrap(err)
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return fosite.ErrInvalidRequest.WithHintf("The parameter %s is there more than once.", ascii(name))
		}
	}
	return nil
}

// lost is an error of a request that came too late: another used the code or the token up, or the approval was taken
// back meanwhile.
func lost(err error) error {
	if err == nil {
		return nil
	}
	var e *fhir.Error
	late := errors.As(err, &e) && (e.Kind == fhir.Conflict || e.Kind == fhir.NotFound) || errors.Is(err, fosite.ErrInvalidatedAuthorizeCode) ||
		errors.Is(err, fosite.ErrInactiveToken) || errors.Is(err, fosite.ErrNotFound)
	if !late || errors.Is(err, fosite.ErrInvalidGrant) || errors.Is(err, fosite.ErrInvalidClient) {
		return err
	}
	return fosite.ErrInvalidGrant.WithHint("It has just been used by another request, or access was taken back.").WithWrap(err)
}

// narrow makes a refresh grant what was asked for, if that is within what was granted (R2), and what the client is
// still registered for. The refresh token itself stays good for all of it (RFC 6749 6).
func (p *Provider) narrow(r *fosite.AccessRequest) error {
	a := r.Session.(*session).approval
	r.GrantedScope = p.told(a, p.scopes(a.Scopes).Within(p.scopes(r.Client.(client).Scopes)))
	granted := p.scopes(strings.Join(r.GrantedScope, " "))
	text := r.Form.Get("scope")
	if text == "" {
		return nil
	}
	asked, err := p.asked(text)
	if err != nil {
		return err
	}
	for _, one := range scopesOf(asked.String()) {
		if p.scopes(one).Within(granted).String() != one {
			return fosite.ErrInvalidScope.WithHintf("The scope %s is more than was granted. Ask the person again at the authorization endpoint.", ascii(one))
		}
	}
	r.GrantedScope = scopesOf(asked.String())
	return nil
}

// asked parses a scope parameter strictly.
func (p *Provider) asked(text string) (access.Scopes, error) {
	s, err := access.ParseScopes(p.o.Store.Registry(), text, p.o.Store.SearchOptions())
	if err != nil {
		return s, BadScope(err)
	}
	return s, nil
}

// BadScope is access's error on scopes as OAuth has it.
func BadScope(err error) error {
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Invalid {
		return err
	}
	var texts []string
	for _, is := range e.Issues {
		texts = append(texts, is.Text)
	}
	return fosite.ErrInvalidScope.WithHint(ascii(strings.Join(texts, " "))).WithWrap(err)
}

// service approves what the practice has allowed a backend service beforehand: system/ scopes, and no more of them than
// it's registered for (B2).
func (p *Provider) service(ctx context.Context, r *fosite.AccessRequest) error {
	c := r.Client.(client)
	if c.Kind != state.Asymmetric {
		return fosite.ErrUnauthorizedClient.WithHint("Only a client that authenticates by private_key_jwt can have a token for itself.")
	}
	asked, err := p.asked(r.Form.Get("scope"))
	if err != nil {
		return err
	}
	for _, one := range scopesOf(asked.String()) {
		if !strings.HasPrefix(one, "system/") {
			return fosite.ErrInvalidScope.WithHintf("A backend service can't have the scope %s, only ones that begin with system/.", ascii(one))
		}
	}
	granted := asked.Within(p.scopes(c.Scopes))
	if granted.String() == "" {
		return fosite.ErrInvalidScope.WithHint("Nothing that was asked for is among the scopes this client is registered with.")
	}
	a, err := p.o.State.Approve(ctx, state.Approval{Client: c.ID, Subject: c.ID, Scopes: granted.String(), Until: p.o.State.Now().Add(c.life).UTC()})
	if err != nil {
		return err
	}
	r.GrantedScope, r.GrantedAudience = scopesOf(granted.String()), fosite.Arguments{p.o.Base}
	r.Session.(*session).approval = a
	return nil
}

// launchHandler is the last of the token endpoint's: it adds to the response what SMART says of the launch, and the
// id_token.
type launchHandler struct{ *Provider }

var _ fosite.TokenEndpointHandler = launchHandler{}

// PopulateTokenEndpointResponse adds to a response (SMART App Launch 2.2, launch context; L1, L2, I1).
func (h launchHandler) PopulateTokenEndpointResponse(ctx context.Context, r fosite.AccessRequester, resp fosite.AccessResponder) error {
	resp.SetTokenType("Bearer")
	se := r.GetSession().(*session)
	resp.SetExpiresIn(se.GetExpiresAt(fosite.AccessToken).Sub(h.o.State.Now()))
	for name, value := range h.launch(se.approval) {
		resp.SetExtra(name, value)
	}
	if !has(r.GetGrantedScopes(), "openid") || se.approval.Account == "" {
		return nil
	}
	token, err := h.identify(ctx, r)
	if err != nil {
		return err
	}
	resp.SetExtra("id_token", token)
	return nil
}

// CanSkipClientAuth is false.
func (h launchHandler) CanSkipClientAuth(context.Context, fosite.AccessRequester) bool { return false }

// CanHandleTokenEndpointRequest is false: only the response is added to.
func (h launchHandler) CanHandleTokenEndpointRequest(context.Context, fosite.AccessRequester) bool {
	return false
}

// HandleTokenEndpointRequest isn't called.
func (h launchHandler) HandleTokenEndpointRequest(context.Context, fosite.AccessRequester) error {
	return fosite.ErrUnknownRequest
}

// launch is what an app hears of the launch: with its tokens, at each refresh, and at introspection. Standalone, it has
// to show for itself whose record it shows, for there is no EHR around it that does.
func (p *Provider) launch(a state.Approval) map[string]any {
	out := map[string]any{}
	set := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	if a.Account == "" {
		return out
	}
	set("patient", a.Patient)
	style := p.o.Style
	banner := true
	if l := a.Launch; l != nil {
		set("encounter", l.Encounter)
		set("intent", l.Intent)
		set("tenant", l.Tenant)
		if l.Context != nil {
			out["fhirContext"] = l.Context
		}
		if l.Style != "" {
			style = l.Style
		}
		banner = l.Banner
	}
	set("smart_style_url", style)
	if a.Patient != "" {
		out["need_patient_banner"] = banner
	}
	return out
}
