package store

import (
	"context"
	"reflect"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// image is a resource as a predicate judges it: a version that is or was there, or one that shall be.
type image struct {
	t       *spec.Type
	doc     search.Doc
	stored  *fhir.Stored // nil for one that shall be
	before  *fhir.Stored // of one that shall be, what was there; nil if there was nothing
	indexed bool         // doc.Entries are there
	settled bool         // doc.Facts are those of today
}

// image is a stored version. Only what a predicate really asks for is fetched and decoded, by complete.
func (s *Store) image(st *fhir.Stored) (*image, error) {
	t, ok := s.Registry().Type(st.Key.Type)
	if !ok {
		return nil, fhir.Fault("stored resource "+st.Key.Type, errUnknownType)
	}
	return &image{t: t, stored: st, doc: search.Doc{
		Key: st.Key, Updated: st.Updated, Compartments: st.Compartments, Facts: st.Facts,
	}}, nil
}

// allows says whether the grant allows an interaction with an image. Only an error of the backend is an error.
func (s *Session) allows(ctx context.Context, i access.Interaction, im *image) (bool, error) {
	if s.grant.Unrestricted(i) {
		return true, nil
	}
	predicate := s.grant.Predicate(i, im.t)
	if i == access.U {
		var err error
		if predicate, err = s.store.onlyAdded(ctx, predicate, im); err != nil {
			return false, err
		}
	}
	return s.store.holds(ctx, predicate, im)
}

// onlyAdded is a predicate of what may be changed in which only those references count that the change adds. One that
// was there, as a link of a Patient to one whom staff don't see, takes the record from nobody: what makes it theirs is
// judged before and after (A resource that was never so can't come to be changed by it: what is judged of a creation is
// the whole.)
func (s *Store) onlyAdded(ctx context.Context, predicate expr.Expr, im *image) (expr.Expr, error) {
	var had []search.Entry
	if im.stored == nil {
		if im.before == nil || im.before.Deleted() {
			return predicate, nil
		}
		doc, err := s.doc(im.t, im.before)
		if err != nil {
			return nil, err
		}
		had = doc.Entries
	}
	w := &world{ctx: ctx, store: s}
	judged := expr.Simplify(predicate, func(leaf expr.Expr) expr.Expr {
		only, ok := leaf.(expr.Only)
		switch {
		case !ok:
			return leaf
		case im.stored != nil:
			return expr.True
		}
		added := im.doc
		added.Entries = slices.DeleteFunc(slices.Clone(im.doc.Entries), func(now search.Entry) bool {
			return now.Param == only.Param && slices.ContainsFunc(had, func(was search.Entry) bool {
				return was.Param == now.Param && reflect.DeepEqual(was.Value, now.Value)
			})
		})
		return expr.Truth(search.Match(only, &added, s.options.Now(), w))
	})
	return judged, w.err
}

// holds says whether a predicate is true of an image.
func (s *Store) holds(ctx context.Context, p expr.Expr, im *image) (bool, error) {
	now := s.options.Now()
	p = settled(p, &im.doc, now, im.settled)
	if expr.IsTrue(p) || expr.IsFalse(p) {
		return expr.IsTrue(p), nil
	}
	if err := s.complete(ctx, im, p); err != nil {
		return false, err
	}
	w := &world{ctx: ctx, store: s}
	ok := search.Match(p, &im.doc, now, w)
	return ok && w.err == nil, w.err
}

// settled is a predicate without the parts that an image answers as it is, with facts if those it has are of today.
// What is left of it, as a rule nothing, needs the resource decoded.
func settled(e expr.Expr, d *search.Doc, now time.Time, facts bool) expr.Expr {
	return expr.Simplify(e, func(leaf expr.Expr) expr.Expr {
		switch leaf.(type) {
		case expr.Compartment, expr.Confined, expr.IDs:
			return expr.Truth(search.Match(leaf, d, now, nil))
		case expr.Visible, expr.Marked:
			if facts {
				return expr.Truth(search.Match(leaf, d, now, nil))
			}
		case expr.And, expr.Or, expr.Not, expr.Test, expr.Missing, expr.Chain, expr.Only, expr.Reverse:
		}
		return leaf
	})
}

// complete gets what a predicate asks for beyond what an image has. A tombstone is judged by what its last version was.
// An old version is judged by what it was, but by the facts of today: who hides a resource hides its history too.
func (s *Store) complete(ctx context.Context, im *image, p expr.Expr) error {
	entries, facts := asks(p)
	if im.stored == nil {
		return nil
	}
	if entries && !im.indexed {
		st := im.stored
		if st.Deleted() && st.Key.Version > 1 {
			last := st.Key
			last.Version--
			var err error
			if st, err = s.backend.Get(ctx, last); err != nil {
				return err
			}
		}
		doc, err := s.doc(im.t, st)
		if err != nil {
			return err
		}
		im.doc.Entries, im.indexed = doc.Entries, true
	}
	if facts && !im.settled {
		now, err := s.backend.Get(ctx, im.doc.Key.Current())
		if err != nil {
			return err
		}
		im.doc.Facts, im.settled = now.Facts, true
	}
	return nil
}

// asks says what a predicate looks at that a stored version doesn't show at once: its index entries, or its facts,
// which are asked of the current version.
func asks(e expr.Expr) (entries, facts bool) {
	for leaf := range expr.Leaves(e) {
		switch leaf := leaf.(type) {
		case expr.Test:
			entries = entries || leaf.Param != spec.LastUpdated
		case expr.Missing, expr.Chain, expr.Only:
			entries = true
		case expr.Visible, expr.Marked:
			facts = true
		case expr.And, expr.Or, expr.Not, expr.Reverse, expr.IDs, expr.Compartment, expr.Confined:
		}
	}
	return entries, facts
}

// doc is a stored version as Match sees it, index entries and all.
func (s *Store) doc(t *spec.Type, st *fhir.Stored) (*search.Doc, error) {
	d := &search.Doc{Key: st.Key, Updated: st.Updated, Compartments: st.Compartments, Facts: st.Facts}
	if st.Deleted() {
		return d, nil
	}
	of := versionOf{st.Key, t}
	var known bool
	if d.Entries, known = s.read.Get(of); known {
		return d, nil
	}
	r, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return nil, fhir.Fault("decode "+st.Key.String()+" as stored", err)
	}
	d.Entries = s.index(t, r)
	s.read.Add(of, d.Entries)
	return d, nil
}

// index takes from a resource what it is found by.
func (s *Store) index(t *spec.Type, r *fhir.Resource) []search.Entry {
	return search.Indexer{Base: s.options.Base, Zone: s.options.Zone}.Index(t, r.Message)
}
