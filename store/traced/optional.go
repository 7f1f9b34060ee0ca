package traced

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// Cached is what the Backend has in memory, which is no question to the database.
func (b *backend) Cached(key fhir.Key) *fhir.Stored {
	if c, ok := b.Backend.(store.CachedReads); ok {
		return c.Cached(key)
	}
	return nil
}

// GetUncached is a span "get".
func (b *backend) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	get := b.Backend.Get
	if c, ok := b.Backend.(store.CachedReads); ok {
		get = c.GetUncached
	}
	ctx, done := b.begin(ctx, "get", key.Type)
	st, err := get(ctx, key)
	done(rows(1), err)
	return st, err
}

// Watch is the Backend's, if it is a Watcher; else nothing is ever sure.
func (b *backend) Watch(names ...string) store.Watch {
	if w, ok := b.Backend.(store.Watcher); ok {
		return w.Watch(names...)
	}
	return func() (uint64, bool) { return 0, false }
}

// Building is the Backend's, if it is a Preparer.
func (b *backend) Building() []store.Building {
	if p, ok := b.Backend.(store.Preparer); ok {
		return p.Building()
	}
	return nil
}

// Explain is a span "explain", if the Backend is an Explainer.
func (b *backend) Explain(ctx context.Context, q *search.Query) ([]string, error) {
	e, ok := b.Backend.(store.Explainer)
	if !ok {
		return nil, fhir.Errorf(fhir.NotSupported, "_explain", "This store can't tell how it answers a search.")
	}
	ctx, done := b.begin(ctx, "explain", "")
	lines, err := e.Explain(ctx, q)
	done(rows(len(lines)), err)
	return lines, err
}
