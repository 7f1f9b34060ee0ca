package access

import (
	"slices"
	"strings"
	"time"

	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// Caller is somebody with a token: what the token grants, and what bounds the person himself. The person's own bounds
// are never widened by a scope (SMART App Launch 2.2: a scope is at most what the user may do).
type Caller struct {
	Identity
	Registry *spec.Registry
	Scopes   Scopes
	// Patients are the ids of those the person may act for: oneself, and those one is a proxy for.
	Patients []string
	// Views are what is open online of the records of Patients, by id; a patient who has none sees nothing. nil: the
	// practice makes no rules.
	Views map[string]View
	// Now is when the caller asks: what is released later isn't open yet.
	Now time.Time
	// Organizations are the ids of those where the person, a Practitioner, has an active role.
	Organizations []string
}

// Grant is what the caller may do: the union of the scopes, each within the person's own bounds. system/ scopes count
// for backend services only, and the others for people only.
func (c Caller) Grant() Grant {
	g := Grant{identity: c.Identity, registry: lookup{c.Registry}, views: c.Views, now: c.Now, predicateCache: &predicateCache{}}
	if len(c.Organizations) > 0 {
		g.staff = c.ofPractice
	}
	g.safer = g.staff != nil || c.Person == "" && c.Scopes.Has(SaferScope)
	for _, s := range c.Scopes.clinical {
		within := c.bounds(s.context)
		switch {
		case s.context == SystemContext && c.Person != "" || within == nil && s.context != SystemContext:
			continue
		case s.where != nil:
			within = s.narrowed(within)
		}
		g.rules = append(g.rules, rule{types: s.types, can: s.can, within: within})
	}
	if c.Scopes.Has("openid") && c.Scopes.Has("fhirUser") {
		g.rules = append(g.rules, c.user()...)
	}
	return g
}

// Until is when the clock alone ends something of what the person may do, or has ended it; zero: never.
func (c Caller) Until() (first time.Time) {
	for _, v := range c.Views {
		if !v.Until.IsZero() && (first.IsZero() || v.Until.Before(first)) {
			first = v.Until
		}
	}
	return first
}

// user lets an app that may know who signed in read the one resource that fhirUser names, and nothing that it refers to
// (SMART App Launch 2.2, scopes for requesting identity data).
func (c Caller) user() []rule {
	typ, id, _ := strings.Cut(c.Person, "/")
	if id == "" {
		return nil
	}
	return []rule{{types: typ, can: R, within: func(g Grant, i Interaction, t *spec.Type) expr.Expr {
		if typ == "Patient" {
			return g.ofPatient(id, i, t)
		}
		return expr.IDs{id}
	}}}
}

// bounds are what a scope of a context can reach at the most; nil for everything, which only a system scope can, or for
// nothing.
func (c Caller) bounds(context Context) func(Grant, Interaction, *spec.Type) expr.Expr {
	switch {
	case context == SystemContext || c.Person == "":
		return nil
	case context == UserContext:
		return c.ofUser
	case c.Patient == "":
		return nil
	case slices.Contains(c.Patients, c.Patient):
		return func(g Grant, i Interaction, t *spec.Type) expr.Expr { return g.ofPatient(c.Patient, i, t) }
	}
	return func(g Grant, i Interaction, t *spec.Type) expr.Expr {
		own := g.record(c.Patient, i, t) // what is hidden from the patient isn't from staff
		if expr.IsFalse(own) {
			return own
		}
		return expr.AllOf(own, c.ofPractice(g, i, t))
	}
}

// ofUser is what the person reaches: the records of those acted for, and of the practices worked at.
func (c Caller) ofUser(g Grant, i Interaction, t *spec.Type) expr.Expr {
	any := expr.Or{}
	for _, id := range c.Patients {
		any = append(any, g.ofPatient(id, i, t))
	}
	any = append(any, c.ofPractice(g, i, t))
	return expr.AnyOf(any...)
}

// narrowed is a scope's query within the bounds. It is nothing for a type that the query doesn't fit.
func (s scope) narrowed(within func(Grant, Interaction, *spec.Type) expr.Expr) func(Grant, Interaction, *spec.Type) expr.Expr {
	return func(g Grant, i Interaction, t *spec.Type) expr.Expr {
		where, ok := s.where[t.Name]
		if !ok {
			return expr.Or{}
		}
		if within == nil {
			return where
		}
		return expr.AllOf(within(g, i, t), where)
	}
}

// lookup finds types by name for a Grant that was made with a Registry.
type lookup struct{ *spec.Registry }

func (l lookup) typ(name string) *spec.Type {
	if l.Registry == nil {
		return nil
	}
	t, _ := l.Type(name)
	return t
}
