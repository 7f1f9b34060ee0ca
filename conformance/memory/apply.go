package memory

import (
	"context"
	"slices"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Apply checks everything, then does everything.
func (b *Backend) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	if err := alive(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if batch.Registry != nil && batch.Registry != b.registry {
		return nil, &store.Rejected{Reason: store.RegistryChanged}
	}
	if r := b.check(&batch); r != nil {
		return nil, r
	}
	b.clock = later(b.clock)
	out := make([]store.Result, len(batch.Writes))
	for i, w := range batch.Writes {
		v := &version{index: w.Index, Stored: fhir.Stored{
			Key: w.Key, Updated: b.clock, Method: w.Method, Compartments: slices.Clone(w.Compartments), Facts: w.Facts,
		}}
		if w.Method != fhir.Delete {
			v.JSON = w.Body.Stamp(w.Key.Version, b.clock)
		}
		if before := b.current(w.Key); before != nil {
			before.until = b.clock
		}
		key := w.Key.Current()
		b.last[key] = append(b.last[key], v)
		b.log = append(b.log, v)
		b.tell(changeOf(&v.Stored))
		out[i] = store.Result{Updated: b.clock, JSON: v.JSON}
	}
	for _, r := range batch.Records {
		b.set(r)
	}
	for _, m := range batch.Marks {
		v := b.current(m.Key)
		b.tell(store.Committed{Key: v.Key, At: b.clock, Before: v.Facts, Facts: m.Facts, Compartments: v.Compartments})
		v.Facts = m.Facts
	}
	b.Note(batch)
	b.news.Tell()
	return out, nil
}

// later is now, or a microsecond after last if that is later still.
func later(last time.Time) time.Time {
	now := time.Now().UTC().Truncate(time.Microsecond)
	if !now.After(last) {
		now = last.Add(time.Microsecond)
	}
	return now
}

// check is the first precondition that doesn't hold, nil if all do.
func (b *Backend) check(batch *store.Batch) *store.Rejected {
	for i, w := range batch.Writes {
		if at := b.at(w.Key); at.Version != w.Key.Version-1 {
			return &store.Rejected{Reason: store.VersionChanged, Index: i, Current: at}
		}
		if w.NoMatch == nil {
			continue
		}
		if hits := search.Run(&search.Query{From: w.NoMatch.From, Now: w.NoMatch.Now, Sort: byID}, world{b}); len(hits) > 0 {
			return &store.Rejected{Reason: store.MatchFound, Index: i, Current: hits[0].Key}
		}
	}
	for i, k := range batch.Require {
		at := b.at(k)
		if v := b.current(k); v == nil || at.Version != k.Version {
			return &store.Rejected{Reason: store.RequiredChanged, Index: i, Current: at}
		}
	}
	for i, known := range batch.Known {
		if v := b.current(known.Key); v == nil || !v.Facts.Same(known.Facts) {
			return &store.Rejected{Reason: store.FactsChanged, Index: i, Current: known.Key}
		}
	}
	for i, r := range batch.Records {
		if r.Revision >= 0 && b.revision(r.Namespace, r.Key) != r.Revision {
			return &store.Rejected{Reason: store.RecordChanged, Index: i}
		}
	}
	return nil
}

// at is a key with its current version, 0 if there is none.
func (b *Backend) at(key fhir.Key) fhir.Key {
	key.Version = int64(len(b.last[key.Current()]))
	return key
}
