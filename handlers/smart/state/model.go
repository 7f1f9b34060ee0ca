package state

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// Account is a person who can sign in.
type Account struct {
	Name     string `json:"name"` // what is typed to sign in, lower case
	Subject  string `json:"sub"`  // of tokens: random, and never another's
	Person   string `json:"person"`
	Password string `json:"password,omitempty"` // argon2id in PHC form; "" if only an upstream provider signs this one in
	// Related are the RelatedPersons this person is, besides Person: for whom else he or she may act.
	Related []string `json:"related,omitempty"`
	// Upstream are the identities at other OpenID providers that are this person.
	Upstream  []Identity `json:"upstream,omitempty"`
	NHSNumber string     `json:"nhs,omitempty"` // by which an upstream provider's verified NHS number finds the account
	Suspended bool       `json:"suspended,omitempty"`
	Created   time.Time  `json:"created"`
	// SaferPassword, like Password, opens the reduced view (P9); "" if there is none.
	SaferPassword string `json:"saferPassword,omitempty"`
	// Safer says that it was that one by which the person signed in. It isn't kept with the account, but with the
	// session.
	Safer bool `json:"-"`
	// Second is the second step at sign-in; nil if there is none.
	Second *Second `json:"second,omitempty"`
	// Since is when the password was last set.
	Since time.Time `json:"since,omitzero"`
	// Generation grows with each new password: sessions of another are over. A number, for clocks are set back.
	Generation int `json:"generation,omitempty"`
}

// Staff says whether the account's person is staff of a practice.
func (a *Account) Staff() bool { return strings.HasPrefix(a.Person, "Practitioner/") }

// People are the references to whom the account's person is: Person, and Related.
func (a *Account) People() []string { return append([]string{a.Person}, a.Related...) }

// Identity is somebody at another OpenID provider.
type Identity struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
}

// ClientKind is how a client authenticates (SMART App Launch 2.2, client authentication).
type ClientKind string

// The kinds.
const (
	Public     ClientKind = "public"
	Symmetric  ClientKind = "confidential-symmetric"
	Asymmetric ClientKind = "confidential-asymmetric"
)

// Client is an app that is registered here.
type Client struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"` // as people read it on the consent page
	Kind      ClientKind `json:"kind"`
	Redirects []string   `json:"redirects,omitempty"` // exactly as authorize must name them
	Launches  URLs       `json:"launch,omitempty"`    // where an EHR launch may begin; the first, if the EHR doesn't say which
	Secret    string     `json:"secret,omitempty"`    // of Symmetric only: what HashSecret made of it
	// Former is the secret before that one, which is good until FormerUntil: so an app can be given a new one while it
	// runs.
	Former      string          `json:"former,omitempty"`
	FormerUntil time.Time       `json:"former_until,omitzero"`
	JWKS        json.RawMessage `json:"jwks,omitempty"`     // of Asymmetric: inline,
	JWKSURL     string          `json:"jwks_url,omitempty"` // or to be fetched
	Scopes      string          `json:"scopes"`             // the most it may be granted
	// ResourceServer says that it serves others' requests, as an API gateway does: it may ask about any token, not only
	// its own (RFC 7662 4).
	ResourceServer bool      `json:"resource_server,omitempty"`
	Created        time.Time `json:"created"`
}

// URLs is a list of them. One that was kept alone is a list of one.
type URLs []string

// UnmarshalJSON reads a list, or one URL.
func (u *URLs) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*u = URLs{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(u))
}

// Key is a signing key. One is current and signs; all that aren't expired are published.
type Key struct {
	ID      string          `json:"kid"`
	JWK     json.RawMessage `json:"jwk"` // with the private part
	Created time.Time       `json:"created"`
	Retired time.Time       `json:"retired,omitzero"` // when a newer took over; served until its last token is dead
}

