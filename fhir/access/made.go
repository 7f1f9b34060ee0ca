package access

import (
	"sync"
	"time"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// made are predicates by what they were asked for: a caller asks for few, and for each several times. It is safe for concurrent use.
type made struct {
	mu   sync.Mutex
	all  []predicate
	open *made // of Grant.Open
}

type predicate struct {
	i Interaction
	t *spec.Type
	search.Expr
}

func (m *made) get(i Interaction, t *spec.Type) (e search.Expr, known bool) {
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

func (m *made) add(i Interaction, t *spec.Type, e search.Expr) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, predicate{i, t, e})
}

func (m *made) opens() *made {
	if m == nil {
		return &made{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open == nil {
		m.open = &made{}
	}
	return m.open
}

// Predicate is true of just those resources of type t for which the grant allows interaction i: search.And{} of all,
// search.Or{} of none.
func (g Grant) Predicate(i Interaction, t *spec.Type) search.Expr {
	if e, known := g.made.get(i, t); known {
		if g.views == nil {
			return e
		}
		return at(e, g.now)
	}
	e := g.predicate(i, t)
	if g.views == nil || t.Access == nil || t.Access.While == "" { // the view's times are in that (View.while)
		g.made.add(i, t, e)
	}
	return e
}

// at is a predicate as it is at another time than it was made for.
func at(e search.Expr, now time.Time) search.Expr {
	switch e := e.(type) {
	case search.And:
		return search.And(allAt(e, now))
	case search.Or:
		return search.Or(allAt(e, now))
	case search.Not:
		return search.Not{Expr: at(e.Expr, now)}
	case search.Chain:
		e.To = fromAt(e.To, now)
		return e
	case search.Only:
		e.To = fromAt(e.To, now)
		return e
	case search.Reverse:
		e.By.Where = at(e.By.Where, now)
		return e
	case search.Visible:
		e.Now = now
		return e
	}
	return e
}

func allAt(es []search.Expr, now time.Time) []search.Expr {
	out := make([]search.Expr, len(es))
	for i, e := range es {
		out[i] = at(e, now)
	}
	return out
}

func fromAt(froms []search.From, now time.Time) []search.From {
	out := make([]search.From, len(froms))
	for i, f := range froms {
		f.Where = at(f.Where, now)
		out[i] = f
	}
	return out
}
