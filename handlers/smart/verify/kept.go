package verify

import (
	"context"
	"crypto/sha256"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
)

// keep is how long a caller is remembered at the most while nothing that it depends on is written. It bounds what the
// clock alone changes: that an approval or a role is over, that a parameter which a scope names is indexed.
const keep = 5 * time.Second

// kept is a caller as the store had it. It counts until anything is written that it was read from, by whichever
// process: so it is what the store would say now (I8).
type kept struct {
	caller   access.Caller
	grant    access.Grant // the caller's, at any time
	count    uint64       // of the watch, from before the store was asked
	from     time.Time
	until    time.Time // when the clock alone ends something; zero: never
	registry *spec.Registry
}

// at is the caller at a time.
func (k kept) at(now time.Time) access.Caller {
	k.caller.Now = now
	return k.caller
}

// over says that the store must be asked again: because of the time that has passed, or because the clock has ended
// something (P11).
func (k kept) over(now time.Time) bool {
	return now.Sub(k.from).Abs() >= keep || !k.until.IsZero() && !now.Before(k.until)
}

// asked is who has a genuine token: as remembered, if nothing has changed, or asked of the store.
func (v *Verifier) asked(ctx context.Context, hash [sha256.Size]byte, t token) (kept, error) {
	now, registry := v.now(), v.store.Registry()
	count, sure := v.watch()
	if k, known := v.callers.Get(hash); known && sure && k.count == count && k.registry == registry && !k.over(now) {
		return k, nil
	}
	c, err := t.source.caller(ctx, t)
	if err != nil {
		return kept{}, err
	}
	k := kept{caller: c, grant: c.Grant(), count: count, from: now, until: c.Until(), registry: registry}
	if sure {
		v.callers.Add(hash, k)
	}
	return k, nil
}
