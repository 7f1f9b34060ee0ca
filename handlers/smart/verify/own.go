package verify

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/smart/state"
)

// own is our own authorization server.
type own struct {
	trust
	ring   *ring
	state  *state.Store
	people *standing.Standing
	all    *Verifier
}

func newOwn(o Options, v *Verifier, people *standing.Standing) *own {
	ring := newRing(o.State.Keys, o.Now)
	return &own{
		trust: trust{issuer: o.Issuer, audiences: []string{o.Base}, algorithms: []string{"RS256"}, types: []string{"at+jwt"}, keys: ring, now: o.Now},
		ring:  ring, state: o.State, people: people, all: v,
	}
}

func (s *own) check(ctx context.Context, raw string, h head) (token, error) {
	var c struct {
		Subject  string `json:"sub"`
		Client   string `json:"client_id"`
		Scope    string `json:"scope"`
		Approval string `json:"approval"`
	}
	expires, err := s.trust.check(ctx, raw, h, &c)
	return token{source: s, kid: h.kid, until: expires, claims: claims{Subject: c.Subject, Client: c.Client, Scope: c.Scope, Approval: c.Approval}}, err
}

func (s *own) alive(ctx context.Context, t token) error {
	_, err := s.ring.key(ctx, t.kid)
	if err == errUnknownKey {
		return errRevoked()
	}
	return err
}

// caller asks the Records whether what the person allowed still stands, and the record whom the person stands for.
func (s *own) caller(ctx context.Context, t token) (access.Caller, error) {
	a, err := s.state.Approval(ctx, t.claims.Approval)
	if err != nil {
		return access.Caller{}, gone(err)
	}
	if a.Client != t.claims.Client || a.Subject != t.claims.Subject {
		return access.Caller{}, errRevoked()
	}
	c := access.Caller{
		Identity: access.Identity{Client: a.Client, Account: a.Account, Person: a.Person, Patient: a.Patient, Approval: a.ID},
		Registry: s.all.store.Registry(),
		Scopes:   s.all.parsed(t.claims.Scope, a.Scopes),
	}
	if a.Account == "" { // a backend service
		c.Person, c.Patient = "", ""
		return c, nil
	}
	account, err := s.state.Account(ctx, a.Account)
	if err != nil {
		return access.Caller{}, gone(err)
	}
	if account.Subject != a.Subject {
		return access.Caller{}, errRevoked()
	}
	return s.person(ctx, c, account, a.Safer)
}

// person is a caller who is the person of an account, by whatever he or she has come in.
func (s *own) person(ctx context.Context, c access.Caller, account state.Account, safer bool) (access.Caller, error) {
	if account.Suspended || !slices.Contains(account.People(), c.Person) {
		return access.Caller{}, errRevoked()
	}
	return bounded(ctx, s.people, c, safer)
}

// bounded adds to a caller for whom the person stands now, and what is open online of those records. A proxy who is no
// longer one has no access at all (P11), and neither has who is suspended, is offered nothing, or works here no longer:
// they are refused alike (P8).
func bounded(ctx context.Context, people *standing.Standing, c access.Caller, safer bool) (_ access.Caller, err error) {
	if c.Patients, err = people.Patients(ctx, c.Person); err != nil {
		return access.Caller{}, err
	}
	if c.Patients == nil && strings.HasPrefix(c.Person, "RelatedPerson/") {
		return access.Caller{}, errRevoked()
	}
	if c.Views, err = people.Views(ctx, c.Identity, c.Patients, safer); err != nil {
		return access.Caller{}, err
	}
	if c.Online() && !standing.Open(c.Views, c.Patient) {
		return access.Caller{}, errRevoked()
	}
	if in, err := people.InOffice(ctx, c.Person); err != nil || !in { // D13
		return access.Caller{}, cmp.Or[error](err, errRevoked())
	}
	c.Organizations, err = people.Organizations(ctx, c.Person)
	return c, err
}
