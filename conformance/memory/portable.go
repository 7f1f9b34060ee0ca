package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"frontdesk/store"
)

// Versions counts them.
func (b *Backend) Versions(ctx context.Context) (int64, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return int64(len(b.log)), alive(ctx)
}

// AllRecords yields the records that were there when it began.
func (b *Backend) AllRecords(ctx context.Context, yield func(store.Record) bool) error {
	if err := alive(ctx); err != nil {
		return err
	}
	b.mu.RLock()
	var all []store.Record
	for _, r := range b.records {
		if !expired(r) {
			all = append(all, r)
		}
	}
	b.mu.RUnlock()
	slices.SortFunc(all, func(x, y store.Record) int {
		return cmp.Or(strings.Compare(x.Namespace, y.Namespace), strings.Compare(x.Key, y.Key))
	})
	for _, r := range all {
		if !yield(r) {
			break
		}
	}
	return nil
}

// Restore puts versions before those that came earlier, as they are older.
func (b *Backend) Restore(ctx context.Context, versions []store.Restored, records []store.Record) error {
	if err := alive(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range versions {
		key := r.Key.Current()
		v := &version{Stored: *r.Stored, index: r.Index}
		if vs := b.last[key]; len(vs) > 0 {
			v.until = vs[0].Updated
		}
		b.last[key] = slices.Insert(b.last[key], 0, v)
		b.log = slices.Insert(b.log, 0, v)
		c := changeOf(&v.Stored)
		c.Position = store.PositionAt(v.Updated.UnixMicro())
		b.feed = slices.Insert(b.feed, 0, c)
		if v.Updated.After(b.clock) {
			b.clock = v.Updated
		}
	}
	for _, r := range records {
		b.records[recordKey{r.Namespace, r.Key}] = r
	}
	return nil
}
