package memory

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"frontdesk/fhir"
	"frontdesk/store"
)

// Records is the key-value side.
func (b *Backend) Records() store.Records { return records{b} }

type records struct{ *Backend }

// Get is a record that hasn't expired.
func (r records) Get(ctx context.Context, namespace, key string) (store.Record, error) {
	if err := alive(ctx); err != nil {
		return store.Record{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	rec, ok := r.records[recordKey{namespace, key}]
	if !ok || expired(rec) {
		return store.Record{}, fhir.Errorf(fhir.NotFound, "", "There is no such record.")
	}
	return rec, nil
}

// Scan yields the records that were there when it began.
func (r records) Scan(ctx context.Context, namespace, prefix string, yield func(store.Record) bool) error {
	if err := alive(ctx); err != nil {
		return err
	}
	r.mu.RLock()
	var found []store.Record
	for k, rec := range r.records {
		if k.namespace == namespace && strings.HasPrefix(k.key, prefix) && !expired(rec) {
			found = append(found, rec)
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(found, func(a, b store.Record) int { return strings.Compare(a.Key, b.Key) })
	for _, rec := range found {
		if !yield(rec) {
			break
		}
	}
	return nil
}

// revision is the current one, 0 if there is none or it has expired.
func (b *Backend) revision(namespace, key string) int64 {
	rec, ok := b.records[recordKey{namespace, key}]
	if !ok || expired(rec) {
		return 0
	}
	return rec.Revision
}

func (b *Backend) set(w store.RecordWrite) {
	key := recordKey{w.Namespace, w.Key}
	if w.Value == nil {
		delete(b.records, key)
		return
	}
	b.records[key] = store.Record{Namespace: w.Namespace, Key: w.Key, Value: bytes.Clone(w.Value), Expires: w.Expires,
		Revision: b.revision(w.Namespace, w.Key) + 1}
}

func expired(r store.Record) bool { return !r.Expires.IsZero() && !time.Now().Before(r.Expires) }
