package state

import (
	"context"
	"regexp"
	"strings"

	"frontdesk/fhir"
	"frontdesk/store"
)

// accountName is what a name may be: an e-mail address is one. No slash, for names are parts of keys.
var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,99}$`)

// person is a reference to somebody who may have an account.
var person = regexp.MustCompile(`^(Patient|Practitioner|RelatedPerson)/[A-Za-z0-9.-]{1,64}$`)

// related is a reference to a RelatedPerson.
var related = regexp.MustCompile(`^RelatedPerson/[A-Za-z0-9.-]{1,64}$`)

// nameOf is an account's name as it is kept: typed with capitals or spaces around, it is the same.
func nameOf(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// Account is the account of a name.
func (s *Store) Account(ctx context.Context, name string) (Account, error) {
	e, err := s.accounts.Get(ctx, nameOf(name))
	return e.Value, err
}

// AccountOf is the account whose tokens have a subject.
func (s *Store) AccountOf(ctx context.Context, subject string) (Account, error) {
	return s.accountBy(ctx, bySubject(subject))
}

// AccountByIdentity is the account of somebody at an upstream OpenID provider.
func (s *Store) AccountByIdentity(ctx context.Context, issuer, subject string) (Account, error) {
	return s.accountBy(ctx, Identity{issuer, subject}.key())
}

// AccountByNHS is the account of a person by the NHS number, which an upstream provider must have verified.
func (s *Store) AccountByNHS(ctx context.Context, number string) (Account, error) {
	return s.accountBy(ctx, byNHS(number))
}

func (s *Store) accountBy(ctx context.Context, key string) (Account, error) {
	e, err := s.names.Get(ctx, key)
	if err != nil {
		return Account{}, err
	}
	return s.Account(ctx, e.Value)
}

func bySubject(subject string) string { return "sub/" + Digest(subject) }
func byNHS(number string) string      { return "nhs/" + strings.ReplaceAll(number, " ", "") }
func (i Identity) key() string        { return "upstream/" + Digest(i.Issuer+"\n"+i.Subject) }

// keys are those by which an account is found besides its name. No two accounts share one.
func (a *Account) keys() []string {
	keys := []string{bySubject(a.Subject)}
	for _, i := range a.Upstream {
		keys = append(keys, i.key())
	}
	if a.NHSNumber != "" {
		keys = append(keys, byNHS(a.NHSNumber))
	}
	return keys
}

// suspension is by what it is found that an account of a person is suspended.
func suspension(person, name string) string { return "suspended/" + person + "/" + name }

func (a *Account) suspensions() (keys []string) {
	for _, person := range a.People() {
		keys = append(keys, suspension(person, a.Name))
	}
	return keys
}

// Accounts calls yield with every account, by name, until it says false.
func (s *Store) Accounts(ctx context.Context, yield func(Account) bool) error {
	return s.accounts.Scan(ctx, "", func(e Entry[Account]) bool { return yield(e.Value) })
}

// AddAccount makes an account; an empty password leaves signing in to an upstream provider. fhir.Conflict if the name,
// the NHS number or an upstream identity is another account's.
func (s *Store) AddAccount(ctx context.Context, a Account, password string) error {
	a.Name = nameOf(a.Name)
	if err := a.check(); err != nil {
		return err
	}
	if a.Subject == "" {
		a.Subject = NewSecret()
	}
	a.Created, a.Since = s.now().UTC(), s.now().UTC()
	if password != "" {
		hash, err := hashPassword(ctx, password)
		if err != nil {
			return err
		}
		a.Password = hash
	}
	writes := []store.RecordWrite{s.accounts.Put(a.Name, a, never, 0)}
	for _, key := range a.keys() {
		writes = append(writes, s.names.Put(key, a.Name, never, 0))
	}
	err := s.Commit(ctx, writes...)
	if fhir.KindOf(err) == fhir.Conflict {
		return taken(err, "There is an account of that name, NHS number or upstream identity. Remove it first, or choose another name.")
	}
	return err
}

func (a *Account) check() error {
	if !accountName.MatchString(a.Name) {
		return fhir.Errorf(fhir.Invalid, "", "An account's name is 1 to 100 letters, digits and . _ @ + -, and begins with a letter or digit.")
	}
	if !person.MatchString(a.Person) {
		return fhir.Errorf(fhir.Invalid, "", "An account is a person's: give a reference as Patient/1, Practitioner/1 or RelatedPerson/1.")
	}
	for _, r := range a.Related {
		if !related.MatchString(r) {
			return fhir.Errorf(fhir.Invalid, "", "%q is no reference to a RelatedPerson, as RelatedPerson/1.", r)
		}
	}
	return nil
}

// SetPassword changes a password. All sessions of the account are over.
func (s *Store) SetPassword(ctx context.Context, name, password string) error {
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.accounts.Change(ctx, nameOf(name), func(a *Account) error {
		a.Password, a.Since = hash, s.now().UTC()
		a.Generation++
		return nil
	})
	return err
}

// SetSafer sets the password that opens the reduced view of the account's own record, or with "" takes it away (P9).
// Nobody can tell from outside whether an account has one.
func (s *Store) SetSafer(ctx context.Context, name, password string) error {
	hash := ""
	if password != "" {
		a, err := s.Account(ctx, name)
		if err != nil {
			return err
		}
		same, _, err := a.opens(ctx, password, place{class: known})
		if err != nil {
			return err
		}
		if same {
			return fhir.Errorf(fhir.Invalid, "", "That is the password that opens everything. The one for the safer view must be another.")
		}
		if hash, err = hashPassword(ctx, password); err != nil {
			return err
		}
	}
	_, err := s.accounts.Change(ctx, nameOf(name), func(a *Account) error { a.SaferPassword = hash; return nil })
	return err
}

// Suspend switches a person's online access off, or on again (P8). Sessions, tokens and refresh tokens fail from the
// next request on, and so do tokens of other issuers, linked to the account or not.
func (s *Store) Suspend(ctx context.Context, name string, off bool) error {
	return again(func() error {
		e, err := s.accounts.Get(ctx, nameOf(name))
		if err != nil {
			return err
		}
		a := &e.Value
		a.Suspended = off
		writes := []store.RecordWrite{s.accounts.Put(e.Key, *a, e.Expires, e.Revision)}
		for _, key := range a.suspensions() {
			if off {
				writes = append(writes, s.names.Put(key, a.Name, never, -1))
			} else {
				writes = append(writes, s.names.Remove(key, -1))
			}
		}
		return s.Commit(ctx, writes...)
	})
}

// Suspended says whether an account of a person, a reference as "Patient/1", is suspended.
func (s *Store) Suspended(ctx context.Context, person string) (suspended bool, err error) {
	err = s.names.Scan(ctx, suspension(person, ""), func(Entry[string]) bool {
		suspended = true
		return false
	})
	return suspended, err
}

// RemoveAccount removes an account and all it approved.
func (s *Store) RemoveAccount(ctx context.Context, name string) error {
	e, err := s.accounts.Get(ctx, nameOf(name))
	if err != nil {
		return err
	}
	writes := []store.RecordWrite{s.accounts.Remove(e.Key, e.Revision)}
	for _, key := range append(e.Value.keys(), e.Value.suspensions()...) {
		writes = append(writes, s.names.Remove(key, -1))
	}
	if err := s.Commit(ctx, writes...); err != nil {
		return err
	}
	return s.RevokeAccount(ctx, e.Key)
}
