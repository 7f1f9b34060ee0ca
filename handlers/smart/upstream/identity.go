package upstream

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// identity is who signed in, as the provider vouches for it.
type identity struct {
	subject   string
	nhsNumber string // verified; "" if none is
}

// identify turns a code into an identity.
func (u *Upstream) identify(ctx context.Context, code, verifier, nonce string) (identity, error) {
	p, err := u.provider.get(ctx)
	if err != nil {
		return identity{}, u.unavailable(err)
	}
	ctx = u.provider.context(ctx)
	options := []oauth2.AuthCodeOption{oauth2.VerifierOption(verifier)}
	if u.key != nil {
		assertion, err := u.assertion(p.Endpoint().TokenURL)
		if err != nil {
			return identity{}, fhir.Fault("authenticating to the upstream provider", err)
		}
		options = append(options, oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			oauth2.SetAuthURLParam("client_assertion", assertion))
	}
	tokens, err := u.oauth(p).Exchange(ctx, code, options...)
	if refused := (*oauth2.RetrieveError)(nil); errors.As(err, &refused) && refused.ErrorCode == "invalid_grant" {
		return identity{}, again("%s did not confirm your sign-in.", u.Name)
	}
	if err != nil {
		return identity{}, u.unavailable(err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	verified, err := p.Verifier(&oidc.Config{ClientID: u.Client, SupportedSigningAlgs: u.Algorithms, Now: u.state.Now}).Verify(ctx, raw)
	if err != nil || subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(nonce)) != 1 || verified.Subject == "" {
		return identity{}, u.unconfirmed(err)
	}
	return u.read(ctx, p, tokens, verified)
}

// read takes the identity from the id_token and, for the NHS number if it isn't in there, from the userinfo endpoint.
func (u *Upstream) read(ctx context.Context, p *oidc.Provider, tokens *oauth2.Token, verified *oidc.IDToken) (identity, error) {
	var claims map[string]any
	if err := verified.Claims(&claims); err != nil {
		return identity{}, u.unconfirmed(err)
	}
	// A token for several clients says to which it was issued (OIDC core 3.1.3.7).
	if party, _ := claims["azp"].(string); party != u.Client && (party != "" || len(verified.Audience) > 1) {
		return identity{}, u.unconfirmed(nil)
	}
	who := identity{subject: verified.Subject}
	if _, there := claims[u.NHSClaim]; !there && p.UserInfoEndpoint() != "" {
		info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return who, u.unavailable(err)
		}
		if info.Subject != who.subject { // OIDC core 5.3.2: somebody else's answer
			return who, u.unconfirmed(nil)
		}
		if err := info.Claims(&claims); err != nil {
			return who, u.unconfirmed(err)
		}
	}
	number, _ := claims[u.NHSClaim].(string)
	if level, _ := claims[u.LevelClaim].(string); slices.Contains(u.Levels, level) && level != "" {
		who.nhsNumber = strings.ReplaceAll(number, " ", "")
	}
	return who, nil
}

// account is whose identity it is. The answer is the same for a person who has no account and for one whose access was
// switched off (P8).
func (u *Upstream) account(ctx context.Context, who identity) (state.Account, error) {
	a, err := u.state.AccountByIdentity(ctx, u.Issuer, who.subject)
	if fhir.KindOf(err) == fhir.NotFound && who.nhsNumber != "" {
		a, err = u.state.AccountByNHS(ctx, who.nhsNumber)
	}
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return a, err
	}
	if err != nil || a.Suspended {
		return a, fhir.Errorf(fhir.Forbidden, "",
			"You signed in with %s, but your practice hasn't linked you to its online service. Ask your practice to do so, then sign in again.", u.Name)
	}
	return a, nil
}

// assertion authenticates us by private_key_jwt (OIDC core 9).
func (u *Upstream) assertion(tokenURL string) (string, error) {
	signer, err := u.signer()
	if err != nil {
		return "", err
	}
	now := u.state.Now()
	return jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: u.Client, Subject: u.Client, Audience: jwt.Audience{tokenURL}, ID: state.NewSecret(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute)),
	}).Serialize()
}

// unconfirmed is for an answer that isn't what the provider owes.
func (u *Upstream) unconfirmed(cause error) error {
	e := again("What %s said of you could not be confirmed.", u.Name)
	e.Err = cause
	return e
}
