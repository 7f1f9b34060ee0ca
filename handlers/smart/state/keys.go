package state

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"frontdesk/fhir"
	"frontdesk/store"
)

const (
	keyBits = 2048 // NIST SP 800-57: good until 2030
	// KeyOverlap is how long a retired key is still served: longer than any token it signed lives.
	KeyOverlap = 2 * time.Hour
	currentKey = "current"
)

// Signer is a Key that is ready to sign.
type Signer struct {
	Key
	Private jose.JSONWebKey // RS256, with its kid
}

// Public is what the JWKS shows.
func (s *Signer) Public() jose.JSONWebKey { return s.Private.Public() }

// SigningKey is the key that signs now. The first time, one is made; of two instances that make one, one wins.
func (s *Store) SigningKey(ctx context.Context) (*Signer, error) {
	current, err := s.currentKey.Get(ctx, currentKey)
	if fhir.KindOf(err) == fhir.NotFound {
		if err = s.newKey(ctx, Entry[string]{}); err == nil || fhir.KindOf(err) == fhir.Conflict {
			current, err = s.currentKey.Get(ctx, currentKey)
		}
	}
	if err != nil {
		return nil, err
	}
	return s.Key(ctx, current.Value)
}

// Key is the key of a kid, if its tokens may still be alive; fhir.NotFound if not.
func (s *Store) Key(ctx context.Context, kid string) (*Signer, error) {
	e, err := s.keys.Get(ctx, kid)
	if err != nil {
		return nil, err
	}
	return s.signer(e.Value)
}

// signer parses a key once. Its kid is its thumbprint, so the same kid is the same key.
func (s *Store) signer(k Key) (*Signer, error) {
	if known, ok := s.parsed.Load(k.ID); ok {
		return &Signer{k, known.(jose.JSONWebKey)}, nil
	}
	var private jose.JSONWebKey
	if err := private.UnmarshalJSON(k.JWK); err != nil {
		return nil, fhir.Fault("reading a signing key", err)
	}
	s.parsed.Store(k.ID, private)
	return &Signer{k, private}, nil
}

// Keys are all whose tokens may still be alive, the newest first.
func (s *Store) Keys(ctx context.Context) ([]*Signer, error) {
	if _, err := s.SigningKey(ctx); err != nil {
		return nil, err
	}
	var all []*Signer
	var bad error
	err := s.keys.Scan(ctx, "", func(e Entry[Key]) bool {
		var k *Signer
		if k, bad = s.signer(e.Value); bad == nil {
			all = append(all, k)
		}
		return bad == nil
	})
	slices.SortFunc(all, func(a, b *Signer) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	return all, cmp.Or(err, bad)
}

// RotateKeys makes a new key sign. The old one is served for as long as its tokens may live.
func (s *Store) RotateKeys(ctx context.Context) error {
	current, err := s.currentKey.Get(ctx, currentKey)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return err
	}
	return s.newKey(ctx, current)
}

// newKey makes a key and the current one of it, in place of old.
func (s *Store) newKey(ctx context.Context, old Entry[string]) error {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return fhir.Fault("making a signing key", err)
	}
	jwk := jose.JSONWebKey{Key: private, Algorithm: string(jose.RS256), Use: "sig"}
	print, err := jwk.Thumbprint(crypto.SHA256)
	if err != nil {
		return fhir.Fault("making a signing key", err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(print)
	text, err := json.Marshal(jwk)
	if err != nil {
		return fhir.Fault("making a signing key", err)
	}
	now := s.now().UTC()
	key := Key{ID: jwk.KeyID, JWK: text, Created: now}
	writes := []store.RecordWrite{s.keys.Put(key.ID, key, never, 0), s.currentKey.Put(currentKey, key.ID, never, old.Revision)}
	if old.Value != "" {
		e, err := s.keys.Get(ctx, old.Value)
		if err != nil {
			return err
		}
		e.Value.Retired = now
		writes = append(writes, s.keys.Put(e.Key, e.Value, now.Add(KeyOverlap), e.Revision))
	}
	return s.Commit(ctx, writes...)
}
