package state

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"frontdesk/fhir"
	"frontdesk/handlers/wire"
)

// Second is a second step at sign-in: codes of an app by time (TOTP, RFC 6238), and single codes for who has lost it.
type Second struct {
	Secret   string   `json:"secret"`
	Last     int64    `json:"last,omitempty"`     // the step whose code was used last: none is good twice (RFC 6238 5.2)
	Recovery []string `json:"recovery,omitempty"` // digests of those that aren't used
	Failed   count    `json:"failed,omitzero"`
	// Since is when it was set up.
	Since time.Time `json:"since"`
}

// How people have signed in, as amr says it (RFC 8176).
const (
	ByPassword = "pwd"
	ByCode     = "otp"
	ByTwo      = "mfa"
)

const (
	// HalfLife is how long somebody who has given the password has for the second step.
	HalfLife      = 10 * time.Minute
	codePeriod    = 30 // seconds, RFC 6238 5.2
	recoveryCodes = 10
)

var codeOptions = totp.ValidateOpts{Period: codePeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// SignInHalf begins a session of somebody who has given the password and has yet to take the second step: it opens
// nothing. request is the app's that they sign in for, "" if there is none.
func (s *Store) SignInHalf(ctx context.Context, a Account, request string) (cookie string, _ Session, _ error) {
	cookie = NewSecret()
	se := s.newSession(cookie, a, request)
	se.Half = true
	return cookie, se, s.Commit(ctx, s.sessions.Put(se.ID, se, se.Since.Add(HalfLife), 0))
}

// Half is a session that waits for the second step; fhir.NotFound if there is none.
func (s *Store) Half(ctx context.Context, cookie string) (Session, error) {
	e, err := s.sessions.Get(ctx, Digest(cookie))
	if err == nil && !e.Value.Half {
		err = s.sessions.missing()
	}
	e.Value.ID = e.Key
	return e.Value, err
}

// OfferSecond is the key that a person is to put into an app: made once for each session, and good when Confirm has
// heard a code of it. service is what the app calls it.
func (s *Store) OfferSecond(ctx context.Context, se Session, service string) (*otp.Key, error) {
	e, err := s.sessions.Change(ctx, se.ID, func(se *Session) error {
		if se.Offer != "" {
			return nil
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: service, AccountName: se.Account})
		if err != nil {
			return fhir.Fault("making a key for a second step", err)
		}
		se.Offer = key.URL()
		return nil
	})
	if err != nil {
		return nil, err
	}
	key, err := otp.NewKeyFromURL(e.Value.Offer)
	if err != nil {
		return nil, fhir.Fault("reading the key of a second step", err)
	}
	return key, nil
}

// ConfirmSecond sets up the second step that was offered, when the person's app gives a code of it. It gives the codes
// for when the app is lost, which are kept as digests. fhir.Unauthenticated if the code is wrong, fhir.NotFound if
// nothing was offered.
func (s *Store) ConfirmSecond(ctx context.Context, se Session, code string) (recovery []string, _ error) {
	e, err := s.sessions.Get(ctx, se.ID)
	if err == nil && e.Value.Offer == "" {
		err = s.sessions.missing()
	}
	if err != nil {
		return nil, err
	}
	key, err := otp.NewKeyFromURL(e.Value.Offer)
	if err != nil {
		return nil, fhir.Fault("reading the key of a second step", err)
	}
	second := Second{Secret: key.Secret(), Since: s.now().UTC()}
	if !second.accepts(code, s.now()) {
		return nil, wrongCode()
	}
	for range recoveryCodes {
		one := wire.NewReference()
		recovery, second.Recovery = append(recovery, one), append(second.Recovery, Digest(one))
	}
	_, err = s.accounts.Change(ctx, se.Account, func(a *Account) error {
		if a.Subject != se.Subject {
			return s.accounts.missing()
		}
		a.Second = &second
		return nil
	})
	if err == nil {
		_, err = s.sessions.Change(ctx, se.ID, func(se *Session) error { se.Offer = ""; return nil })
	}
	return recovery, err
}

// PassSecond takes the second step of an account, by a code of the app or one for when that is lost, which is used up.
// fhir.Unauthenticated if it is wrong, fhir.Throttled with RetryAfter after too many wrong ones: whoever tries has the
// password.
func (s *Store) PassSecond(ctx context.Context, name, code string) error {
	var refused error
	_, err := s.accounts.Change(ctx, nameOf(name), func(a *Account) error {
		if a.Second == nil {
			return s.accounts.missing()
		}
		if err := a.Second.Failed.one(s.now(), freeByName); err != nil {
			return err
		}
		if refused = nil; !a.Second.accepts(code, s.now()) && !a.Second.recovers(code) {
			refused = wrongCode()
			return nil // counted
		}
		a.Second.Failed = count{}
		return nil
	})
	if err == nil {
		err = refused
	}
	return busy(err)
}

// RemoveSecond ends the second step of an account.
func (s *Store) RemoveSecond(ctx context.Context, name string) error {
	_, err := s.accounts.Change(ctx, nameOf(name), func(a *Account) error { a.Second = nil; return nil })
	return err
}

func wrongCode() error {
	return fhir.Errorf(fhir.Unauthenticated, "", "That code isn't right, or was used before. Wait for the next one and try again.")
}

// accepts says whether a code is that of now, or of half a minute before or after, and wasn't used. The steps just
// before the last one used are over too; those long before it are again good when the clock was set back.
func (f *Second) accepts(code string, now time.Time) bool {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for _, skew := range []int64{0, -1, 1} {
		step := now.Unix()/codePeriod + skew
		want, err := totp.GenerateCodeCustom(f.Secret, time.Unix(step*codePeriod, 0), codeOptions)
		if err != nil || subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
			continue
		}
		if step <= f.Last && step >= f.Last-2 {
			return false
		}
		f.Last = step
		return true
	}
	return false
}

// recovers uses up a code for who has lost the app.
func (f *Second) recovers(code string) bool {
	i := slices.Index(f.Recovery, Digest(wire.Reference(code)))
	if i < 0 {
		return false
	}
	f.Recovery = slices.Delete(f.Recovery, i, i+1)
	return true
}
