package verify

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/smart/state"
)

// other is an External at work.
type other struct {
	trust
	External
	base   string
	state  *state.Store
	people *standing.Standing
	all    *Verifier
}

func newOther(e External, o Options, v *Verifier, people *standing.Standing) *other {
	return &other{
		trust:    trust{issuer: e.Issuer, audiences: e.Audiences, algorithms: e.Algorithms, types: e.Types, keys: newRemote(e.Issuer, o.HTTP, o.Now), now: o.Now},
		External: e, base: o.Base, state: o.State, people: people, all: v,
	}
}

func (s *other) check(ctx context.Context, raw string, h head) (token, error) {
	var all map[string]any
	expires, err := s.trust.check(ctx, raw, h, &all)
	if err != nil {
		return token{}, err
	}
	c, err := s.read(all, s.base)
	until := s.now().Add(Renew)
	if expires.Before(until) {
		until = expires
	}
	return token{source: s, kid: h.kid, until: until, claims: c}, err
}

// alive is true until the token is checked again: the issuer doesn't tell us of a revocation.
func (s *other) alive(context.Context, token) error { return nil }

// caller believes the issuer as to the person and the patient. A person who has an account here, linked to the issuer's
// or not, may be suspended here (P8).
func (s *other) caller(ctx context.Context, t token) (access.Caller, error) {
	c := access.Caller{
		Identity: access.Identity{Client: t.claims.Client, Person: t.claims.Person, Patient: t.claims.Patient},
		Registry: s.all.store.Registry(),
		Scopes:   s.all.parsed(clinical(t.claims.Scope), ""),
	}
	account, err := s.state.AccountByIdentity(ctx, s.Issuer, t.claims.Subject)
	switch {
	case err == nil && account.Suspended:
		return access.Caller{}, errRevoked()
	case err == nil:
		c.Account = account.Name
	case fhir.KindOf(err) != fhir.NotFound:
		return access.Caller{}, err
	}
	switch {
	case c.Person == "" && c.Patient != "":
		// An app that the issuer launched for a patient, without saying who signed in: that record is all it can reach.
		c.Person, c.Scopes = "Patient/"+c.Patient, c.Scopes.Without(access.UserContext)
	case c.Person == "" && !s.Backend:
		c.Scopes = c.Scopes.Without(access.SystemContext)
	}
	switch suspended, err := s.state.Suspended(ctx, c.Person); {
	case err != nil:
		return access.Caller{}, err
	case suspended:
		return access.Caller{}, errRevoked()
	}
	return bounded(ctx, s.people, c, false)
}

// clinical are the scopes that could be ours to read: the words beside them belong to the issuer.
func clinical(scope string) string {
	var ours []string
	for word := range strings.FieldsSeq(scope) {
		if context, _, _ := strings.Cut(word, "/"); context == "patient" || context == "user" || context == "system" {
			ours = append(ours, word)
		}
	}
	return strings.Join(ours, " ")
}
