package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"frontdesk/fhir"
)

// Memory is how many bytes all requests in flight may hold together. A nil *Memory has no bound.
type Memory struct {
	most int64
	mu   sync.Mutex
	held int64

	refused atomic.Int64
}

// small is what a request may always hold while there is any left: most need no more, and they wait for no large one.
const small = 256 << 10

// comeBack is when to try again what found no memory: those in flight are answered within seconds.
const comeBack = 2 * time.Second

// NewMemory is a budget of so many bytes.
func NewMemory(most int64) *Memory { return &Memory{most: most} }

// Held is how much is held just now.
func (m *Memory) Held() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held
}

// Most is how much may be held.
func (m *Memory) Most() int64 { return m.most }

// Refused is how often there was no memory for what was asked.
func (m *Memory) Refused() int64 { return m.refused.Load() }

// Lease is what one request holds of a Memory. A nil *Lease holds nothing and has no bound. It is used by one goroutine
// at a time.
type Lease struct {
	of   *Memory
	held int64
}

// Lease begins one, which ends with Release.
func (m *Memory) Lease() *Lease {
	if m == nil {
		return nil
	}
	return &Lease{of: m}
}

// Take adds bytes to what the request holds. It is fhir.Unavailable, and nothing is added, when that would be more than
// half of what the others leave: so one request never takes all, and the next one finds some.
func (l *Lease) Take(n int64) error {
	if l == nil || n <= 0 {
		return nil
	}
	m := l.of
	m.mu.Lock()
	defer m.mu.Unlock()
	others := m.held - l.held
	fair := max((m.most-others)/2, min(small, m.most-others))
	if l.held+n > fair {
		m.refused.Add(1)
		return full(l.held+n > m.most/2)
	}
	m.held += n
	l.held += n
	return nil
}

// full says that there is no memory. What would never fit isn't worth another try as it is.
func full(never bool) *fhir.Error {
	e := fhir.Errorf(fhir.Unavailable, "", "The server has no memory free for a request of this size just now. Try again in a few seconds, or ask for or send less at a time.")
	if e.RetryAfter = comeBack; never {
		e.Issues[0].Text = "The request, or its answer, is larger than the memory that the server keeps for one. Ask for or send less at a time."
	}
	return e
}

// Add is Take for what can't be refused any more.
func (l *Lease) Add(n int64) {
	if l == nil {
		return
	}
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.of.held += n
	l.held += n
}

// Give takes bytes from what the request holds.
func (l *Lease) Give(n int64) { l.Add(-n) }

// Release ends the lease.
func (l *Lease) Release() {
	if l != nil {
		l.Give(l.held)
	}
}

type leaseKey struct{}

// With is a context that carries a lease.
func With(ctx context.Context, l *Lease) context.Context {
	return context.WithValue(ctx, leaseKey{}, l)
}

// Of is the lease that a context carries; nil, which has no bound, if it carries none.
func Of(ctx context.Context) *Lease {
	l, _ := ctx.Value(leaseKey{}).(*Lease)
	return l
}
