package verify

import (
	"context"
	"crypto/sha256"
	"strings"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
)

// Pages is what the audit calls our own pages where it names an app. No app can be registered by it.
const Pages = "Frontdesk pages"

// pagesScopes are what our own pages may do, by whether the person is at work: everything. The person's own bounds are
// what bounds it.
var pagesScopes = map[bool]string{false: "patient/*.cruds", true: "user/*.cruds"}

// browser is a person who uses our own pages, signed in by a session instead of a token.
type browser struct {
	*own
	account     state.Account
	as, patient string
}

// Person is what somebody who is signed in may do on our own pages, in a role (as "RelatedPerson/3") and for a patient
// (an id; "" at work): the same as by a token that grants everything. fhir.Unauthenticated for who is offered nothing.
func (v *Verifier) Person(ctx context.Context, account state.Account, as, patient string) (access.Grant, error) {
	safer := ""
	if account.Safer {
		safer = "safer"
	}
	hash := sha256.Sum256([]byte(strings.Join([]string{"pages", account.Subject, safer, as, patient}, "\n")))
	k, err := v.asked(ctx, hash, token{source: browser{v.own, account, as, patient}})
	if err != nil {
		return access.Grant{}, err
	}
	return k.grant.At(v.now()), nil
}

// caller is the person as things stand at this moment.
func (b browser) caller(ctx context.Context, _ token) (access.Caller, error) {
	c := access.Caller{
		Identity: access.Identity{Client: Pages, Account: b.account.Name, Person: b.as, Patient: b.patient},
		Registry: b.all.store.Registry(),
	}
	c.Scopes = b.all.parsed(pagesScopes[!c.Online()], "")
	return b.person(ctx, c, b.account, b.account.Safer)
}
