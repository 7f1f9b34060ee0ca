package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// byID is the order of queries for which any order will do.
var byID = []search.Sort{{Param: spec.ID}}

// Search is a page: matches first, then what they bring along. The search is not changed. fhir.Forbidden if the grant
// reaches nothing of the types searched.
func (s *Session) Search(ctx context.Context, q *search.Search) (*Page, error) {
	page, err := s.search(ctx, q)
	return s.serve(ctx, s.searching(q), page, err)
}

// searching is the Access that a search is.
func (s *Session) searching(q *search.Search) *Access {
	a := &Access{Interaction: "search-system", Named: named(q), Private: s.asksMarks(q)}
	if len(q.From) == 1 {
		a.Interaction, a.Key.Type = "search-type", q.From[0].Type.Name
	}
	return a
}

// search is Search before it is redacted and reported.
func (s *Session) search(ctx context.Context, q *search.Search) (*Page, error) {
	reached, err := s.reached(q)
	if err != nil {
		return nil, err
	}
	page, err := s.matches(ctx, s.counting(q, reached))
	if err == nil && q.Limit > 0 && q.After == nil && page.alone() && q.Total != search.TotalNone {
		page.Total = int64(len(page.Items)) // all there are
	}
	if err != nil || len(q.Include)+len(q.RevInclude) == 0 {
		return page, err
	}
	return s.addIncludes(ctx, q, reached, page)
}

// matches is a page without what it brings along.
func (s *Session) matches(ctx context.Context, q *search.Query) (*Page, error) {
	page, err := s.find(ctx, access.S, q)
	if err != nil {
		return nil, err
	}
	for i := range page.Items {
		page.Items[i].Mode = "match"
	}
	return page, nil
}

// reached is a search that the grant reaches something of; the types of which it reaches nothing are empty in it.
func (s *Session) reached(q *search.Search) (*search.Query, error) {
	if s.grant.Unrestricted(access.S) || slices.ContainsFunc(q.From, func(f expr.From) bool { return s.May(access.S, f.Type) }) {
		return &q.Query, nil
	}
	return nil, s.may(access.S, q.From[0].Type)
}

// find is a page of what the grant allows the interaction with. It's the only caller of Backend.Find in a request.
func (s *Session) find(ctx context.Context, i access.Interaction, q *search.Query) (*Page, error) {
	if err := s.answerable(q); err != nil {
		return nil, err
	}
	page, err := s.store.backend.Find(ctx, s.guard(i, q))
	return page, s.uncounted(err)
}

// uncounted is an error without what a Backend tells of how much there is: that counts what the caller can't see.
func (s *Session) uncounted(err error) error {
	if fhir.KindOf(err) != fhir.TooCostly || s.Explains() {
		return err
	}
	return fhir.Errorf(fhir.TooCostly, "", "This search would have to look through too much. Name a patient, a date or an identifier in it.")
}

// guard is a query with the grant's predicate conjoined to each of its parts, and to each resource a chain or _has goes
// through, as if what the grant doesn't reach weren't there (I1). Those are searched, so there it's the one for S.
func (s *Session) guard(i access.Interaction, q *search.Query) *search.Query {
	if s.grant.Unrestricted(i|access.S) && !s.grant.Marks() {
		return q
	}
	g := *q
	g.From, g.Now = s.guardFrom(i, q.From), s.store.options.Now()
	return &g
}

func (s *Session) guardFrom(i access.Interaction, from []expr.From) []expr.From {
	out := make([]expr.From, len(from))
	for n, f := range from {
		asked := s.guardExpr(s.withMarks(f))
		out[n] = expr.From{Type: f.Type, Where: search.Conjunction(f.Type, asked, s.grant.Predicate(i, f.Type))}
	}
	return out
}

func (s *Session) guardExpr(e expr.Expr) expr.Expr {
	guarded, _ := expr.Rewrite(e, func(leaf expr.Expr) (expr.Expr, error) { // it fails of nothing
		switch leaf := leaf.(type) {
		case expr.Chain:
			return expr.Chain{Param: leaf.Param, To: s.guardFrom(access.S, leaf.To)}, nil
		case expr.Reverse:
			return expr.Reverse{Param: leaf.Param, By: s.guardFrom(access.S, []expr.From{leaf.By})[0]}, nil
		case expr.Test:
			return s.guardTest(leaf), nil
		case expr.Missing:
			return s.guardMissing(leaf), nil
		case expr.IDs, expr.Compartment, expr.Confined, expr.Visible, expr.Marked:
			return leaf, nil
		case expr.And, expr.Or, expr.Not, expr.Only:
		}
		return expr.False, nil // no search has an Only
	})
	return guarded
}

func conjoin(e, predicate expr.Expr) expr.Expr {
	switch {
	case expr.IsTrue(predicate):
		return e
	case expr.IsTrue(e):
		return predicate
	}
	return expr.And{predicate, e}
}
