package smart

import (
	"net/http"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"frontdesk/fhir"
	"frontdesk/handlers/smart/state"
	"frontdesk/handlers/wire"
)

// AuthorizeRate is how many requests to authorize one address may begin in a minute, by default. Many people share the
// address of a surgery or a mobile network.
const AuthorizeRate = 120

// addresses is how many addresses are remembered. One that is forgotten begins afresh.
const addresses = 10_000

// limiter bounds how much anybody can have us remember before signing in. It is in memory, each instance's own: to
// count in the Backend would cost as much as what is to be prevented.
type limiter struct {
	perMinute int
	address   func(*http.Request) string
	now       func() time.Time
	known     *lru.Cache[string, *rate.Limiter]
	refused   atomic.Int64
}

func newLimiter(perMinute int, address func(*http.Request) string, now func() time.Time) (*limiter, error) {
	if perMinute <= 0 {
		perMinute = AuthorizeRate
	}
	if address == nil {
		address = wire.Proxies(nil).Client
	}
	known, err := lru.New[string, *rate.Limiter](addresses)
	return &limiter{perMinute: perMinute, address: address, now: now, known: known}, err
}

// Throttled is how many requests to authorize were one too many from their address.
func (s *Server) Throttled() int64 { return s.limit.refused.Load() }

// allow is fhir.Throttled, with RetryAfter, for a request that is one too many from its address.
func (l *limiter) allow(r *http.Request) error {
	address, now := state.Network(l.address(r)), l.now()
	fresh := rate.NewLimiter(rate.Every(time.Minute/time.Duration(l.perMinute)), l.perMinute)
	of, known, _ := l.known.PeekOrAdd(address, fresh)
	if !known {
		of = fresh
	} else {
		l.known.Get(address) // in use: others are forgotten before it
	}
	turn := of.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait <= 0 {
		return nil
	}
	turn.CancelAt(now)
	l.refused.Add(1)
	return &fhir.Error{Kind: fhir.Throttled, RetryAfter: wait, Issues: []fhir.Issue{{
		Text: "There were too many requests from where you are. Wait a minute, go back to the app and try again."}}}
}
