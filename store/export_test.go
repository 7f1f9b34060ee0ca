package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// Holds lets tests judge by predicates that no grant makes yet.
func (s *Store) Holds(ctx context.Context, p search.Expr, st *fhir.Stored) (bool, error) {
	im, err := s.image(st)
	if err != nil {
		return false, err
	}
	return s.holds(ctx, p, im)
}

// Settled is settled, without facts.
func Settled(e search.Expr, d *search.Doc) search.Expr { return settled(e, d, false) }
