package oauth

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// Algorithms are those by which clients sign their assertions (C2). There is no symmetric one and no none among them,
// so a public key can't be taken for a secret.
var Algorithms = []jose.SignatureAlgorithm{jose.RS384, jose.ES384}

const (
	assertionLife = 5 * time.Minute  // C2
	skew          = 10 * time.Second // by which a client's clock may be off
)

// byAssertion authenticates a client by private_key_jwt (SMART App Launch 2.2, asymmetric authentication; C1 to C7).
func (p *Provider) byAssertion(ctx context.Context, assertion string) (state.Client, error) {
	signed, claims, err := p.parse(assertion)
	if err != nil {
		return state.Client{}, err
	}
	const hint = "There is no such client, or it doesn't authenticate by private_key_jwt."
	c, err := p.known(ctx, claims.Issuer, hint)
	if err == nil && c.Kind != state.Asymmetric {
		err = refused(hint, nil)
	}
	if err != nil {
		return c, err
	}
	header := signed.Signatures[0].Protected
	if jku, named := header.ExtraHeaders["jku"]; named && (c.JWKSURL == "" || jku != c.JWKSURL) {
		return c, refused("The jku in the assertion's header isn't the URL the client is registered with.", nil)
	}
	check := func(set jose.JSONWebKeySet) error { return verify(signed, set) }
	if c.JWKSURL != "" {
		err = p.keys.check(ctx, c.JWKSURL, check)
	} else {
		var set jose.JSONWebKeySet
		if err = json.Unmarshal(c.JWKS, &set); err == nil {
			err = check(set)
		}
	}
	if err != nil {
		return c, err
	}
	err = p.o.State.UseJTI(ctx, c.ID, claims.ID, claims.Expiry.Time().Add(skew))
	if fhir.KindOf(err) == fhir.Conflict {
		return c, refused("The assertion's jti was used before. Make a new assertion for every request.", nil)
	}
	return c, err
}

// parse reads an assertion, and judges all that its signature isn't needed for.
func (p *Provider) parse(assertion string) (*jose.JSONWebSignature, jwt.Claims, error) {
	var c jwt.Claims
	bad := func(hint string, cause error) (*jose.JSONWebSignature, jwt.Claims, error) {
		return nil, c, refused(hint, cause)
	}
	signed, err := jose.ParseSignedCompact(assertion, Algorithms)
	if err != nil {
		return bad("The client_assertion is no JWT that is signed by RS384 or ES384.", err)
	}
	header := signed.Signatures[0].Protected
	if header.ExtraHeaders[jose.HeaderType] != "JWT" {
		return bad("The typ in the assertion's header must be JWT.", nil)
	}
	if header.KeyID == "" {
		return bad("The assertion's header must have a kid.", nil)
	}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &c); err != nil {
		return bad("The assertion's claims can't be read.", err)
	}
	now := p.o.State.Now()
	switch {
	case c.Issuer == "" || c.Issuer != c.Subject:
		return bad("The assertion's iss and sub must both be the client_id.", nil)
	// SMART says the token URL, and OAuth 2 by now the issuer (draft-ietf-oauth-rfc7523bis): either is us and nobody
	// else.
	case !c.Audience.Contains(p.TokenURL()) && !c.Audience.Contains(p.o.Issuer):
		return bad("The assertion's aud must be "+p.TokenURL()+".", nil)
	case c.Expiry == nil || !now.Before(c.Expiry.Time()):
		return bad("The assertion has expired, or has no exp. Is the client's clock right?", nil)
	case c.Expiry.Time().After(now.Add(assertionLife + skew)):
		return bad("The assertion's exp must not be more than five minutes in the future.", nil)
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(skew)) || c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(skew)):
		return bad("The assertion is from the future. Is the client's clock right?", nil)
	case c.ID == "" || len(c.ID) > 255:
		return bad("The assertion must have a jti, of at most 255 bytes.", nil)
	}
	return signed, c, nil
}

// verify checks the signature by the one key that has the kid and can make such a signature (C5).
func verify(signed *jose.JSONWebSignature, set jose.JSONWebKeySet) error {
	header := signed.Signatures[0].Protected
	var fit []jose.JSONWebKey
	for _, k := range set.Key(header.KeyID) {
		if suits(k, jose.SignatureAlgorithm(header.Algorithm)) {
			fit = append(fit, k)
		}
	}
	if len(fit) != 1 {
		return refused("There must be exactly one key in the client's JWKS with the assertion's kid and algorithm.", nil)
	}
	if _, err := signed.Verify(fit[0]); err != nil {
		return refused("The assertion's signature isn't right.", err)
	}
	return nil
}

// suits says that a key may have made a signature of an algorithm.
func suits(k jose.JSONWebKey, algorithm jose.SignatureAlgorithm) bool {
	if k.Algorithm != "" && k.Algorithm != string(algorithm) || k.Use != "" && k.Use != "sig" || !k.Valid() || !k.IsPublic() {
		return false
	}
	switch key := k.Key.(type) {
	case *rsa.PublicKey:
		return algorithm == jose.RS384 && key.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return algorithm == jose.ES384 && key.Curve.Params().BitSize == 384
	}
	return false
}
