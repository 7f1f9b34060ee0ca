package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// Explainer is the part of a Backend that tells how it would answer a query: in plain English, a line or more for each
// type. Nothing is read but what is needed to decide.
type Explainer interface {
	Explain(ctx context.Context, q *search.Query) ([]string, error)
}

// Explains says whether the caller may be told how searches are answered. A plan shows how much there is of what others
// must not see, so only who may search everything may.
func (s *Session) Explains() bool { return s.grant.Unrestricted(access.S) }

// Explain tells how Search would find the matches. To who may not know it is fhir.Forbidden.
func (s *Session) Explain(ctx context.Context, q *search.Search) ([]string, error) {
	a := s.searching(q)
	lines, err := s.explain(ctx, q)
	a.Err = err
	return lines, s.report(ctx, a)
}

// explain is Explain before it is reported.
func (s *Session) explain(ctx context.Context, q *search.Search) ([]string, error) {
	if !s.Explains() {
		return nil, fhir.Errorf(fhir.Forbidden, "_explain", "Only callers who may search everything can see how a search is answered.")
	}
	guarded := s.guard(access.S, &q.Query)
	return s.store.backend.Explain(ctx, guarded)
}
