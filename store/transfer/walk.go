package transfer

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/feed"
	"frontdesk/store/lease"
)

// The bounds of a file, so that it can be answered from memory: it ends with the page that fills it.
const (
	fileLines = 2000
	fileBytes = 4 << 20
	pageLines = 500
)

// walk is the making of an export.
type walk struct {
	*run
	*Export
	revision int64 // of the export's record
	lease    *lease.Lease
	state    *feed.State
	scope    scope

	lines []fhir.Key // of the file that isn't full
	bytes int        // of what they are
	page  int        // resources to be read at a time
	read  int        // resources read since it was noted how far it is
}

// end is behind all ids.
const end = "\xff"

// all makes what is missing of the export.
func (w *walk) all(ctx context.Context) (err error) {
	if w.scope, err = w.Order.scope(ctx, w.session.Load(), w.Moment.At); err != nil {
		return err
	}
	if !w.Order.Since.IsZero() {
		if w.scope.window, err = w.window(ctx); err != nil {
			return err
		}
	}
	for i, name := range w.Order.Types {
		if i < w.Part || w.scope.none(name) {
			w.state.Skip(name, end)
		}
	}
	if w.Upto != "" {
		w.state.Skip(w.Order.Types[w.Part], w.Upto)
	}
	for w.Part < len(w.Order.Types) {
		t, known := w.store.Registry().Type(w.Order.Types[w.Part])
		if !known {
			return fhir.Errorf(fhir.Invalid, "_type", "There is no type %s any more.", w.Order.Types[w.Part])
		}
		if w.scope.none(t.Name) {
			w.Part++
		} else if err := w.one(ctx, t); err != nil {
			return err
		}
	}
	if w.scope.window != nil {
		if err := w.deleted(ctx); err != nil {
			return err
		}
	}
	w.Done = w.store.Now().UTC()
	rec, err := w.record(w.key, w.Export, w.revision)
	if err != nil {
		return err
	}
	return w.lease.Remove(ctx, rec)
}

// one exports what is left of a type.
func (w *walk) one(ctx context.Context, t *spec.Type) error {
	filter, err := w.Order.filters(w.store, t)
	if err != nil {
		return err
	}
	where := w.scope.narrow(t.Name)
	if filter != nil {
		where = append(where, filter.From[0].Where)
	}
	q := &search.Search{Query: search.Query{From: []search.From{{Type: t, Where: where}}, Sort: byID}}
	q.After = w.After
	for w.page = 50; ; {
		q.Limit = w.page
		page, err := w.session.Load().Search(ctx, q)
		if err != nil {
			return err
		}
		if err := w.take(ctx, t, filter, page); err != nil {
			return err
		}
		if q.After = page.Next; q.After == nil {
			w.Part, w.After, w.Upto = w.Part+1, nil, ""
			if len(w.lines) == 0 {
				return nil
			}
			return w.note(ctx, File{Type: t.Name})
		}
		w.After = q.After
		if len(w.lines) >= fileLines || w.bytes >= fileBytes || len(w.lines) == 0 && w.read >= 20*fileLines {
			if err := w.note(ctx, File{Type: t.Name}); err != nil {
				return err
			}
		}
	}
}

// take adds to the file what was there at the Moment, of a page of what is there now.
func (w *walk) take(ctx context.Context, t *spec.Type, filter *search.Search, page *store.Page) error {
	s, now, bytes := w.session.Load(), make([]*fhir.Stored, len(page.Items)), 0
	for i, it := range page.Items {
		now[i] = it.Stored
		bytes += len(it.JSON)
	}
	read := func(ctx context.Context, v fhir.Key) (*fhir.Stored, error) {
		st, err := s.Read(ctx, v)
		if err != nil || filter == nil {
			return st, err
		}
		if found, err := s.Finds(ctx, filter, st); !found || err != nil {
			return nil, fhir.Join(err, fhir.Errorf(fhir.NotFound, "", "the filter doesn't find it"))
		}
		return st, nil
	}
	was, err := w.state.Page(ctx, t.Name, now, page.Next == nil, read)
	if err != nil {
		return err
	}
	for _, st := range was {
		if w.scope.has(st) {
			w.lines = append(w.lines, st.Key)
			w.bytes += len(st.JSON)
		}
	}
	w.read += len(now)
	if len(now) > 0 {
		w.Upto = now[len(now)-1].Key.ID
		w.page = min(max(fileBytes/(bytes/len(now)+1), 1), pageLines)
	}
	return nil
}

// note makes the lines a file, if there are any, and keeps how far the export is.
func (w *walk) note(ctx context.Context, f File) error {
	var writes []store.RecordWrite
	if f.Lines = len(w.lines); f.Lines > 0 {
		writes = append(writes, w.fileRecord(w.ID, len(w.Files), w.lines))
		w.Files = append(w.Files, f)
	}
	w.lines, w.bytes, w.read, w.Tries = w.lines[:0], 0, 0, 0
	rec, err := w.record(w.key, w.Export, w.revision)
	if err != nil {
		return err
	}
	if err := w.lease.Write(ctx, append(writes, rec)...); err != nil {
		return err
	}
	w.revision++
	return nil
}
