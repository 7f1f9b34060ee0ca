package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// Versions is a page of versions that are named, in that order, each judged by what it was and by what the resource is
// now. A tombstone that the grant reaches has no JSON. What the grant doesn't reach, and what never was, is left out.
// Each key has a version. about is what was asked for, as the observer is told.
func (s *Session) Versions(ctx context.Context, about fhir.Key, keys []fhir.Key) (*Page, error) {
	a := &Access{Interaction: "operation", Key: about}
	page, current, err := s.versionsOf(ctx, keys)
	if err == nil && (s.observed() || s.grant.Marks()) {
		a.Items = make([]Shown, len(page.Items))
		for i, it := range page.Items {
			if current[it.Key] != nil {
				a.Items[i] = s.showing(ctx, it.Stored)
				continue
			}
			a.Items[i] = s.showingOld(ctx, it.Stored)
			page.Items[i].Stored = a.Items[i].Stored // with what is said of it today
		}
	}
	return s.serve(ctx, a, page, err)
}

// versionsOf is Versions before it is redacted and reported, with those of them that are current.
func (s *Session) versionsOf(ctx context.Context, keys []fhir.Key) (*Page, map[fhir.Key]*fhir.Stored, error) {
	page := &Page{Total: -1}
	current, err := s.currentOf(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range keys {
		st := current[key]
		if st == nil {
			st, err = s.read(ctx, key)
		}
		switch fhir.KindOf(err) {
		case fhir.Gone:
			st, err = s.stored(ctx, key)
		case fhir.NotFound, fhir.Forbidden:
			err = nil
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if st != nil {
			page.Items = append(page.Items, Item{Stored: st})
		}
	}
	return page, current, nil
}

// currentAtOnce is how many resources one query asks for.
const currentAtOnce = 500

// currentOf are those of some versions that are current and may be read, by a query for many at once: one is judged by
// what it is, and needs no second look at what its resource is now.
func (s *Session) currentOf(ctx context.Context, keys []fhir.Key) (map[fhir.Key]*fhir.Stored, error) {
	found := make(map[fhir.Key]*fhir.Stored, len(keys))
	for part := range slices.Chunk(keys, currentAtOnce) {
		want := wanted{}
		for _, key := range part {
			want.of(key.Type).ids[key.ID] = true
		}
		q := search.Query{From: want.from(s.store.Registry()), Sort: byID, Limit: len(part)}
		if len(q.From) == 0 {
			continue
		}
		page, err := s.find(ctx, access.R, &q)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			found[it.Key] = it.Stored
		}
	}
	return found, nil
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
