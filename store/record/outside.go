package record

import (
	"context"
	"maps"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// maxHops is how far references are followed from the record: an Appointment's Slot, its Schedule, the Practitioner's
// role, the practice.
const maxHops = 4

// chunk is how many resources of the record are looked through in one go.
const chunk = 500

// outside fills the page with what the record refers to, by reference, behind last.
func (w *walk) outside(ctx context.Context, last string) error {
	found, err := w.referred(ctx)
	if err != nil {
		return err
	}
	for _, ref := range slices.Sorted(maps.Keys(found)) {
		st := found[ref]
		if ref <= last || w.Types != nil && !slices.Contains(w.Types, st.Key.Type) || !w.updated(st.Updated) {
			continue
		}
		if len(w.page.Items) == w.Limit {
			w.page.Next = append(search.Position{outsideForm}, last...)
			return nil
		}
		w.page.Items = append(w.page.Items, store.Item{Stored: st, Mode: "include"})
		last = ref
	}
	return nil
}

// referred are the resources that the record refers to, directly or by others, and that are in nobody's compartment:
// what is another patient's stays out, whoever asks. Only what the caller may read is there. It is found anew for each
// page, by the references themselves, for not every one of them can be searched by.
func (w *walk) referred(ctx context.Context) (map[string]*fhir.Stored, error) {
	found, seen, next := map[string]*fhir.Stored{}, map[string]bool{}, map[string]fhir.Key{}
	for _, t := range w.parts {
		q := search.Search{Query: search.Query{From: []search.From{{Type: t, Where: w.where(t, nil)}}, Sort: byID, Limit: chunk}}
		for {
			page, err := w.Search(ctx, &q)
			if err != nil {
				return nil, err
			}
			for _, it := range page.Items {
				seen[it.Key.Current().String()] = true
				if err := w.follow(it.Stored, next); err != nil {
					return nil, err
				}
			}
			if q.After = page.Next; q.After == nil {
				break
			}
		}
	}
	for range maxHops {
		now := next
		next = map[string]fhir.Key{}
		for ref, key := range now {
			if seen[ref] {
				continue
			}
			seen[ref] = true
			st, err := w.Read(ctx, key)
			if k := fhir.KindOf(err); err != nil && (k == fhir.NotFound || k == fhir.Gone || k == fhir.Forbidden) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if len(st.Compartments) > 0 {
				continue
			}
			found[ref] = st
			if err := w.follow(st, next); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// follow adds what a resource refers to on this server: by a Reference, or by the url of an attachment that is a Binary
// here.
func (w *walk) follow(st *fhir.Stored, into map[string]fhir.Key) error {
	r, err := codec.Decode(st.JSON, codec.Unlimited())
	if err != nil {
		return fhir.Fault("decode "+st.Key.String()+" as stored", err)
	}
	for _, l := range r.Links {
		key, ok := search.Local(string(r.JSON[l.Span.Start+1:l.Span.End-1]), w.Base)
		if ok && (l.Kind == fhir.LinkReference || l.Kind == fhir.LinkURI && key.Type == "Binary") {
			into[key.String()] = key
		}
	}
	return nil
}
