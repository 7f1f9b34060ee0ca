package store

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// Read is a resource, or the version key.Version of it. fhir.NotFound if the grant doesn't reach it or it never was;
// fhir.Gone if that version is a tombstone that the grant reaches; fhir.Forbidden if it reaches none of the type.
func (s *Session) Read(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	st, _, err := s.ReadUnless(ctx, key, nil)
	return st, err
}

// ReadUnless is Read unless the caller has the version already, as has says of it: then it is unmodified, and comes
// without its JSON (R4 http 3.1.0.1.4).
func (s *Session) ReadUnless(ctx context.Context, key fhir.Key, has func(*fhir.Stored) bool) (st *fhir.Stored, unmodified bool, err error) {
	a := Access{Interaction: "read", Key: key}
	if key.Version > 0 {
		a.Interaction = "vread"
	}
	found, err := s.read(ctx, key)
	if a.Err = err; err == nil {
		switch {
		case !s.observed() && !s.grant.Marks():
		case key.Version > 0:
			a.Items = []Shown{s.showingOld(ctx, found)}
			found = a.Items[0].Stored // with what is said of it today
		default:
			a.Items = []Shown{s.showing(ctx, found)}
		}
		if unmodified = has != nil && has(found); unmodified {
			bare := *found
			bare.JSON, st = nil, &bare
		} else {
			st, a.Err = s.markedOne(s.redactOne(ctx, found))
		}
	}
	a.NotModified = unmodified
	if err := s.report(ctx, &a); err != nil {
		return nil, false, err
	}
	return st, unmodified, nil
}

// read is Read for other methods of a Session: nothing is redacted, and nothing reported.
func (s *Session) read(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	if t, ok := s.store.Registry().Type(key.Type); ok {
		if err := s.may(access.R, t); err != nil {
			return nil, err
		}
	}
	first := key.Current() // a version is judged by what is current too, and so there is none without that
	if s.grant.Unrestricted(access.R) {
		first = key
	}
	st, err := s.visible(ctx, access.R, first)
	if st != nil && err == nil && first != key {
		st, err = s.visibleVersion(ctx, key)
	}
	if err != nil {
		return nil, err
	}
	if st == nil {
		return nil, notFound(key)
	}
	if st.Deleted() {
		return nil, gone(key)
	}
	return st, nil
}

// versions are the current versions of those resources that are there and may be read, by their keys without one.
func (s *Session) versions(ctx context.Context, keys []fhir.Key) (map[fhir.Key]int64, error) {
	want, there := wanted{}, map[fhir.Key]int64{}
	for _, key := range keys {
		want.of(key.Type).ids[key.ID] = true
	}
	q := search.Query{From: want.from(s.store.Registry()), Sort: byID, Limit: len(keys)}
	if len(q.From) == 0 {
		return there, nil
	}
	page, err := s.find(ctx, access.R, &q)
	if err != nil {
		return nil, err
	}
	for _, it := range page.Items {
		there[it.Key.Current()] = it.Key.Version
	}
	return there, nil
}

// visible is what is current of a resource, its tombstone if it was deleted; nil if there is nothing, or nothing with
// which the grant allows the interaction. For both the database is asked as often: what is in memory is only taken if
// it may be seen, else how long it takes would tell that others have read it (I2).
func (s *Session) visible(ctx context.Context, i access.Interaction, key fhir.Key) (*fhir.Stored, error) {
	if s.grant.Unrestricted(i) {
		return s.stored(ctx, key)
	}
	if st := s.store.backend.Cached(key); st != nil && ctx.Err() == nil {
		if ok, err := s.reachesNow(ctx, i, st); ok || err != nil {
			return st, err
		}
	}
	st, err := s.store.backend.GetUncached(ctx, key)
	switch {
	case fhir.KindOf(err) == fhir.NotFound && err != nil:
		return nil, nil
	case err != nil:
		return nil, err
	}
	if ok, err := s.reachesNow(ctx, i, st); err != nil || !ok {
		return nil, err
	}
	return st, nil
}

// visibleVersion is a version that may be read, of a resource whose current one may be; nil if there is none.
func (s *Session) visibleVersion(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	st, err := s.stored(ctx, key)
	if st == nil || err != nil {
		return nil, err
	}
	if ok, err := s.reaches(ctx, access.R, st); err != nil || !ok {
		return nil, err
	}
	return st, nil
}

// stored is a version, tombstones included, whoever may see it; nil if it never was.
func (s *Session) stored(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	st, err := s.store.backend.Get(ctx, key)
	if err != nil && fhir.KindOf(err) == fhir.NotFound {
		return nil, nil
	}
	return st, err
}

// reaches says whether the grant allows an interaction with a stored version: both with what it was and with what the
// resource is now. What was filed for the wrong patient isn't that patient's once it is corrected, nor was it ever the
// right one's; and what a patient was at the last practice isn't that practice's any more.
func (s *Session) reaches(ctx context.Context, i access.Interaction, st *fhir.Stored) (bool, error) {
	if s.grant.Unrestricted(i) {
		return true, nil
	}
	im, err := s.store.image(st)
	if err != nil {
		return false, err
	}
	if ok, err := s.allows(ctx, i, im); err != nil || !ok {
		return false, err
	}
	now, err := s.store.backend.Get(ctx, st.Key.Current())
	if err != nil || now.Key.Version == st.Key.Version {
		return err == nil, err
	}
	return s.reachesNow(ctx, i, now)
}

// reachesNow is reaches for a version that was just read as the current one: its facts are those of today.
func (s *Session) reachesNow(ctx context.Context, i access.Interaction, st *fhir.Stored) (bool, error) {
	if s.grant.Unrestricted(i) {
		return true, nil
	}
	if t, ok := s.store.Registry().Type(st.Key.Type); ok { // mostly what stands beside the resource decides
		doc := search.Doc{Key: st.Key, Updated: st.Updated, Compartments: st.Compartments, Facts: st.Facts}
		if e := settled(s.grant.Predicate(i, t), &doc, s.store.options.Now(), true); expr.IsTrue(e) || expr.IsFalse(e) {
			return expr.IsTrue(e), nil
		}
	}
	im, err := s.store.image(st)
	if err != nil {
		return false, err
	}
	im.settled = true
	return s.allows(ctx, i, im)
}

// notFound is the one answer for what isn't there and for what the caller may not know of (I2).
func notFound(key fhir.Key) error {
	return fhir.Errorf(fhir.NotFound, "", "There is no %s here. Check the address.", key).About(key)
}

func gone(key fhir.Key) error {
	return fhir.Errorf(fhir.Gone, "", "%s was deleted. Its history shows what it was.", key).About(key)
}
