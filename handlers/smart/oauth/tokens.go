package oauth

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/ory/fosite"
	"github.com/ory/fosite/handler/oauth2"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// Claims are those of an access token (RFC 9068, and what SMART's verifiers ask for).
type Claims struct {
	jwt.Claims
	Client    string `json:"client_id"`
	Scope     string `json:"scope"`
	Approval  string `json:"approval"` // state.Approval.ID: without it the token is dead
	Patient   string `json:"patient,omitempty"`
	Encounter string `json:"encounter,omitempty"`
	FHIRUser  string `json:"fhirUser,omitempty"`
}

// identity are the claims of an id_token (OpenID Connect Core 1.0, 2).
type identity struct {
	jwt.Claims
	AuthTime *jwt.NumericDate `json:"auth_time,omitempty"`
	Nonce    string           `json:"nonce,omitempty"`
	AMR      []string         `json:"amr,omitempty"` // RFC 8176
	ACR      string           `json:"acr,omitempty"`
	FHIRUser string           `json:"fhirUser,omitempty"`
	Profile  string           `json:"profile,omitempty"`
}

// The values of acr: how surely a person was known at sign-in, in the words of REFEDS' profiles. Of who signed in at
// another provider nothing is said.
const (
	ACRSingle = "https://refeds.org/profile/sfa"
	ACRMulti  = "https://refeds.org/profile/mfa"
)

// accessType is the typ of access tokens (RFC 9068, 2.1), so that an id_token can't pass for one.
const accessType = "at+jwt"

// strategy makes tokens. Codes and refresh tokens are random, and kept by their digest; so there is no secret to sign
// them with.
type strategy struct{ *Provider }

var _ oauth2.CoreStrategy = strategy{}

func (s strategy) AuthorizeCodeSignature(_ context.Context, code string) string {
	return state.Digest(code)
}
func (s strategy) RefreshTokenSignature(_ context.Context, token string) string {
	return state.Digest(token)
}

// AccessTokenSignature is the token itself: it is kept nowhere.
func (s strategy) AccessTokenSignature(_ context.Context, token string) string { return token }

// GenerateAuthorizeCode makes a code.
func (s strategy) GenerateAuthorizeCode(context.Context, fosite.Requester) (code, signature string, _ error) {
	code = state.NewSecret()
	return code, state.Digest(code), nil
}

// GenerateRefreshToken makes a refresh token.
func (s strategy) GenerateRefreshToken(context.Context, fosite.Requester) (token, signature string, _ error) {
	token = state.NewSecret()
	return token, state.Digest(token), nil
}

// ValidateAuthorizeCode has nothing to add: what isn't in the Records isn't valid.
func (s strategy) ValidateAuthorizeCode(context.Context, fosite.Requester, string) error { return nil }

// ValidateRefreshToken has nothing to add either.
func (s strategy) ValidateRefreshToken(context.Context, fosite.Requester, string) error { return nil }

// ValidateAccessToken reads the token.
func (s strategy) ValidateAccessToken(ctx context.Context, _ fosite.Requester, token string) error {
	_, err := s.Read(ctx, token)
	return err
}

// GenerateAccessToken signs an access token for what was granted.
func (s strategy) GenerateAccessToken(ctx context.Context, r fosite.Requester) (token, signature string, err error) {
	se := r.GetSession().(*session)
	c := Claims{
		Claims:   s.claims(se, s.o.Base, se.GetExpiresAt(fosite.AccessToken)),
		Client:   r.GetClient().GetID(),
		Scope:    strings.Join(r.GetGrantedScopes(), " "),
		Approval: se.approval.ID, Patient: se.patient(), Encounter: se.encounter(),
	}
	c.ID = state.NewSecret()
	if se.approval.Person != "" {
		c.FHIRUser = s.o.Base + "/" + se.approval.Person
	}
	token, err = s.sign(ctx, accessType, c)
	return token, token, err
}

// identify signs an id_token (I1 to I3).
func (p *Provider) identify(ctx context.Context, r fosite.Requester) (string, error) {
	se := r.GetSession().(*session)
	c := identity{Claims: p.claims(se, r.GetClient().GetID(), se.GetExpiresAt(fosite.AccessToken)), Nonce: se.nonce}
	if !se.since.IsZero() {
		c.AuthTime = jwt.NewNumericDate(se.since)
	}
	if c.AMR = se.approval.Methods; c.AMR != nil {
		c.ACR = ACRSingle
		if has(c.AMR, state.ByTwo) {
			c.ACR = ACRMulti
		}
	}
	user := p.o.Base + "/" + se.approval.Person
	if has(r.GetGrantedScopes(), "fhirUser") {
		c.FHIRUser = user
	}
	if has(r.GetGrantedScopes(), "profile") {
		c.Profile = user
	}
	return p.sign(ctx, "JWT", c)
}

func (p *Provider) claims(se *session, audience string, expires time.Time) jwt.Claims {
	return jwt.Claims{Issuer: p.o.Issuer, Subject: se.approval.Subject, Audience: jwt.Audience{audience},
		Expiry: jwt.NewNumericDate(expires), IssuedAt: jwt.NewNumericDate(p.o.State.Now())}
}

// sign makes a JWT by the key that signs now.
func (p *Provider) sign(ctx context.Context, typ jose.ContentType, claims any) (string, error) {
	key, err := p.o.State.SigningKey(ctx)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key.Private}, (&jose.SignerOptions{}).WithType(typ))
	if err != nil {
		return "", fhir.Fault("signing a token", err)
	}
	text, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fhir.Fault("signing a token", err)
	}
	return text, nil
}

// Read is what an access token of ours says for itself; fhir.NotFound if it is none, or has expired. Whether its
// approval still stands is state.Live's to say.
func (p *Provider) Read(ctx context.Context, token string) (c Claims, _ error) {
	none := func(cause error) error {
		return &fhir.Error{Kind: fhir.NotFound, Err: cause, Issues: []fhir.Issue{{Text: "This is no access token of this server, or it has expired."}}}
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return c, none(err)
	}
	header := signed.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); typ != accessType {
		return c, none(nil)
	}
	key, err := p.o.State.Key(ctx, header.KeyID)
	if err != nil {
		return c, err
	}
	payload, err := signed.Verify(key.Public())
	if err != nil {
		return c, none(err)
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return c, none(err)
	}
	if err := c.ValidateWithLeeway(jwt.Expected{Issuer: p.o.Issuer, Time: p.o.State.Now()}, 0); err != nil || c.Expiry == nil {
		return c, none(err)
	}
	return c, nil
}
