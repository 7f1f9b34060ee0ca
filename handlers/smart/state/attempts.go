package state

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"time"

	"frontdesk/fhir"
)

// count is a number of failed sign-ins.
type count struct {
	N     int       `json:"n"`
	Until time.Time `json:"until,omitzero"` // no attempt before
}

// network is what failed from one network: in all, and by account. The names are in here, so that one which somebody
// made up leaves no record of its own; and as short digests, for people type passwords for names.
type network struct {
	All   count            `json:"all"`
	Names map[string]count `json:"names,omitempty"`
}

// Limits of failed sign-ins. After so many the wait begins at a second and doubles to maxWait. Many people share the
// address of a surgery or a mobile network, so it takes more.
const (
	freeByName    = 5
	freeByNetwork = 50
	maxWait       = 15 * time.Minute
	forgetAfter   = time.Hour // after the last failure all is forgotten
	// pressed is how many failures, from wherever, make a network's second try at an account wait already: guesses that
	// are spread over many networks get one try from each. The first is always heard, so that nobody is locked out of
	// an account by others.
	pressed = 500
	// buckets is how many counters there are for that. Accounts share them, whether they exist or not.
	buckets = 4096
)

// attempt is a sign-in that was counted as failed, until forgive takes it back.
type attempt struct {
	place
	browser string // key of the known browser that it comes from, "" if none
	name    string // under which it is counted in its network
}

// attempt counts one more failure, which forgive takes back, and refuses it if it comes too soon. A browser that has
// signed in to the account before has a count of its own: what others try from the same network doesn't make it wait.
func (s *Store) attempt(ctx context.Context, name string, a Account, from From) (attempt, error) {
	try := attempt{place: place{fresh, Network(from.Address)}, name: Digest(nameOf(name))[:8]}
	key := browserKey(from.Browser, a)
	_, err := s.browsers.Get(ctx, key)
	switch {
	case err == nil:
		try.browser, try.class = key, known
		_, err = s.browsers.Change(ctx, key, func(c *count) error { return c.one(s.now(), freeByName) })
		return try, busy(err)
	case fhir.KindOf(err) != fhir.NotFound:
		return try, err
	}
	free := freeByName
	under, err := s.pressure.Get(ctx, bucket(name))
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return try, err
	}
	if under.Value >= pressed {
		free = 1
	}
	if try.class, err = s.countIn(ctx, try, free); err != nil {
		return try, err
	}
	// That two at once count as one here doesn't matter.
	err = s.Commit(ctx, s.pressure.Put(bucket(name), under.Value+1, s.now().Add(forgetAfter), under.Revision))
	if fhir.KindOf(err) == fhir.Conflict {
		err = nil
	}
	return try, err
}

// countIn counts a failure in its network: first in all, and only if that isn't too many for the account.
func (s *Store) countIn(ctx context.Context, try attempt, free int) (c class, _ error) {
	err := again(func() error {
		e, err := s.networks.Get(ctx, try.from)
		if err != nil && fhir.KindOf(err) != fhir.NotFound {
			return err
		}
		now := s.now()
		c = fresh
		if e.Value.All.N > 0 {
			c = failing
		}
		if err := e.Value.All.one(now, freeByNetwork); err != nil {
			return err
		}
		name := e.Value.Names[try.name]
		if err := name.one(now, free); err != nil {
			return err
		}
		if e.Value.Names == nil {
			e.Value.Names = map[string]count{}
		}
		e.Value.Names[try.name] = name
		return s.Commit(ctx, s.networks.Put(try.from, e.Value, now.Add(forgetAfter), e.Revision))
	})
	return c, busy(err)
}

// one counts one more, or refuses it with the time to wait. A wait that is longer than any is from before the clock was
// set back.
func (c *count) one(now time.Time, free int) error {
	if wait := c.Until.Sub(now); wait > 0 && wait <= maxWait {
		return throttled(wait)
	}
	c.N++
	if c.N >= free {
		c.Until = now.Add(min(time.Second<<min(c.N-free, 20), maxWait))
	}
	return nil
}

// less takes one back.
func (c *count) less() { c.N, c.Until = max(0, c.N-1), time.Time{} }

// busy is fhir.Throttled for who comes so often at once that none of it can be counted.
func busy(err error) error {
	if fhir.KindOf(err) == fhir.Conflict {
		return throttled(time.Second)
	}
	return err
}

func throttled(wait time.Duration) error {
	return &fhir.Error{Kind: fhir.Throttled, RetryAfter: wait, Issues: []fhir.Issue{{
		Text: "There were too many attempts to sign in. Wait a while and try again."}}}
}

// forgive forgets the failures of an account from where somebody has signed in to it, and takes this attempt off those
// of the network: forgetting them all would let somebody with an account of his own guess at others' for ever.
func (s *Store) forgive(ctx context.Context, try attempt) error {
	var err error
	if try.browser != "" {
		_, err = s.browsers.Change(ctx, try.browser, func(c *count) error { *c = count{}; return nil })
	} else {
		_, err = s.networks.Change(ctx, try.from, func(n *network) error {
			n.All.less()
			delete(n.Names, try.name)
			return nil
		})
	}
	if k := fhir.KindOf(err); err != nil && (k == fhir.NotFound || k == fhir.Conflict) {
		return nil // forgotten meanwhile, or so busy that one more doesn't matter
	}
	return err
}

// bucket is the counter of failures of an account, from wherever.
func bucket(name string) string {
	sum := sha256.Sum256([]byte(nameOf(name)))
	return strconv.Itoa(int(binary.BigEndian.Uint16(sum[:]) % buckets))
}
