package state

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"frontdesk/store"
)

// Defaults of Store's fields.
const (
	SessionLife = 12 * time.Hour
	SessionIdle = 30 * time.Minute
	OfflineIdle = 90 * 24 * time.Hour
)

// Store is all that SMART remembers. It is safe for concurrent use, by many instances on one Backend. Its errors are
// *fhir.Error: NotFound for what isn't there or is over, Conflict for what another did first.
type Store struct {
	// Set these before use.
	SessionLife time.Duration // how long after a sign-in the person must sign in again
	SessionIdle time.Duration // how long a browser may be still before the person must
	OfflineIdle time.Duration // how long an approval with offline access lasts without a refresh
	// Offered says whether the practice offers the person of an approval online access now; nil: it does. Without it no
	// token is given out.
	Offered func(context.Context, Approval) (bool, error)

	store *store.Store
	now   func() time.Time

	accounts   Kind[Account]
	names      Kind[string]  // the account's name, by subject, identity, NHS number; and by person if it's suspended
	networks   Kind[network] // failed sign-ins
	pressure   Kind[int]     // the same, from wherever
	browsers   Kind[count]   // where an account has signed in, and failures there since
	clients    Kind[Client]
	keys       Kind[Key]
	currentKey Kind[string]
	sessions   Kind[Session]
	launches   Kind[Launch]
	pendings   Kind[Pending]
	approvals  Kind[Approval]
	approved   Kind[struct{}] // which approvals an account, a client, a session has
	used       Kind[struct{}] // jti

	origins originCache
	parsed  sync.Map // kid to jose.JSONWebKey: a pure function of what is stored
}

// Standing are the namespaces of what an Account and an Approval are read from, for store.Watch.
var Standing = []string{"smart.account", "smart.account-name", "smart.approval"}

// New is the state in a store. now is time.Now but in tests.
func New(st *store.Store, now func() time.Time) *Store {
	s := &Store{store: st, now: now, SessionLife: SessionLife, SessionIdle: SessionIdle, OfflineIdle: OfflineIdle}
	s.accounts = NewKind[Account](s, "account", "account of this name")
	s.names = NewKind[string](s, "account-name", "account of this person")
	s.networks = NewKind[network](s, "attempts", "failed sign-in")
	s.pressure = NewKind[int](s, "pressure", "failed sign-in")
	s.browsers = NewKind[count](s, "browser", "sign-in of this browser")
	s.clients = NewKind[Client](s, "client", "app of this client_id")
	s.keys = NewKind[Key](s, "key", "signing key of this kid")
	s.currentKey = NewKind[string](s, "current-key", "signing key")
	s.sessions = NewKind[Session](s, "session", "sign-in")
	s.launches = NewKind[Launch](s, "launch", "launch of this id for this app")
	s.pendings = NewKind[Pending](s, "pending", "request that waits for an answer")
	s.approvals = NewKind[Approval](s, "approval", "approval")
	s.approved = NewKind[struct{}](s, "approved", "approval")
	s.used = NewKind[struct{}](s, "jti", "jti")
	return s
}

// Now is the time by which things here expire.
func (s *Store) Now() time.Time { return s.now() }

// Digest is what is kept of a secret that is random enough by itself: a cookie, a code, a token. Reading the store
// doesn't give them.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// NewSecret is 256 random bits, fit for URLs, cookies and HTTP Basic.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}
