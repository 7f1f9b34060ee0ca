package state

import (
	"context"
	"net/netip"
	"time"

	"frontdesk/fhir"
)

// attempts are the failed sign-ins of one account or from one address.
type attempts struct {
	Count int       `json:"n"`
	Until time.Time `json:"until"` // no attempt before
}

// Limits of failed sign-ins. After so many the wait begins at a second and doubles to maxWait. Many people share the address of a surgery
// or a mobile network, so it takes more.
const (
	freeByAccount = 5
	freeByAddress = 50
	maxWait       = 15 * time.Minute
	forgetAfter   = time.Hour // after the last failure all is forgotten
)

// Authenticate is the account of a name and password. address is where the request came from. fhir.Unauthenticated, in the same words and
// after the same work, if there is no such account, it is suspended, it has no password, or the password is another; fhir.Throttled with
// RetryAfter if there were too many failures, whether there is such an account or not. The account is Safer if it was that password.
func (s *Store) Authenticate(ctx context.Context, name, password, address string) (Account, error) {
	account, from := "account/"+Digest(nameOf(name)), "address/"+Network(address)
	// Counted before it's tried: guesses sent side by side don't get more tries than those sent in turn.
	for key, free := range map[string]int{account: freeByAccount, from: freeByAddress} {
		if err := s.attempt(ctx, key, free); err != nil {
			return Account{}, err
		}
	}
	a, err := s.Account(ctx, name)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return Account{}, err
	}
	ok, err := matches(ctx, password, a.Password)
	if err != nil {
		return Account{}, err
	}
	// Always compared, and always after the other: that there is a second password mustn't be told by the time it takes.
	if a.Safer, err = matches(ctx, password, a.SaferPassword); err != nil {
		return Account{}, err
	}
	if a.Safer = a.Safer && !ok; !ok && !a.Safer || a.Suspended {
		return Account{}, fhir.Errorf(fhir.Unauthenticated, "", "The name or the password isn't right. Check both and try again.")
	}
	if err := s.forgive(ctx, account, from); err != nil {
		return Account{}, err
	}
	return a, nil
}

// Network is what requests from an address are counted under: a home has a /64 of IPv6.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return Digest(address)
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	p, _ := ip.Prefix(64)
	return p.Masked().Addr().String()
}

// attempt counts one more failure, which forgive takes back, and refuses it if it comes too soon.
func (s *Store) attempt(ctx context.Context, key string, free int) error {
	for try := 1; ; try++ {
		e, err := s.attempts.Get(ctx, key)
		if err != nil && fhir.KindOf(err) != fhir.NotFound {
			return err
		}
		now := s.now()
		if wait := e.Value.Until.Sub(now); wait > 0 {
			return throttled(wait)
		}
		if e.Value.Count++; e.Value.Count >= free {
			wait := min(time.Second<<min(e.Value.Count-free, 20), maxWait)
			e.Value.Until = now.Add(wait)
		}
		err = s.Commit(ctx, s.attempts.Put(key, e.Value, now.Add(forgetAfter), e.Revision))
		if fhir.KindOf(err) == fhir.Conflict && try < tries {
			continue
		}
		if fhir.KindOf(err) == fhir.Conflict {
			return throttled(time.Second)
		}
		return err
	}
}

func throttled(wait time.Duration) error {
	return &fhir.Error{Kind: fhir.Throttled, RetryAfter: wait, Issues: []fhir.Issue{{
		Text: "There were too many attempts to sign in. Wait a while and try again."}}}
}

// forgive forgets the failures of an account that has signed in, and takes this attempt off those of the address: forgetting them all would
// let somebody with an account of his own guess at others' for ever.
func (s *Store) forgive(ctx context.Context, account, address string) error {
	if err := s.Commit(ctx, s.attempts.Remove(account, -1)); err != nil {
		return err
	}
	_, err := s.attempts.Change(ctx, address, func(a *attempts) error {
		a.Count--
		a.Until = time.Time{}
		return nil
	})
	if k := fhir.KindOf(err); k == fhir.NotFound || k == fhir.Conflict {
		return nil // forgotten meanwhile, or so busy that one more doesn't matter
	}
	return err
}
