package verify

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/handlers/smart/standing"
	"frontdesk/handlers/smart/state"
	"frontdesk/store"
)

// Options are what a Verifier is made of. Store, State, Base and Issuer must be given.
type Options struct {
	Store   *store.Store
	State   *state.Store
	Base    string           // the FHIR base URL: the audience of tokens
	Issuer  string           // our own authorization server
	Issuers []External       // others whose tokens are accepted
	Now     func() time.Time // default time.Now
	HTTP    *http.Client     // by which other issuers' keys are fetched; default one that waits 10 seconds
}

// Verifier tells what a request may do by the token it carries. It is safe for concurrent use.
type Verifier struct {
	store   *store.Store
	now     func() time.Time
	sources map[string]source // by issuer
	own     *own              // the source that is our own issuer
	tokens  *lru.Cache[[sha256.Size]byte, token]
	callers *lru.Cache[[sha256.Size]byte, kept]
	watch   store.Watch // on all that a caller is read from
	scopes  *lru.Cache[parsedBy, access.Scopes]
}

// How much is remembered in memory of tokens and of scopes; what doesn't fit is worked out again.
const (
	tokensRemembered = 10_000
	scopesRemembered = 1_000
)

// source is an issuer.
type source interface {
	// check reads a token that says it's of this issuer: a pure function of the token and the issuer's keys.
	check(ctx context.Context, raw string, h head) (token, error)
	// alive says whether a token's key is still one of the issuer's.
	alive(ctx context.Context, t token) error
	// caller is who has a token, as things stand at this moment.
	caller(ctx context.Context, t token) (access.Caller, error)
}

// token is what is remembered of a token that was found to be genuine.
type token struct {
	source source
	kid    string
	until  time.Time // when it is to be checked again: when it expires, at the latest
	claims claims
}

// claims are what a token says, of whichever issuer.
type claims struct {
	Subject, Client, Scope, Approval string
	Patient                          string // an id
	Person                           string // "Patient/1", "Practitioner/2", "RelatedPerson/3"; "" for none
}

// New makes a Verifier. Other issuers are first asked for their keys when a token of theirs comes.
func New(o Options) (*Verifier, error) {
	if o.Store == nil || o.State == nil || o.Base == "" || o.Issuer == "" {
		return nil, errors.New("a verifier needs a store, its SMART state, the FHIR base URL and our own issuer")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	v := &Verifier{store: o.Store, now: o.Now, sources: map[string]source{}, watch: o.Store.Watch(slices.Concat(state.Standing, standing.Read)...)}
	var err error
	if v.tokens, err = lru.New[[sha256.Size]byte, token](tokensRemembered); err != nil {
		return nil, err
	}
	if v.callers, err = lru.New[[sha256.Size]byte, kept](tokensRemembered); err != nil {
		return nil, err
	}
	if v.scopes, err = lru.New[parsedBy, access.Scopes](scopesRemembered); err != nil {
		return nil, err
	}
	people, err := standing.New(o.Store, o.Now)
	if err != nil {
		return nil, err
	}
	v.own = newOwn(o, v, people)
	v.sources[o.Issuer] = v.own
	for _, e := range o.Issuers {
		if e, err = e.withDefaults(o.Base); err != nil {
			return nil, err
		}
		if _, twice := v.sources[e.Issuer]; twice {
			return nil, errors.New("issuer " + e.Issuer + " is there twice")
		}
		v.sources[e.Issuer] = newOther(e, o, v, people)
	}
	return v, nil
}

// Grant is what a request may do (handlers.Options.Grant). fhir.Unauthenticated without a good token.
func (v *Verifier) Grant(r *http.Request) (access.Grant, error) {
	raw, err := bearer(r)
	if err != nil {
		return access.Grant{}, err
	}
	k, err := v.principal(r.Context(), raw)
	if err != nil {
		return access.Grant{}, err
	}
	return k.grant.At(v.now()), nil
}

// Caller is who has a token.
func (v *Verifier) Caller(ctx context.Context, raw string) (access.Caller, error) {
	k, err := v.principal(ctx, raw)
	return k.at(v.now()), err
}

// principal is who has a token.
func (v *Verifier) principal(ctx context.Context, raw string) (kept, error) {
	var room [2048]byte // of most tokens, so that hashing takes none on the heap
	hash := sha256.Sum256(append(room[:0], raw...))
	t, err := v.genuine(ctx, raw, hash)
	if err != nil {
		return kept{}, err
	}
	return v.asked(ctx, hash, t)
}

// genuine is a token that is signed by its issuer, for us, and hasn't expired.
func (v *Verifier) genuine(ctx context.Context, raw string, hash [sha256.Size]byte) (token, error) {
	if t, known := v.tokens.Get(hash); known && v.now().Before(t.until) {
		return t, t.source.alive(ctx, t)
	}
	h, err := peek(raw)
	if err != nil {
		return token{}, err
	}
	s, known := v.sources[h.issuer]
	if !known {
		return token{}, refused(nil, "The access token was issued by a server whose tokens aren't accepted here. .well-known/smart-configuration names the one to ask.")
	}
	t, err := s.check(ctx, raw, h)
	if err == nil {
		v.tokens.Add(hash, t)
	}
	return t, err
}

// parsedBy is what parsed scopes depend on.
type parsedBy struct {
	text, within string
	registry     *spec.Registry
}

// parsed are the scopes of a text, no more than within grants if that isn't "". What doesn't parse grants nothing: it
// was refused at authorize, unless the search parameter it names is gone since.
func (v *Verifier) parsed(text, within string) access.Scopes {
	key := parsedBy{text, within, v.store.Registry()}
	if s, known := v.scopes.Get(key); known {
		return s
	}
	o := v.store.SearchOptions()
	s, err := access.ParseScopes(key.registry, text, o)
	if within != "" {
		allowed, bad := access.ParseScopes(key.registry, within, o)
		if s = s.Within(allowed); err == nil {
			err = bad
		}
	}
	// A parameter whose index is still being built will be there in a while, with the same Registry.
	if err == nil {
		v.scopes.Add(key, s)
	}
	return s
}

// gone makes dead of what isn't there any more.
func gone(err error) error {
	if fhir.KindOf(err) == fhir.NotFound {
		return errRevoked()
	}
	return err
}
