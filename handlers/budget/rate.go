package budget

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	lru "github.com/hashicorp/golang-lru/v2"

	"frontdesk/fhir"
)

// Rate bounds how much each caller asks for: so many units a second, and so many at once after a rest. A request costs
// a unit, and its answer more by its size. A nil *Rate has no bound.
type Rate struct {
	perSecond rate.Limit
	burst     int
	now       func() time.Time

	mu      sync.Mutex
	callers *lru.Cache[Caller, *rate.Limiter]

	refused atomic.Int64
}

// Caller is an app and for whom it works: its limits are its own.
type Caller struct{ App, Person string }

// callersKept is how many callers are remembered. Of more, those who asked longest ago begin anew.
const callersKept = 10_000

// unitBytes is how much of an answer costs a unit.
const unitBytes = 64 << 10

// NewRate is a bound of so many units a second, and so many at once. now is a clock, time.Now if nil.
func NewRate(perSecond float64, burst int, now func() time.Time) *Rate {
	callers, _ := lru.New[Caller, *rate.Limiter](callersKept) // an error only for a size of 0
	if now == nil {
		now = time.Now
	}
	return &Rate{perSecond: rate.Limit(perSecond), burst: burst, now: now, callers: callers}
}

func (r *Rate) of(c Caller) *rate.Limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.callers.Get(c)
	if !ok {
		l = rate.NewLimiter(r.perSecond, r.burst)
		r.callers.Add(c, l)
	}
	return l
}

// Ask is a request of a caller: fhir.Throttled, with the time to wait, if it has asked for too much. The zero Caller
// has no bound.
func (r *Rate) Ask(c Caller) error {
	if r == nil || c == (Caller{}) {
		return nil
	}
	l, now := r.of(c), r.now()
	if l.AllowN(now, 1) {
		return nil
	}
	r.refused.Add(1)
	wait := time.Duration((1 - l.TokensAt(now)) / float64(r.perSecond) * float64(time.Second))
	e := fhir.Errorf(fhir.Throttled, "", "This app has asked for too much in a short time. Wait, and ask for no more than is needed: a search brings many resources at once.")
	e.RetryAfter = wait
	return e
}

// Refused is how many requests were too many.
func (r *Rate) Refused() int64 { return r.refused.Load() }

// Cost adds what an answer cost, of so many bytes and made of so many entries of a batch. It is paid by waiting, before
// the next request.
func (r *Rate) Cost(c Caller, bytes, entries int) {
	if r == nil || c == (Caller{}) {
		return
	}
	l, now := r.of(c), r.now()
	// A reservation of more than the burst fails, so what is large is charged in parts.
	for units := bytes/unitBytes + entries; units > 0; units -= r.burst {
		l.ReserveN(now, min(units, r.burst))
	}
}
