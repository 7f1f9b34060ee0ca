package memory

import (
	"context"
	"slices"

	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// Registry is what resources are indexed by now.
func (b *Backend) Registry() *spec.Registry {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.registry
}

// SetRegistry indexes everything by what is new before it returns.
func (b *Backend) SetRegistry(ctx context.Context, r *spec.Registry) error {
	if err := alive(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	indexes := make([][]search.Entry, len(b.log))
	for i, v := range b.log {
		if v.Deleted() {
			continue
		}
		decoded, err := codec.Decode(v.JSON, codec.Unlimited())
		if err != nil {
			return err
		}
		t, _ := r.Type(v.Key.Type)
		indexes[i] = slices.DeleteFunc(slices.Clone(v.index), func(e search.Entry) bool { return !known(r, e.Param) })
		for _, e := range b.Indexer.Index(t, decoded.Message) {
			if !known(b.registry, e.Param) {
				indexes[i] = append(indexes[i], e)
			}
		}
	}
	for i, v := range b.log {
		v.index = indexes[i]
	}
	b.registry = r
	return nil
}
