package pages

import (
	"context"
	"net/http"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
)

// Visitor is the person who is signed in in a browser.
type Visitor struct {
	Cookie  string
	Session state.Session
	Account state.Account
	Name    string // what the person is called
}

// Accounts are where sessions and accounts are kept: state.Store. Every error is a *fhir.Error.
type Accounts interface {
	Session(ctx context.Context, cookie string) (state.Session, error)
	Account(ctx context.Context, name string) (state.Account, error)
}

// Names says what an account's person is called; by the account's own name if the record has none.
type Names interface {
	Name(ctx context.Context, account state.Account) (string, error)
}

// Visitor is nil if nobody is signed in. ended says that somebody was. Who was suspended since is not signed in any
// more (P8).
func (s *Shell) Visitor(r *http.Request, accounts Accounts, names Names) (_ *Visitor, ended bool, err error) {
	v := Visitor{Cookie: s.Cookies.Session(r)}
	if v.Cookie == "" {
		return nil, false, nil
	}
	if v.Session, err = accounts.Session(r.Context(), v.Cookie); err == nil {
		v.Account, err = accounts.Account(r.Context(), v.Session.Account)
	}
	v.Account.Safer = v.Session.Safer
	switch kind := fhir.KindOf(err); {
	case err == nil && !v.Account.Suspended:
		v.Name, err = names.Name(r.Context(), v.Account)
		return &v, false, err
	case err == nil || kind == fhir.NotFound || kind == fhir.Unauthenticated:
		return nil, true, nil
	}
	return nil, false, err
}
