package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
)

// Compose serves a page that is made in several steps, as one access to key. make's Session shows what the caller's
// does, as it is stored, and reports to nobody: what make returns is redacted and reported. q is the search that it
// answers; nil for none.
func (s *Session) Compose(ctx context.Context, key fhir.Key, q *search.Search, make func(steps *Session) (*Page, error)) (*Page, error) {
	page, err := make(s.within())
	a := &Access{Interaction: "operation", Key: key}
	if q != nil {
		a.Named, a.Private = named(q), s.asksMarks(q)
	}
	return s.serve(ctx, a, page, err)
}

// within is the Session for steps within an access: what they find is judged and redacted as a whole, and reported by
// it.
func (s *Session) within() *Session {
	return &Session{store: s.store, grant: s.grant, observer: Unobserved, plain: true}
}

// Operation is what a caller does in several accesses that are one to the observer.
type Operation struct {
	Key     fhir.Key // what it is called on; without an id if it is on a type
	Why     string   // the reason that was given
	Private bool     // no patient is to read of it
}

// Operate carries out an operation: do's Session serves what the caller's does, and all that it serves is reported
// together, once do has ended.
func (s *Session) Operate(ctx context.Context, o Operation, do func(*Session) error) error {
	if !s.observed() {
		return do(s)
	}
	c := &collector{nth: map[fhir.Key]int{}}
	c.Interaction, c.Key, c.Why, c.Private = "operation", o.Key, o.Why, o.Private
	c.Err = do(&Session{store: s.store, grant: s.grant, observer: c, plain: s.plain})
	ctx, cancel := afterCommit(ctx)
	defer cancel()
	return s.report(ctx, &c.Access)
}

// collector makes one Access of several. What was shown several times counts once.
type collector struct {
	Access
	nth map[fhir.Key]int // where a resource stands in Items
}

// Observe takes down what was shown.
func (c *collector) Observe(_ context.Context, a *Access) error {
	for _, it := range a.Items {
		if i, had := c.nth[it.Key.Current()]; had {
			c.Items[i] = it
			continue
		}
		c.nth[it.Key.Current()] = len(c.Items)
		c.Items = append(c.Items, it)
	}
	c.Private = c.Private || a.Private
	if a.Err == nil && a.Key.Current() == c.Key && a.Key.Version > 0 {
		c.Key = a.Key
	}
	for _, id := range a.Named {
		if !slices.Contains(c.Named, id) {
			c.Named = append(c.Named, id)
		}
	}
	return nil
}
