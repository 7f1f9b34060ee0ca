package verify

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/time/rate"

	"frontdesk/handlers/smart/state"
)

// fresh is how long our own keys are used without looking whether they are still those that stand in the Records. A key
// that was removed is dead after this, on every instance.
const fresh = 30 * time.Second

var errUnknownKey = errors.New("no key of ours has this kid, or it didn't sign the token")

// ring is the public halves of our own signing keys.
type ring struct {
	read func(context.Context) ([]*state.Signer, error)
	now  func() time.Time
	// early bounds reads for a kid that isn't known: a key may be new, or an attacker's invention.
	early *rate.Limiter

	mu   sync.Mutex
	keys map[string]jose.JSONWebKey
	at   time.Time
}

func newRing(read func(context.Context) ([]*state.Signer, error), now func() time.Time) *ring {
	return &ring{read: read, now: now, early: rate.NewLimiter(10, 10)}
}

// VerifySignature is a token's payload if one of our keys signed it.
func (r *ring) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(token, asymmetric)
	if err != nil {
		return nil, err
	}
	key, err := r.key(ctx, signed.Signatures[0].Header.KeyID)
	if err != nil {
		return nil, err
	}
	return signed.Verify(key)
}

// key is the key of a kid.
func (r *ring) key(ctx context.Context, kid string) (jose.JSONWebKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	key, known := r.keys[kid]
	if stale := now.Sub(r.at) >= fresh; stale || !known && r.early.AllowN(now, 1) {
		signers, err := r.read(ctx)
		if err != nil {
			return key, err
		}
		r.keys, r.at = map[string]jose.JSONWebKey{}, now
		for _, s := range signers {
			r.keys[s.ID] = s.Public()
		}
		key, known = r.keys[kid]
	}
	if !known {
		return key, errUnknownKey
	}
	return key, nil
}