// Session is a person signed in in a browser.
type Session struct {
	ID         string    `json:"-"`                    // the hash of its cookie, by which approvals name it
	Account    string    `json:"account"`              // by name
	Subject    string    `json:"sub"`                  // of that account: another of the same name is another person
	Since      time.Time `json:"since"`                // auth_time
	Used       time.Time `json:"used"`                 // to within a minute
	Generation int       `json:"generation,omitempty"` // of the account, when it began
	// Half says that the second step is yet to be taken: the session opens nothing.
	Half    bool     `json:"half,omitempty"`
	Methods []string `json:"methods,omitempty"` // how the person has signed in: amr (RFC 8176)
	Request string   `json:"request,omitempty"` // the hash of the app's request that it was begun for
	Offer   string   `json:"offer,omitempty"`   // the key of a second step that is being set up, as a URL
	// Safer says that this is the second sign-in, which opens a reduced view (P9).
	Safer bool `json:"safer,omitempty"`
	// As is in which role, and for whom, the person uses our own pages, as "RelatedPerson/3 tom"; "" before one was
	// chosen.
	As string `json:"as,omitempty"`
	// CSRF is what forms of this session must send back.
	CSRF string `json:"csrf"`
}

// Launch is an app's start within an EHR (SMART App Launch 2.2, EHR launch): what the app will know of the session it
// was made in.
type Launch struct {
	Client    string           `json:"client"`
	By        string           `json:"by"`                // who made it: the account or, of a system caller, the client
	Account   string           `json:"account,omitempty"` // the only one that may use it; "" for any member of staff
	Patient   string           `json:"patient,omitempty"` // an id
	Encounter string           `json:"encounter,omitempty"`
	Context   []map[string]any `json:"fhirContext,omitempty"` // SMART App Launch 2.2, fhirContext: objects with reference, role …
	Intent    string           `json:"intent,omitempty"`
	Tenant    string           `json:"tenant,omitempty"`
	Style     string           `json:"style,omitempty"` // smart_style_url
	Banner    bool             `json:"banner"`          // need_patient_banner
}

// Approval is what a person (or, for a backend service, the practice) has allowed an app. Every access token names one;
// a token whose approval is gone is dead on the very next request. Revocation, suspension and reuse of a refresh token
// remove it.
type Approval struct {
	ID      string `json:"id"`
	Client  string `json:"client"`
	Account string `json:"account,omitempty"` // "" for a backend service
	Subject string `json:"sub"`               // of its tokens
	Person  string `json:"person,omitempty"`  // "Patient/1", "Practitioner/2", "RelatedPerson/3": in which role it was given
	Patient string `json:"patient,omitempty"` // whose record patient/ scopes mean: an id
	Scopes  string `json:"scopes"`            // as granted
	// Version1 says that the app asked in the words of SMART App Launch 1, and is told what was granted in them.
	Version1 bool      `json:"v1,omitempty"`
	Session  string    `json:"session,omitempty"` // with online_access: ends with it
	Offline  bool      `json:"offline,omitempty"` // with offline_access: outlives it
	Safer    bool      `json:"safer,omitempty"`   // given in the second sign-in: its tokens see the reduced view (P9)
	Launch   *Launch   `json:"launch,omitempty"`  // for the token response
	Since    time.Time `json:"since"`
	Until    time.Time `json:"until,omitzero"`    // as the person chose; zero: while it's used
	Methods  []string  `json:"methods,omitempty"` // how the person had signed in: amr (RFC 8176)
}

// Pending is a good authorize request that waits until the person has signed in and answered it.
type Pending struct {
	ID      string    `json:"-"` // what the browser brings back; random, and kept as a hash
	Client  string    `json:"client"`
	Scopes  string    `json:"scopes"` // what was asked for and the client is registered for
	Query   Query     `json:"query"`  // the request's parameters, as they came
	Launch  *Launch   `json:"launch,omitempty"`
	Created time.Time `json:"created"`
}

// Query is parameters of a URL. It is kept encoded, so that every byte of them comes back: JSON would change what isn't
// UTF-8.
type Query struct{ url.Values }

// MarshalText encodes the parameters.
func (q Query) MarshalText() ([]byte, error) { return []byte(q.Encode()), nil }

// UnmarshalText decodes them.
func (q *Query) UnmarshalText(text []byte) (err error) {
	q.Values, err = url.ParseQuery(string(text))
	return err
}
