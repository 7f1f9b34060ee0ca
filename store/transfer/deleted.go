package transfer

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/store"
)

// bundleType is what deletions are listed as.
const bundleType = "Bundle"

// step is how many changes are read at once.
const step = 1000

// deleted lists what was deleted after the time the order names and wasn't there at the Moment.
func (w *walk) deleted(ctx context.Context) error {
	// A deletion listed before the work was interrupted is listed anew: the feed is read from its start.
	w.Files = slices.DeleteFunc(w.Files, func(f File) bool { return f.Deleted })
	tombstones, err := w.tombstones(ctx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(tombstones, pageLines) {
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

// tombstones are the last versions at the Moment of what was deleted, in the order of types and ids.
func (w *walk) tombstones(ctx context.Context) ([]fhir.Key, error) {
	from, err := w.store.Moment(ctx, w.Order.Since)
	if err != nil {
		return nil, err
	}
	gone := map[fhir.Key]int64{}
	for at := from.Position; ; {
		changes, err := w.store.Changes(ctx, at, step, 0)
		if err != nil {
			return nil, err
		}
		for i := range changes {
			if c := &changes[i]; !c.At.After(w.Moment.At) {
				w.tell(gone, c)
			}
		}
		if len(changes) < step || changes[len(changes)-1].At.After(w.Moment.At) {
			break
		}
		at = changes[len(changes)-1].Position
	}
	keys := make([]fhir.Key, 0, len(gone))
	for key, version := range gone {
		key.Version = version
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b fhir.Key) int {
		return slices.Compare([]string{a.Type, a.ID}, []string{b.Type, b.ID})
	})
	return keys, nil
}

// tell notes of a change whether its resource is gone after it.
func (w *walk) tell(gone map[fhir.Key]int64, c *store.Committed) {
	switch {
	case c.Marks() || !slices.Contains(w.Order.Types, c.Key.Type):
	case c.Method == fhir.Delete:
		gone[c.Key.Current()] = c.Key.Version
	default:
		delete(gone, c.Key.Current())
	}
}
