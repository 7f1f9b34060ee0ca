package handlers

import (
	"context"

	"frontdesk/fhir"
	"frontdesk/store"
)

// veil is a resource as the caller is served it: see store.Session.Veil.
func (r *Request) veil(ctx context.Context, v *fhir.Stored) (*fhir.Stored, error) {
	if v == nil || r.Session == nil {
		return v, nil
	}
	all, err := r.Session.Veil(ctx, v)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// veilPage is veil for all of a page at once.
func (r *Request) veilPage(ctx context.Context, items []store.Item) ([]store.Item, error) {
	plain := make([]*fhir.Stored, len(items))
	for i, it := range items {
		plain[i] = it.Stored
	}
	veiled, err := r.Session.Veil(ctx, plain...)
	if err != nil {
		return nil, err
	}
	out := make([]store.Item, len(items))
	for i, it := range items {
		out[i] = store.Item{Stored: veiled[i], Mode: it.Mode}
	}
	return out, nil
}
