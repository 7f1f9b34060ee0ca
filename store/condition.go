package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// condition resolves a conditional change: what it acts on, or under which id it creates.
func (s *Session) condition(ctx context.Context, p *plan) error {
	if err := s.may(access.S, p.t); err != nil {
		return err
	}
	st, err := s.only(ctx, p.Match)
	if err != nil {
		return err
	}
	switch p.Action {
	case Create:
		p.found, p.noMatch, p.key.ID = st, &p.Match.Query, s.store.options.NewID()
	case Update:
		return s.conditionalUpdate(ctx, p, st)
	case Patch, Delete:
		if st == nil && p.Action == Patch {
			return fhir.Errorf(fhir.NotFound, "", "No %s matches the criteria. Check them, or create it first.", p.t.Name)
		}
		return s.found(ctx, p, st)
	}
	return nil
}

// conditionalUpdate updates the one that matches, or creates one: under the body's id if that is free, or a new one
// if the body has none (R4 http 3.1.0.4.3).
func (s *Session) conditionalUpdate(ctx context.Context, p *plan, st *fhir.Stored) error {
	id := p.Resource.ID
	switch {
	case st != nil && id != "" && id != st.Key.ID:
		return fhir.Errorf(fhir.Invalid, p.t.Name+".id",
			"The criteria match %s, but the resource's id is %q. Leave the id out, or make it the same.", st.Key.Current(), id)
	case st != nil:
		return s.found(ctx, p, st)
	}
	p.noMatch = &p.Match.Query
	if p.key.ID = id; id == "" {
		p.key.ID = s.store.options.NewID()
		return nil
	}
	if !s.seesAll(access.U, p.t) { // whether the id is free would tell of what is hidden (I2)
		return fhir.Errorf(fhir.Unprocessable, p.t.Name+".id", "With your access the server chooses the id. Leave it out.")
	}
	_, err := s.store.backend.Get(ctx, p.key)
	switch {
	case fhir.KindOf(err) == fhir.NotFound:
		return nil
	case err != nil:
		return err
	}
	return fhir.Errorf(fhir.Conflict, p.t.Name+".id",
		"Nothing matches the criteria, and %s is there already, or was. Correct the criteria, or leave the id out.", p.key)
}

// found makes what the criteria matched the target. It can be searched; whether it can also be changed is asked here.
func (s *Session) found(ctx context.Context, p *plan, st *fhir.Stored) error {
	if st == nil {
		return nil
	}
	p.key = st.Key.Current()
	ok, err := s.reaches(ctx, p.interaction(), st)
	if err == nil && !ok {
		err = s.forbidden(p.key)
	}
	p.before = st
	return err
}

// only is the one resource that criteria find among those the caller can search: nil for none,
// fhir.MultipleMatches for more than one.
func (s *Session) only(ctx context.Context, m *search.Search) (*fhir.Stored, error) {
	q := search.Query{From: m.From, Sort: byID, Limit: 2}
	page, err := s.find(ctx, access.S, &q)
	if err != nil {
		return nil, err
	}
	switch len(page.Items) {
	case 0:
		return nil, nil
	case 1:
		return page.Items[0].Stored, nil
	}
	return nil, fhir.Errorf(fhir.MultipleMatches, "",
		"More than one %s matches the criteria. Add to them until just one does.", m.From[0].Type.Name)
}

// guarded is a Write.NoMatch: the criteria within what the caller can search, the same question as only asked. What is
// hidden doesn't stop a conditional create, else its refusal would tell of it (I2). So what is promised is that the
// caller never sees two, and to callers who see everything that there never are two.
func (s *Session) guarded(criteria *search.Query) *search.Query {
	if criteria == nil {
		return nil
	}
	return s.guard(access.S, &search.Query{From: criteria.From, Sort: byID, Limit: 1})
}
