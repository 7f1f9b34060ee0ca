package oauth

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"
	"github.com/ory/fosite/handler/pkce"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

const (
	// TokenLife is the longest an access token lives (T2), and the default.
	TokenLife = time.Hour
	// serviceLife is how long a backend service's lives at the most (B3).
	serviceLife = 5 * time.Minute
	// CodeLife is how long a code can be redeemed (A7).
	CodeLife = time.Minute
)

// Options are what a Provider is made of. Store, State, Base and Issuer must be given.
type Options struct {
	Store     *store.Store
	State     *state.Store
	Base      string        // the FHIR base URL: the audience of every access token
	Issuer    string        // the authorization server's own URL
	Style     string        // smart_style_url where the launch names none; "" for none
	TokenLife time.Duration // of access tokens; at most TokenLife, which is the default
	HTTP      *http.Client  // by which clients' JWKS are fetched; default one that is careful
}

// Provider gives out codes and tokens. It is safe for concurrent use, and keeps nothing of importance in memory (I8).
type Provider struct {
	o      Options
	fosite *fosite.Fosite
	store  *storage
	keys   *keySets

	revocation fosite.RevocationHandler
}

// New makes a Provider.
func New(o Options) *Provider {
	if o.TokenLife <= 0 || o.TokenLife > TokenLife {
		o.TokenLife = TokenLife
	}
	p := &Provider{o: o, keys: newKeySets(o.HTTP, o.State.Now)}
	p.store = &storage{Provider: p, codes: state.NewKind[paper](o.State, "code", "code"), refresh: state.NewKind[paper](o.State, "refresh", "refresh token")}
	c := &fosite.Config{
		AccessTokenLifespan:    o.TokenLife,
		AuthorizeCodeLifespan:  CodeLife,
		RefreshTokenLifespan:   -1, // as long as the approval: state decides
		RefreshTokenScopes:     []string{"offline_access", "online_access"},
		EnforcePKCE:            true, // of confidential clients too (A5); plain is off by default
		SanitationWhiteList:    []string{"redirect_uri", "code_challenge"},
		OmitRedirectScopeParam: true,
		// What was requested has been judged by access before fosite hears of it: in Code's caller, or in narrow.
		ScopeStrategy:                func([]string, string) bool { return true },
		AudienceMatchingStrategy:     p.audience,
		RedirectSecureChecker:        func(context.Context, *url.URL) bool { return true }, // state.AddClient has looked
		ClientAuthenticationStrategy: p.authenticate,
	}
	s := strategy{p}
	explicit := &oauth2.AuthorizeExplicitGrantHandler{AccessTokenStrategy: s, RefreshTokenStrategy: s, AuthorizeCodeStrategy: s,
		CoreStorage: p.store, TokenRevocationStorage: p.store, Config: c}
	challenge := &pkce.Handler{AuthorizeCodeStrategy: s, Storage: p.store, Config: c}
	c.AuthorizeEndpointHandlers = fosite.AuthorizeEndpointHandlers{explicit, challenge}
	c.TokenEndpointHandlers = fosite.TokenEndpointHandlers{explicit, challenge,
		&oauth2.RefreshTokenGrantHandler{AccessTokenStrategy: s, RefreshTokenStrategy: s, TokenRevocationStorage: p.store, Config: c},
		&oauth2.ClientCredentialsGrantHandler{Config: c, HandleHelper: &oauth2.HandleHelper{AccessTokenStrategy: s, AccessTokenStorage: p.store, Config: c}},
		launchHandler{p},
	}
	p.revocation = &oauth2.TokenRevocationHandler{TokenRevocationStorage: p.store, AccessTokenStrategy: s, RefreshTokenStrategy: s}
	p.fosite = fosite.NewOAuth2Provider(p.store, c)
	return p
}

// TokenURL is the token endpoint's: what clients' assertions are made out to.
func (p *Provider) TokenURL() string { return p.o.Issuer + "/token" }

func (p *Provider) client(c state.Client) client {
	return client{Client: c, base: p.o.Base, life: min(serviceLife, p.o.TokenLife)}
}

// audience refuses tokens for any other server.
func (p *Provider) audience(_, asked []string) error {
	for _, a := range asked {
		if a != p.o.Base {
			return fosite.ErrInvalidRequest.WithHintf("The audience can only be %s.", p.o.Base)
		}
	}
	return nil
}

// scopes parses a list that is known to be good.
func (p *Provider) scopes(text string) access.Scopes {
	s, _ := access.ParseScopes(p.o.Store.Registry(), text, p.o.Store.SearchOptions()) // what doesn't parse any more grants nothing
	return s
}

// told is what an app hears of what it was granted of an approval: in version 1 if it asked so (S3), unless the app has
// been registered for less since, which version 1 might not say. The verifier reads it within the approval.
func (p *Provider) told(a state.Approval, granted access.Scopes) fosite.Arguments {
	if a.Version1 && !granted.IsVersion1() && granted.String() == p.scopes(a.Scopes).String() {
		if old, ok := granted.Version1(); ok {
			granted = old
		}
	}
	return scopesOf(granted.String())
}

// Order is what a code is made for: an authorize request that the person has said yes to.
type Order struct {
	Client    state.Client
	Approval  state.Approval // not yet kept; its ID and Since are set by Code
	Redirect  string         // as the request had it: the token request must repeat it
	Challenge string         // PKCE, S256
	Nonce     string         // OpenID Connect's, "" if there was none
	SignedIn  time.Time      // auth_time
}

// Code keeps an approval and makes a code for it. Until the code is redeemed the approval lasts only as long as the
// code.
func (p *Provider) Code(ctx context.Context, o Order) (code string, a state.Approval, err error) {
	if a, err = p.o.State.Promise(ctx, o.Approval, CodeLife); err != nil {
		return "", a, err
	}
	r := fosite.NewAuthorizeRequest()
	r.Client, r.ResponseTypes = p.client(o.Client), fosite.Arguments{"code"}
	if r.RedirectURI, err = url.Parse(o.Redirect); err != nil {
		return "", a, err
	}
	granted := p.told(a, p.scopes(a.Scopes))
	r.RequestedScope, r.GrantedScope = granted, granted
	r.Form = url.Values{"redirect_uri": {o.Redirect}, "code_challenge": {o.Challenge}, "code_challenge_method": {"S256"}}
	resp, err := p.fosite.NewAuthorizeResponse(ctx, r, &session{approval: a, nonce: o.Nonce, since: o.SignedIn, now: p.o.State.Now})
	if err != nil {
		return "", a, err
	}
	return resp.GetCode(), a, nil
}
