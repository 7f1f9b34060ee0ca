package state

import (
	"context"
	"net/netip"

	"frontdesk/fhir"
)

// From is where a sign-in comes from.
type From struct {
	Address string // of the browser
	Browser string // what Recognise gave it when somebody signed in there before, "" if nobody did
}

// Authenticate is the account of a name and password. fhir.Unauthenticated, in the same words and after the same work,
// if there is no such account, it is suspended, it has no password, or the password is another; fhir.Throttled with
// RetryAfter if too many sign-ins have failed from there, whether there is such an account or not. What others try
// elsewhere makes nobody wait. The account is Safer if it was that password.
func (s *Store) Authenticate(ctx context.Context, name, password string, from From) (Account, error) {
	a, err := s.Account(ctx, name)
	if err != nil && fhir.KindOf(err) != fhir.NotFound {
		return Account{}, err
	}
	// Counted before it's tried: guesses sent side by side don't get more tries than those sent in turn.
	try, err := s.attempt(ctx, name, a, from)
	if err != nil {
		return Account{}, err
	}
	ok, safer, err := a.opens(ctx, password, try.place)
	if err != nil {
		return Account{}, err
	}
	if a.Safer = safer && !ok; !ok && !a.Safer || a.Suspended {
		return Account{}, fhir.Errorf(fhir.Unauthenticated, "", "The name or the password isn't right. Check both and try again.")
	}
	return a, s.forgive(ctx, try)
}

// opens says whether a password is the account's, and whether it is that of the reduced view. Both are always compared,
// one after the other: that there is a second password mustn't be told by the time it takes.
func (a *Account) opens(ctx context.Context, password string, p place) (ok, safer bool, err error) {
	if err := hashing.enter(ctx, p); err != nil {
		return false, false, err
	}
	defer hashing.leave()
	return matches(password, a.Password), matches(password, a.SaferPassword), nil
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
