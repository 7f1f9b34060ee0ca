package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// Versions is a page of versions that are named, in that order, each judged by what it was and by what the resource is
// now. A tombstone that the grant reaches has no JSON. What the grant doesn't reach, and what never was, is left out.
// Each key has a version. about is what was asked for, as the observer is told.
func (s *Session) Versions(ctx context.Context, about fhir.Key, keys []fhir.Key) (*Page, error) {
	a := &Access{Interaction: "operation", Key: about}
	page, err := s.versionsOf(ctx, keys)
	if err == nil && (s.observed() || s.grant.Marks()) {
		a.Items = make([]Shown, len(page.Items))
		for i, it := range page.Items {
			a.Items[i] = s.showingOld(ctx, it.Stored)
			page.Items[i].Stored = a.Items[i].Stored // with what is said of it today
		}
	}
	return s.serve(ctx, a, page, err)
}

// versionsOf is Versions before it is redacted and reported.
func (s *Session) versionsOf(ctx context.Context, keys []fhir.Key) (*Page, error) {
	page := &Page{Total: -1}
	for _, key := range keys {
		st, err := s.read(ctx, key)
		switch fhir.KindOf(err) {
		case fhir.Gone:
			st, err = s.stored(ctx, key)
		case fhir.NotFound, fhir.Forbidden:
			continue
		}
		if err != nil {
			return nil, err
		}
		if st != nil {
			page.Items = append(page.Items, Item{Stored: st})
		}
	}
	return page, nil
}

// Finds says whether a search would find a version, if that were what is current of its resource.
func (s *Session) Finds(ctx context.Context, q *search.Search, st *fhir.Stored) (bool, error) {
	im, err := s.store.image(st)
	if err != nil {
		return false, err
	}
	for _, f := range s.guard(access.S, &q.Query).From {
		if f.Type != im.t {
			continue
		}
		if found, err := s.store.holds(ctx, f.Where, im); found || err != nil {
			return found, err
		}
	}
	return false, nil
}
