package store

import (
	"context"
	"sync"
	"time"

	"frontdesk/fhir"
)

// probeTime is how long a probe of the Backend may take, and probeKept how long what it found is told to who asks
// again: an address that anybody may ask must not be work for the store.
const (
	probeTime = 5 * time.Second
	probeKept = time.Second
)

// health is what probes of the Backend find, one at a time.
type health struct {
	mu      sync.Mutex
	at      time.Time     // when the last one ended
	err     error         // what it found
	running chan struct{} // closed when the one under way ends; nil if none is
}

// Health says whether the Backend can serve: nil, or what keeps it from that. At most one probe a second is made, and a
// Backend that doesn't answer one within some seconds can't serve.
func (s *Store) Health(ctx context.Context) error {
	s.health.mu.Lock()
	if s.health.running == nil && time.Since(s.health.at) >= probeKept {
		s.health.running = make(chan struct{})
		// Who asks may go before it is answered; what is found is for the next one too.
		go s.probe(context.WithoutCancel(ctx), s.health.running)
	}
	running := s.health.running
	s.health.mu.Unlock()
	if running != nil {
		late := time.NewTimer(probeTime)
		defer late.Stop()
		select {
		case <-running:
		case <-late.C:
			return fhir.Errorf(fhir.Unavailable, "", "The store doesn't answer. Look at its disk, or at the database, and at the log.")
		case <-ctx.Done():
			return fhir.Errorf(fhir.TimedOut, "", "The store was asked whether it is well, and has not answered yet.")
		}
	}
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.err
}

// probe asks the Backend.
func (s *Store) probe(ctx context.Context, done chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	err := s.backend.Health(ctx)
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	s.health.err, s.health.at, s.health.running = err, time.Now(), nil
	close(done)
}
