package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
)

// Read is a resource, or the version key.Version of it. fhir.NotFound if the grant doesn't reach it or it never was;
// fhir.Gone if that version is a tombstone that the grant reaches.
func (s *Session) Read(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	st, err := s.version(ctx, access.R, key)
	if err != nil {
		return nil, err
	}
	if st == nil {
		return nil, notFound(key)
	}
	if st.Deleted() {
		return nil, gone(key)
	}
	return st, nil
}

// version is a stored version, tombstones included; nil if the grant doesn't allow the interaction with it or it never was.
func (s *Session) version(ctx context.Context, i access.Interaction, key fhir.Key) (*fhir.Stored, error) {
	st, err := s.store.backend.Get(ctx, key)
	if err != nil {
		if fhir.KindOf(err) == fhir.NotFound {
			return nil, nil
		}
		return nil, err
	}
	ok, err := s.reaches(ctx, i, st)
	if err != nil || !ok {
		return nil, err
	}
	return st, nil
}

// reaches is allows for a stored version.
func (s *Session) reaches(ctx context.Context, i access.Interaction, st *fhir.Stored) (bool, error) {
	if s.grant.Unbounded(i) {
		return true, nil
	}
	im, err := s.store.image(st)
	if err != nil {
		return false, err
	}
	return s.allows(ctx, i, im)
}

// notFound is the one answer for what isn't there and for what the caller may not know of (I2).
func notFound(key fhir.Key) error {
	return fhir.Errorf(fhir.NotFound, "", "There is no %s here. Check the address.", key).About(key)
}

func gone(key fhir.Key) error {
	return fhir.Errorf(fhir.Gone, "", "%s was deleted. Its history shows what it was.", key).About(key)
}
