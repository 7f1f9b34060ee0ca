package signin

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// assertionLife is how long the assertion that a service authenticates with is good: five minutes at most (SMART App
// Launch 2.2, asymmetric authentication).
const assertionLife = time.Minute

// Service gets a token for a backend service, which no person signs in for (SMART App Launch 2.2, backend services).
// keyFile holds its private key as a JWK, with alg and kid.
func Service(ctx context.Context, base, client, keyFile, scope string) (*oauth2.Token, error) {
	key, err := readKey(keyFile)
	if err != nil {
		return nil, err
	}
	endpoint, err := discover(ctx, base)
	if err != nil {
		return nil, err
	}
	signed, err := assertion(key, client, endpoint.TokenURL)
	if err != nil {
		return nil, fmt.Errorf("can't sign with the key in %s: %w", keyFile, err)
	}
	app := clientcredentials.Config{
		ClientID: client, TokenURL: endpoint.TokenURL, Scopes: strings.Fields(scope), AuthStyle: oauth2.AuthStyleInParams,
		EndpointParams: url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {signed}},
	}
	return app.Token(ctx)
}

// readKey reads a private key.
func readKey(file string) (*jose.JSONWebKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil || key.IsPublic() || !key.Valid() {
		return nil, fmt.Errorf("%s holds no private key as a JWK, as frontdesk client keygen makes it", file)
	}
	return &key, nil
}

// assertion says who the service is, to a token endpoint alone.
func assertion(key *jose.JSONWebKey, client, tokenURL string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	now := time.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: client, Subject: client, Audience: jwt.Audience{tokenURL}, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize()
}
