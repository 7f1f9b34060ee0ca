package access

import (
	"sync"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// predicateCache are predicates by what they were asked for: a caller asks for few, and for each several times. It is
// safe for concurrent use.
type predicateCache struct {
	mu   sync.Mutex
	all  []predicate
	open *predicateCache // of Grant.Open
}

type predicate struct {
	i Interaction
	t *spec.Type
	expr.Expr
}

func (m *predicateCache) get(i Interaction, t *spec.Type) (e expr.Expr, known bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.all {
		if p.i == i && p.t == t {
			return p.Expr, true
		}
	}
	return nil, false
}

func (m *predicateCache) add(i Interaction, t *spec.Type, e expr.Expr) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, predicate{i, t, e})
}

func (m *predicateCache) opens() *predicateCache {
	if m == nil {
		return &predicateCache{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open == nil {
		m.open = &predicateCache{}
	}
	return m.open
}

// Predicate is true of just those resources of type t for which the grant allows interaction i: expr.And{} of all,
// expr.Or{} of none.
func (g Grant) Predicate(i Interaction, t *spec.Type) expr.Expr {
	if e, known := g.predicateCache.get(i, t); known {
		return e
	}
	e := g.predicate(i, t)
	if !expr.Known(e) {
		e = expr.False
	}
	if g.views == nil || t.Access == nil || t.Access.While == "" { // the view's times are in that (View.while)
		g.predicateCache.add(i, t, e)
	}
	return e
}
