package store

import (
	"context"
	"sync"
	"time"
)

// probeTime is how long a probe of the Backend may take, and probeKept how long what it found is told to who asks again: an address
// that anybody may ask must not be work for the store.
const (
	probeTime = 5 * time.Second
	probeKept = time.Second
)

// health is what the last probe of the Backend found.
type health struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// Health says whether the Backend can serve: nil, or what keeps it from that. At most one probe a second is made.
func (s *Store) Health(ctx context.Context) error {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	if time.Since(s.health.at) < probeKept {
		return s.health.err
	}
	// Who asks may go before it is answered; what is found is for the next one too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTime)
	defer cancel()
	s.health.err = s.backend.Health(ctx)
	s.health.at = time.Now()
	return s.health.err
}
