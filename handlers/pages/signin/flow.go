package signin

import (
	"context"
	"net/http"
	"time"

	"github.com/pquerna/otp"

	"frontdesk/fhir/access"
	"frontdesk/handlers/smart/state"
)

// Flow is the authorization server, as the pages need it: requests of apps that wait for a person's answer.
type Flow interface {
	// Asked is the request of an app that waits under this id; fhir.NotFound if there is none any more.
	Asked(ctx context.Context, id string) (*Asked, error)
	// Decide answers the request and sends the browser back to the app. It narrows what was decided to what the app may
	// have, and is the last to judge whether this account may act for that patient.
	Decide(w http.ResponseWriter, r *http.Request, id string, session state.Session, decision Decision)
}

// Asked is what an app asks for, in words for the person who decides. The client and its redirect are valid when it's
// here.
type Asked struct {
	ID       string
	App      string           // the client's name; it was chosen by whoever registered it and is not to be trusted as markup
	Redirect string           // where the answer goes
	Known    time.Time        // since when the practice has known the app; zero if it can't be said
	Launch   *state.Launch    // of an EHR launch, else nil
	Sections []access.Section // what the clinical scopes amount to (access.Scopes.Sections)
	Patient  bool             // some scope needs a patient: any patient/ scope, or launch/patient
	User     bool             // some scope is user/: all the records that the person may see
	Identity bool             // openid, fhirUser or profile: who signed in
	Offline  bool             // offline_access
	Online   bool             // online_access
	// SignedInSince, if not zero, is the oldest sign-in that will do (OIDC core 3.1.2.1, prompt=login and max_age).
	SignedInSince time.Time
}

// Decision is the person's answer.
type Decision struct {
	Deny     bool
	As       string    // in which role: "Patient/1", "RelatedPerson/3", "Practitioner/2"
	Patient  string    // for whom: an id, "" if nothing that was asked for needs a patient
	Sections []string  // the names of those that were left on
	Once     bool      // not beyond this visit: without offline_access
	Until    time.Time // when access ends at the latest; zero: when it's stopped. Only where Offline was asked for.
}

// People tells who may act for whom. What it answers is already bounded by what that account may see.
type People interface {
	// Name is what the account's person is called; the account's own name if the record has none.
	Name(ctx context.Context, account state.Account) (string, error)
	// Roles are those in which an account may use apps now: the patient herself, those she is proxy for, her work.
	Roles(ctx context.Context, account state.Account) ([]Role, error)
	// Patient is one patient whom the account may see in this role, fhir.NotFound if it may not.
	Patient(ctx context.Context, account state.Account, role Role, id string) (Person, error)
	// Find looks for patients whom a member of staff may see; at most a page of them.
	Find(ctx context.Context, account state.Account, role Role, by Criteria) ([]Person, error)
}

// Role is one way for an account to use an app.
type Role struct {
	As      string // "Patient/1", "RelatedPerson/3", "Practitioner/2"
	Own     bool   // the patient herself
	Staff   bool   // at work: for the practice's patients
	Patient Person // for whom; of staff, nobody yet
	// Open is how far each section of the record is open in this role; one that isn't named is, to staff.
	Open map[string]access.Level
}

// offered are the sections that were asked for as far as they are open in this role: nobody is asked for what he or she
// can't see (P6), and the reduced view is like that of a practice that offers only this (P9).
func (r Role) offered(asked []access.Section) []access.Section {
	var out []access.Section
	for _, s := range asked {
		switch level, decided := r.Open[s.Name]; {
		case decided && level == access.None:
			continue
		case decided:
			s = s.Online(level)
		}
		out = append(out, s)
	}
	return out
}

// Person is a patient, as much as it takes to tell one from another.
type Person struct {
	ID        string
	Name      string
	Born      string // a FHIR date: "1980-05-01", "1980", or ""
	NHSNumber string // only as found by Find
}

// Criteria are what a member of staff looks for a patient by: the NHS number, or a name and a date of birth.
type Criteria struct {
	NHSNumber string // ten digits, without spaces; else "", and
	Name      string
	Born      string // the two together; a FHIR date
}

// Accounts is state.Store, as the pages need it. Every error is a *fhir.Error.
type Accounts interface {
	// Authenticate is the account that a name and password belong to: fhir.Unauthenticated if they don't, without
	// telling why; fhir.Throttled with RetryAfter after too many tries from there.
	Authenticate(ctx context.Context, name, password string, from state.From) (state.Account, error)
	// Recognise keeps that an account has signed in in a browser, and gives by what it is known.
	Recognise(ctx context.Context, account state.Account, browser string) (string, error)
	Account(ctx context.Context, name string) (state.Account, error)
	Client(ctx context.Context, id string) (state.Client, error)
	// SignInFor begins a session, for an app's request or ""; the cookie's value is known to the browser alone.
	SignInFor(ctx context.Context, account state.Account, request string, methods ...string) (
		cookie string, session state.Session, err error)
	// SignInHalf begins one that waits for the second step, and Half is it; the others are that step (state.Second).
	SignInHalf(ctx context.Context, account state.Account, request string) (
		cookie string, session state.Session, err error)
	Half(ctx context.Context, cookie string) (state.Session, error)
	OfferSecond(ctx context.Context, session state.Session, service string) (*otp.Key, error)
	ConfirmSecond(ctx context.Context, session state.Session, code string) (recovery []string, err error)
	PassSecond(ctx context.Context, name, code string) error
	RemoveSecond(ctx context.Context, name string) error
	Session(ctx context.Context, cookie string) (state.Session, error)
	SignOut(ctx context.Context, cookie string) error
	Approval(ctx context.Context, id string) (state.Approval, error)
	ApprovalsOf(ctx context.Context, account string, yield func(state.Approval) bool) error
	Revoke(ctx context.Context, id string) error
}

// Seen is one time that an app looked at the record.
type Seen struct {
	When time.Time
	What string // "Test results, 12 entries"
}

// Upstream is another OpenID provider at which one can sign in.
type Upstream struct {
	Name string // "NHS login"
	URL  string // where to begin; the pages add ?request=ID where there is one
}
