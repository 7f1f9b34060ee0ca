package oauth

import (
	"time"

	"github.com/ory/fosite"

	"frontdesk/handlers/smart/state"
)

// client is a state.Client as fosite sees it. Scopes, redirects and audiences are judged by us, not by fosite: what a
// scope means is access's, and a redirect URI is compared as it is.
type client struct {
	state.Client
	base string
	life time.Duration // of a backend service's tokens
}

var (
	_ fosite.Client                         = client{}
	_ fosite.ClientWithCustomTokenLifespans = client{}
)

func (c client) GetID() string                      { return c.ID }
func (c client) GetHashedSecret() []byte            { return nil } // our own strategy authenticates
func (c client) GetRedirectURIs() []string          { return c.Redirects }
func (c client) GetResponseTypes() fosite.Arguments { return fosite.Arguments{"code"} }
func (c client) GetScopes() fosite.Arguments        { return nil } // see fosite.Config.ScopeStrategy in New
func (c client) IsPublic() bool                     { return c.Kind == state.Public }
func (c client) GetAudience() fosite.Arguments      { return fosite.Arguments{c.base} }

// GetGrantTypes are by which grants the client may get tokens. A backend service has no redirect URI, and authenticates
// by a key pair (SMART App Launch 2.2, backend services).
func (c client) GetGrantTypes() fosite.Arguments {
	var grants fosite.Arguments
	if len(c.Redirects) > 0 {
		grants = append(grants, "authorization_code", "refresh_token")
	}
	if c.Kind == state.Asymmetric {
		grants = append(grants, "client_credentials")
	}
	return grants
}

// GetEffectiveLifespan is how long a token lives.
func (c client) GetEffectiveLifespan(grant fosite.GrantType, token fosite.TokenType, fallback time.Duration) time.Duration {
	if grant == fosite.GrantTypeClientCredentials && token == fosite.AccessToken {
		return c.life
	}
	return fallback
}
