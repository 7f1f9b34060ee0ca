package store

import (
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// counting is a query that counts its matches besides where that is cheap, though nobody asked: as far as
// Options.Totals, for its first page. Which queries those are must not depend on what there is, for that would tell of
// what is hidden (I2): on what is asked alone.
func (s *Session) counting(asked *search.Search, q *search.Query) *search.Query {
	most := s.store.options.Totals
	if asked.Total != search.TotalDefault || !q.First() || q.Total != 0 || int64(q.Limit) >= most || !s.countable(q) {
		return q
	}
	counted := *q
	counted.Total = most
	return &counted
}

// countable says whether what is counted of a query is as long as a range of an index, in the order in which the page
// is read, and there is little in it that the caller doesn't see: what is asked is a token or nothing at all, of
// everything to who sees everything, or of one patient.
func (s *Session) countable(q *search.Query) bool {
	if len(q.From) != 1 || !latest(q) {
		return false
	}
	tokens, of := 0, compartment(s.grant.Predicate(access.S, q.From[0].Type)) != ""
	for e := range expr.Necessary(q.From[0].Where) {
		if _, in := e.(expr.Compartment); in {
			of = true
			continue
		}
		test, _ := e.(expr.Test)
		switch is := test.Is.(type) {
		case search.TokenIs:
			tokens++
		case search.RefIs:
			if is.Type != "Patient" || is.ID == "" {
				return false
			}
			of = true
		default:
			return false
		}
	}
	return tokens <= 1 && (of || s.grant.Unrestricted(access.S))
}

// latest says that a query's order is that of what happened last, or for a type without a date what was written last.
func latest(q *search.Query) bool {
	first := q.Sort[0]
	return len(q.Sort) == 1 && first.Desc && (first.Param == q.From[0].Type.Date || q.From[0].Type.Date == nil &&
		first.Param == spec.LastUpdated)
}
