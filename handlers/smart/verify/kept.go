package verify

import (
	"context"
	"crypto/sha256"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
)

// keep is how long a caller is remembered at the most while nothing that it depends on is written. It bounds what the clock alone changes:
// that an approval or a role is over, that a parameter which a scope names is indexed.
const keep = 5 * time.Second

// kept is a caller as the store had it. It counts until anything is written that it was read from, by whichever process: so it is what
// the store would say now (I8).
type kept struct {
	caller   access.Caller
	count    uint64 // of the watch, from before the store was asked
	at       time.Time
	registry *spec.Registry
}

// asked is who has a genuine token: as remembered, if nothing has changed, or asked of the store.
func (v *Verifier) asked(ctx context.Context, hash [sha256.Size]byte, t token) (access.Caller, error) {
	now, registry := v.now(), v.store.Registry()
	count, sure := v.watch()
	if k, known := v.callers.Get(hash); known && sure && k.count == count && k.registry == registry && now.Sub(k.at).Abs() < keep {
		k.caller.Now = now
		return k.caller, nil
	}
	c, err := t.source.caller(ctx, t)
	c.Now = now
	if err == nil && sure {
		v.callers.Add(hash, kept{c, count, now, registry})
	}
	return c, err
}
