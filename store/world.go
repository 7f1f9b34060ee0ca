package store

import (
	"context"
	"errors"
	"iter"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
)

// errUnknownType is the cause when the backend holds a type that the Registry hasn't got.
var errUnknownType = errors.New("the registry has no such type")

// world lets Match follow a predicate's chains through the backend, without limits: the predicate is the system's own.
// The first error is kept, and whoever asked must fail by it.
type world struct {
	ctx   context.Context
	store *Store
	err   error
}

// Doc is a current resource; nil if there is none.
func (w *world) Doc(typ, id string) *search.Doc {
	st, err := w.store.backend.Get(w.ctx, fhir.Key{Type: typ, ID: id})
	if err != nil {
		if fhir.KindOf(err) != fhir.NotFound {
			w.fail(err)
		}
		return nil
	}
	if st.Deleted() {
		return nil
	}
	return w.index(st)
}

// All walks the current resources of a type, page by page.
func (w *world) All(typ string) iter.Seq[*search.Doc] {
	return func(yield func(*search.Doc) bool) {
		t, ok := w.store.Registry().Type(typ)
		if !ok {
			return
		}
		q := search.Query{From: []expr.From{{Type: t, Where: expr.And{}}}, Sort: byID, Limit: 500}
		for {
			page, err := w.store.backend.Find(w.ctx, &q)
			if err != nil {
				w.fail(err)
				return
			}
			for _, it := range page.Items {
				if d := w.index(it.Stored); d == nil || !yield(d) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			q.After = page.Next
		}
	}
}

func (w *world) index(st *fhir.Stored) *search.Doc {
	t, ok := w.store.Registry().Type(st.Key.Type)
	if !ok {
		w.fail(fhir.Fault("stored resource "+st.Key.Type, errUnknownType))
		return nil
	}
	d, err := w.store.doc(t, st)
	if err != nil {
		w.fail(err)
	}
	return d
}

func (w *world) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
