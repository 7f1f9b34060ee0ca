package state

import (
	"context"
	"time"

	"frontdesk/fhir"
)

// LaunchLife is how long an app has to begin after the EHR launched it, and a person to answer a request.
const LaunchLife = 10 * time.Minute

// MakeLaunch keeps what an app will know of the EHR session it is launched from, and gives the value of the launch
// parameter.
func (s *Store) MakeLaunch(ctx context.Context, l Launch) (id string, _ error) {
	id = NewSecret()
	return id, s.Commit(ctx, s.launches.Put(Digest(id), l, s.now().Add(LaunchLife), 0))
}

// Launch is a launch that the app it was made for hasn't taken yet. fhir.NotFound for any other app.
func (s *Store) Launch(ctx context.Context, id, client string) (Launch, error) {
	e, err := s.launchOf(ctx, id, client)
	return e.Value, err
}

func (s *Store) launchOf(ctx context.Context, id, client string) (Entry[Launch], error) {
	e, err := s.launches.Get(ctx, Digest(id))
	if err == nil && e.Value.Client != client {
		return Entry[Launch]{}, s.launches.missing()
	}
	return e, err
}

// TakeLaunch gives a launch, once, to the app it was made for. fhir.NotFound otherwise, which doesn't use it up.
func (s *Store) TakeLaunch(ctx context.Context, id, client string) (Launch, error) {
	e, err := s.launchOf(ctx, id, client)
	if err != nil {
		return Launch{}, err
	}
	err = s.Commit(ctx, s.launches.Remove(e.Key, e.Revision))
	if fhir.KindOf(err) == fhir.Conflict {
		return Launch{}, s.launches.missing()
	}
	return e.Value, err
}

// Wait keeps an authorize request until the person has answered it. Its ID is set.
func (s *Store) Wait(ctx context.Context, p Pending) (Pending, error) {
	p.ID = NewSecret()
	p.Created = s.now().UTC()
	return p, s.Commit(ctx, s.pendings.Put(Digest(p.ID), p, p.Created.Add(LaunchLife), 0))
}

// Pending is a request that waits.
func (s *Store) Pending(ctx context.Context, id string) (Pending, error) {
	e, err := s.pendings.Get(ctx, Digest(id))
	e.Value.ID = id
	return e.Value, err
}

// TakePending ends the wait of a request: of two answers one is heard.
func (s *Store) TakePending(ctx context.Context, id string) (Pending, error) {
	e, err := s.pendings.Get(ctx, Digest(id))
	if err != nil {
		return Pending{}, err
	}
	err = s.Commit(ctx, s.pendings.Remove(e.Key, e.Revision))
	if fhir.KindOf(err) == fhir.Conflict {
		return Pending{}, s.pendings.missing()
	}
	e.Value.ID = id
	return e.Value, err
}

// UseJTI notes that a client (or another issuer) has used a jti, which is kept until exp. fhir.Conflict if it was used
// before (C3).
func (s *Store) UseJTI(ctx context.Context, issuer, jti string, exp time.Time) error {
	return s.Commit(ctx, s.used.Put(Digest(issuer+"\n"+jti), struct{}{}, exp, 0))
}
