package memory

import (
	"context"
	"fmt"
	"frontdesk/fhir/search/expr"
	"iter"
	"maps"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

var byID = []search.Sort{{Param: spec.ID}}

// Find evaluates the query over everything. A Position is the key and version of a match: versions stay, so what
// it was sorted by can be looked up though it has changed since.
func (b *Backend) Find(ctx context.Context, q *search.Query) (*store.Page, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	hits := search.Run(q, world{b})
	page := &store.Page{Total: -1}
	if n := int64(len(hits)); q.Total > 0 && n <= q.Total {
		page.Total = n
	}
	if q.Limit <= 0 {
		return page, nil
	}
	if q.Back {
		slices.Reverse(hits)
	}
	if q.After != nil {
		from, err := b.position(q.After)
		if err != nil {
			return nil, err
		}
		hits = slices.DeleteFunc(hits, func(d *search.Doc) bool {
			c := search.Compare(q.Sort, d, from)
			return c == 0 || c < 0 != q.Back
		})
	}
	hits, more := store.Cut(hits, q.Place, q.Limit)
	for _, d := range hits {
		st := b.current(d.Key).Stored
		page.Items = append(page.Items, store.Item{Stored: &st})
	}
	if len(hits) > 0 {
		page.Around(q.Place, more, search.Position(hits[0].Key.String()),
			search.Position(hits[len(hits)-1].Key.String()))
	}
	return page, nil
}

// Explain tells what Find does.
func (b *Backend) Explain(_ context.Context, q *search.Query) (out []string, err error) {
	for _, f := range q.From {
		out = append(out, f.Type.Name+": everything is read, and sorted. Asked: "+expr.Print(f.Where)+".")
	}
	return out, nil
}

func (b *Backend) position(p search.Position) (*search.Doc, error) {
	var key fhir.Key
	if _, err := fmt.Sscanf(strings.ReplaceAll(string(p), "/", " "), "%s %s _history %d", &key.Type, &key.ID, &key.Version); err == nil {
		if vs := b.last[key.Current()]; key.Version >= 1 && key.Version <= int64(len(vs)) {
			return vs[key.Version-1].doc(), nil
		}
	}
	return nil, fhir.Errorf(fhir.Invalid, "_cursor", "This page link is not one of ours. Start again from the first page.")
}

func (v *version) doc() *search.Doc {
	return &search.Doc{Key: v.Key, Updated: v.Updated, Entries: v.index, Compartments: v.Compartments, Facts: v.Facts}
}

// world is the backend as Match sees it, under a lock that's held already.
type world struct{ *Backend }

// Doc is a current resource.
func (w world) Doc(typ, id string) *search.Doc {
	if v := w.current(fhir.Key{Type: typ, ID: id}); v != nil && !v.Deleted() {
		return v.doc()
	}
	return nil
}

// All are the current resources of a type.
func (w world) All(typ string) iter.Seq[*search.Doc] {
	return func(yield func(*search.Doc) bool) {
		for key := range maps.Keys(w.last) {
			if key.Type != typ {
				continue
			}
			if d := w.Doc(key.Type, key.ID); d != nil && !yield(d) {
				return
			}
		}
	}
}
