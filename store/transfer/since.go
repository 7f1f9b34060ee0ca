package transfer

import (
	"context"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/store"
)

// bundleType is what deletions are listed as.
const bundleType = "Bundle"

// step is how many changes are read at once.
const step = 1000

// window is what happened between the time that an order names and the Moment, by the feed: the times of versions say
// nothing of which was seen first. It takes some 100 bytes for each resource.
type window struct {
	changed map[string]map[string]bool // ids by type of what was written or marked
	gone    map[fhir.Key]int64         // of what was deleted at the end, its last version
}

// window reads the feed.
func (w *walk) window(ctx context.Context) (*window, error) {
	from, err := w.store.Moment(ctx, w.Order.Since)
	if err != nil {
		return nil, err
	}
	end, err := w.Moment.Position.Number()
	if err != nil {
		return nil, err
	}
	win := &window{changed: map[string]map[string]bool{}, gone: map[fhir.Key]int64{}}
	for at := from.Position; ; {
		changes, err := w.store.Changes(ctx, at, step, 0)
		if err != nil {
			return nil, err
		}
		for i := range changes {
			at = changes[i].Position
			if n, err := at.Number(); n > end || err != nil {
				return win, err
			}
			if slices.Contains(w.Order.Types, changes[i].Key.Type) {
				win.tell(&changes[i])
			}
		}
		if len(changes) < step {
			return win, nil
		}
	}
}

// tell notes a change.
func (w *window) tell(c *store.Committed) {
	ids := w.changed[c.Key.Type]
	if ids == nil {
		ids = map[string]bool{}
		w.changed[c.Key.Type] = ids
	}
	ids[c.Key.ID] = true
	switch {
	case c.Marks():
	case c.Method == fhir.Delete:
		w.gone[c.Key.Current()] = c.Key.Version
	default:
		delete(w.gone, c.Key.Current())
	}
}

// tombstones are the last versions of what was deleted, in the order of types and ids.
func (w *window) tombstones() []fhir.Key {
	keys := make([]fhir.Key, 0, len(w.gone))
	for key, version := range w.gone {
		key.Version = version
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b fhir.Key) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// deleted lists what was deleted.
func (w *walk) deleted(ctx context.Context) error {
	// A deletion listed before the work was interrupted is listed anew.
	w.Files = slices.DeleteFunc(w.Files, func(f File) bool { return f.Deleted })
	for part := range slices.Chunk(w.scope.window.tombstones(), pageLines) {
		page, err := w.session.Load().Versions(ctx, fhir.Key{}, part)
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			if it.Deleted() && w.scope.has(it.Stored) {
				w.lines = append(w.lines, it.Key)
			}
		}
		if len(w.lines) >= fileLines {
			if err := w.note(ctx, File{Type: bundleType, Deleted: true}); err != nil {
				return err
			}
		}
	}
	if len(w.lines) == 0 {
		return nil
	}
	return w.note(ctx, File{Type: bundleType, Deleted: true})
}
