package sqlite

import (
	"sync"
	"time"
)

// estimates keeps for a while how many rows paths lead to, so that a query asked often is not counted each time.
type estimates struct {
	mu    sync.Mutex
	kept  map[string]int64
	since time.Time
}

// An estimate need not be right, only right enough to compare paths.
const (
	estimatesFor  = 10 * time.Second
	estimatesKept = 20_000
)

func (e *estimates) get(key string) (int64, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.since) > estimatesFor {
		return 0, false
	}
	n, ok := e.kept[key]
	return n, ok
}

func (e *estimates) put(key string, n int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.kept == nil || len(e.kept) >= estimatesKept || time.Since(e.since) > estimatesFor {
		e.kept, e.since = map[string]int64{}, time.Now()
	}
	e.kept[key] = n
}
