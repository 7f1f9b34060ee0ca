package store

import (
	"context"
	"reflect"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
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

// everything says that a predicate restricts nothing.
func everything(e search.Expr) bool {
	and, ok := e.(search.And)
	return ok && !slices.ContainsFunc(and, func(e search.Expr) bool { return !everything(e) })
}

// nothing says that a predicate is plainly true of no resource.
func nothing(e search.Expr) bool {
	or, ok := e.(search.Or)
	return ok && !slices.ContainsFunc(or, func(e search.Expr) bool { return !nothing(e) })
}

// allows says whether the grant allows an interaction with an image. Only an error of the backend is an error.
func (s *Session) allows(ctx context.Context, i access.Interaction, im *image) (bool, error) {
	if s.grant.Unbounded(i) {
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

// onlyAdded is a predicate of what may be changed in which only those references count that the change adds. One that was there, as a link of a
// Patient to one whom staff don't see, takes the record from nobody: what makes it theirs is judged before and after (A resource that was
// never so can't come to be changed by it: what is judged of a creation is the whole.)
func (s *Store) onlyAdded(ctx context.Context, predicate search.Expr, im *image) (search.Expr, error) {
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
	var judge func(e search.Expr) search.Expr
	all := func(es []search.Expr) []search.Expr {
		out := make([]search.Expr, len(es))
		for i, e := range es {
			out[i] = judge(e)
		}
		return out
	}
	judge = func(e search.Expr) search.Expr {
		switch e := e.(type) {
		case search.And:
			return search.And(all(e))
		case search.Or:
			return search.Or(all(e))
		case search.Only:
			if im.stored != nil {
				return always
			}
			added := im.doc
			added.Entries = slices.DeleteFunc(slices.Clone(im.doc.Entries), func(now search.Entry) bool {
				return now.Param == e.Param && slices.ContainsFunc(had, func(was search.Entry) bool { return was.Param == now.Param && reflect.DeepEqual(was.Value, now.Value) })
			})
			return truth(search.Match(e, &added, w))
		}
		return e
	}
	return judge(predicate), w.err
}

// holds says whether a predicate is true of an image.
func (s *Store) holds(ctx context.Context, p search.Expr, im *image) (bool, error) {
	p = settled(p, &im.doc, im.settled)
	if everything(p) || nothing(p) {
		return everything(p), nil
	}
	if err := s.complete(ctx, im, p); err != nil {
		return false, err
	}
	w := &world{ctx: ctx, store: s}
	ok := search.Match(p, &im.doc, w)
	return ok && w.err == nil, w.err
}

// settled is a predicate without the parts that an image answers as it is, with facts if those it has are of today. What is left of it, as a rule nothing, needs the
// resource decoded.
func settled(e search.Expr, d *search.Doc, facts bool) search.Expr {
	switch e := e.(type) {
	case search.And:
		var left search.And
		for _, e := range e {
			if e = settled(e, d, facts); nothing(e) {
				return e
			} else if !everything(e) {
				left = append(left, e)
			}
		}
		if left == nil {
			return always
		}
		return left
	case search.Or:
		var left search.Or
		for _, e := range e {
			if e = settled(e, d, facts); everything(e) {
				return e
			} else if !nothing(e) {
				left = append(left, e)
			}
		}
		if left == nil {
			return never
		}
		return left
	case search.Compartment, search.Confined, search.IDs:
		return truth(search.Match(e, d, nil))
	case search.Visible:
		if facts {
			return truth(search.Match(e, d, nil))
		}
	}
	return e
}

// truth is the predicate that is true of everything, or of nothing.
func truth(ok bool) search.Expr {
	if ok {
		return always
	}
	return never
}

// always is true of everything, never of nothing.
var always, never search.Expr = search.And{}, search.Or{}

// complete gets what a predicate asks for beyond what an image has. A tombstone is judged by what its last version was.
// An old version is judged by what it was, but by the facts of today: who hides a resource hides its history too.
func (s *Store) complete(ctx context.Context, im *image, p search.Expr) error {
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
func asks(e search.Expr) (entries, facts bool) {
	all := func(es []search.Expr) {
		for _, e := range es {
			i, f := asks(e)
			entries, facts = entries || i, facts || f
		}
	}
	switch e := e.(type) {
	case search.And:
		all(e)
	case search.Or:
		all(e)
	case search.Not:
		return asks(e.Expr)
	case search.Test:
		return e.Param != spec.LastUpdated, false
	case search.Missing, search.Chain, search.Only:
		return true, false
	case search.Visible:
		return false, true
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
