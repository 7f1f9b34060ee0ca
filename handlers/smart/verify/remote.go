package verify

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"frontdesk/fhir"
)

// Renew is how long an issuer's keys, and what was verified by them, are believed without fetching them again. go-oidc
// by itself keeps a key for ever, also one that the issuer has withdrawn because it was stolen.
const Renew = 15 * time.Minute

// remote is the key set of another issuer, found by discovery when its first token comes.
type remote struct {
	issuer    string
	now       func() time.Time
	discovery *http.Client
	keys      *http.Client
	fetched   *limited // the transport of keys

	mu     sync.Mutex
	url    string      // of the keys; "" until discovered
	set    oidc.KeySet // what is asked now
	before oidc.KeySet // what was asked before it, in case the issuer is down just now
	made   time.Time   // when set was made
}

// newRemote makes a key set; nothing is fetched yet. The issuer may be down when we start.
func newRemote(issuer string, client *http.Client, now func() time.Time) *remote {
	r := &remote{issuer: issuer, now: now}
	r.discovery, _ = limit(client, now)
	r.keys, r.fetched = limit(client, now)
	return r
}

// VerifySignature is a token's payload if the issuer signed it. fhir.Unavailable if the issuer's keys could not be had
// yet.
func (r *remote) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	set, before, made, err := r.current()
	if err != nil {
		return nil, unavailable(err)
	}
	payload, err := set.VerifySignature(ctx, token)
	if err == nil || r.fetched.since(made) {
		return payload, err
	}
	if before == nil {
		return nil, unavailable(err)
	}
	return before.VerifySignature(ctx, token)
}

func unavailable(err error) error {
	return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: Every, Err: err, Issues: []fhir.Issue{{
		Text: "The server that issued this token can't be reached to check it. Try again in a minute."}}}
}

// current is the key set to ask, discovered and renewed if it's time, and the one before it.
func (r *remote) current() (set, before oidc.KeySet, made time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.url == "" {
		if r.url, err = r.discover(); err != nil {
			return nil, nil, time.Time{}, err
		}
	}
	if now := r.now(); r.set == nil || now.Sub(r.made) >= Renew {
		if r.fetched.since(r.made) {
			r.before = r.set
		}
		r.set, r.made = oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), r.keys), r.url), now
	}
	return r.set, r.before, r.made, nil
}

// discover is the URL of the keys, as the issuer's discovery document has it (OpenID Connect Discovery 1.0, 4). It's
// for every request to come, so it doesn't end with the one that happens to be first.
func (r *remote) discover() (string, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), r.discovery), r.issuer)
	if err != nil {
		return "", err
	}
	var document struct {
		JWKS string `json:"jwks_uri"`
	}
	err = provider.Claims(&document)
	return document.JWKS, err
}
