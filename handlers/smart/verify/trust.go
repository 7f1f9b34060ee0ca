package verify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"frontdesk/fhir"
)

// asymmetric are the algorithms a token may be signed by at all. With HS256 whoever knows a public key could sign, and
// none signs nothing.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// trust is what one issuer's access tokens must be like.
type trust struct {
	issuer     string
	audiences  []string // one of them must be the token's
	algorithms []string
	types      []string // the header's typ, in lower case and without "application/"; "" for none
	keys       oidc.KeySet
	now        func() time.Time
}

// head is what is read of a token before it's known to be genuine.
type head struct {
	kid, algorithm, typ string
	issuer              string
}

// peek reads who a token claims to be from.
func peek(token string) (head, error) {
	t, err := jwt.ParseSigned(token, asymmetric)
	var odd *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &odd):
		return head{}, refused(err, "The access token isn't signed by an algorithm that is accepted here. Send the access token as the token endpoint gave it.")
	case err != nil:
		return head{}, refused(nil, "This isn't an access token of a kind that is accepted here. Send it as the token endpoint gave it: not a refresh token, and with nothing around it.")
	}
	h := head{kid: t.Headers[0].KeyID, algorithm: t.Headers[0].Algorithm}
	typ, _ := t.Headers[0].ExtraHeaders[jose.HeaderType].(string)
	h.typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	var c struct {
		Issuer string `json:"iss"`
	}
	if err := t.UnsafeClaimsWithoutVerification(&c); err != nil {
		return head{}, refused(err, "The access token can't be read. Send it as the token endpoint gave it.")
	}
	h.issuer = c.Issuer
	return h, nil
}

// check says whether a token is genuine, in time, and meant for us; claims takes what it says.
func (t *trust) check(ctx context.Context, token string, h head, claims any) (expires time.Time, err error) {
	if !slices.Contains(t.algorithms, h.algorithm) {
		return time.Time{}, refused(nil, "The access token is signed by "+h.algorithm+", which isn't accepted of this issuer.")
	}
	// An id_token is signed by the same key: it's typ and aud that keep it from passing for an access token (RFC 9068
	// 5).
	if !slices.Contains(t.types, h.typ) {
		return time.Time{}, refused(nil, "This is a token, but not an access token. Send the access_token that the token endpoint gave, not the id_token.")
	}
	keys := &witness{KeySet: t.keys}
	// go-oidc checks for one audience alone, so that is done here.
	verifier := oidc.NewVerifier(t.issuer, keys, &oidc.Config{SupportedSigningAlgs: t.algorithms, SkipClientIDCheck: true, Now: t.now})
	verified, err := verifier.Verify(ctx, token)
	var late *oidc.TokenExpiredError
	var ours *fhir.Error // the keys couldn't be had, which says nothing of the token
	switch {
	case errors.As(err, &late):
		return time.Time{}, expired()
	case errors.As(keys.err, &ours):
		return time.Time{}, ours
	case err != nil:
		return time.Time{}, refused(err, "The access token's signature can't be confirmed. Get a new one from the token endpoint.")
	}
	if !slices.ContainsFunc(verified.Audience, func(a string) bool { return slices.Contains(t.audiences, a) }) {
		return time.Time{}, refused(nil, "The access token is meant for another server. Ask for one with aud="+t.audiences[0]+".")
	}
	if err := verified.Claims(claims); err != nil {
		return time.Time{}, refused(err, "The access token has a claim of the wrong kind. Get a new one from the token endpoint.")
	}
	return verified.Expiry, nil
}

func expired() *fhir.Error {
	return refused(nil, "The access token has expired. Get a new one with the refresh token, or sign in again.")
}

// witness remembers why a key set failed: go-oidc makes a text of it.
type witness struct {
	oidc.KeySet
	err error
}

// VerifySignature is the key set's.
func (w *witness) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	payload, w.err = w.KeySet.VerifySignature(ctx, token)
	return payload, w.err
}
