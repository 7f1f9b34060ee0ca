package store

import (
	"context"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// Holds lets tests judge by predicates that no grant makes yet.
func (s *Store) Holds(ctx context.Context, p expr.Expr, st *fhir.Stored) (bool, error) {
	im, err := s.image(st)
	if err != nil {
		return false, err
	}
	return s.holds(ctx, p, im)
}

// Settled is settled, without facts.
func Settled(e expr.Expr, d *search.Doc) expr.Expr { return settled(e, d, time.Time{}, false) }
