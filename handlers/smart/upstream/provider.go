package upstream

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	retry = 10 * time.Second // how long a provider that is down is left alone
	renew = time.Hour        // how long what it said of its endpoints and keys is believed
)

// provider finds the provider's endpoints when they are first needed, and again from time to time: go-oidc by itself
// keeps what it read for ever, also a key that was withdrawn.
type provider struct {
	issuer string
	client *http.Client
	now    func() time.Time

	mu   sync.Mutex
	last *oidc.Provider
	err  error     // of the last try
	next time.Time // when it's due to try again
}

// get is the provider. The error is the last try's; nobody is asked again before it's time.
func (p *provider) get(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Before(p.next) {
		return p.last, p.err
	}
	// What is found is for everybody after, so it doesn't end with the request that happens to be first.
	found, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.issuer)
	switch {
	case err == nil:
		p.last, p.err, p.next = found, nil, now.Add(renew)
	case p.last == nil:
		p.err, p.next = err, now.Add(retry)
	default: // what it said before will do
		p.next = now.Add(retry)
	}
	return p.last, p.err
}

// context makes go-oidc and x/oauth2 use our client.
func (p *provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// postsSecrets says that a provider takes secrets in the form only. By default they go in the header (OpenID Connect
// Discovery 1.0, 3, token_endpoint_auth_methods_supported).
func postsSecrets(p *oidc.Provider) bool {
	var document struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	err := p.Claims(&document)
	return err == nil && slices.Contains(document.Methods, "client_secret_post") && !slices.Contains(document.Methods, "client_secret_basic")
}
