package audit

import (
	"context"

	"frontdesk/fhir/search"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// strays looks for AuditEvents that name Frontdesk as their source and aren't in the chain, and for those in the chain
// that searches no longer find. The chain may grow meanwhile: what is filed is counted before what is in the chain.
func (v *verifier) strays(ctx context.Context) error {
	found, err := v.search(ctx, nil)
	if err != nil {
		return err
	}
	events, err := v.grown(ctx)
	switch filed := v.report.Events - v.report.Waiting; {
	case err != nil:
		return err
	case found.Total > events:
		return v.stray(ctx)
	case found.Total < filed:
		return &Broken{Text: "some AuditEvents are in the chain and in the store, but searches don't find them: the index was altered"}
	}
	return nil
}

// strayPage is how many AuditEvents are looked at together.
const strayPage = 1000

// search is a page of the AuditEvents that name Frontdesk as their source.
func (v *verifier) search(ctx context.Context, after search.Position) (*store.Page, error) {
	o := v.store.SearchOptions()
	o.PageSize = strayPage
	q, err := search.Parse(v.store.Registry(), []string{"AuditEvent"},
		"source:identifier=urn:ietf:rfc:3986|"+rules.AuditSource+"&_total=accurate&_sort=_id", o)
	if err != nil {
		return nil, err
	}
	q.After = after
	return v.session.Search(ctx, q)
}

// grown is how many AuditEvents are in the chain by now.
func (v *verifier) grown(ctx context.Context) (events int64, err error) {
	now, _, err := head(ctx, v.store.Records())
	events = v.report.Events
	for n := v.report.Head.Number + 1; err == nil && n <= now.Number; n++ {
		var r store.Record
		if r, err = v.store.Records().Get(ctx, namespace, key(n)); err == nil {
			var entries []entry
			entries, err = entriesOf(r)
			events += int64(len(entries))
		}
	}
	return events, err
}

// entriesOf are the AuditEvents that the link of a record answers for.
func entriesOf(r store.Record) ([]entry, error) {
	l, err := readLink(r.Value)
	if err != nil {
		return nil, err
	}
	return l.entries()
}

// stray finds an AuditEvent that isn't in the chain. There is one.
func (v *verifier) stray(ctx context.Context) error {
	known := map[string]bool{}
	var broken error
	err := v.store.Records().Scan(ctx, namespace, "", func(r store.Record) bool {
		if r.Key == headKey {
			return true
		}
		var entries []entry
		entries, broken = entriesOf(r)
		for _, e := range entries {
			known[e.ID] = true
		}
		return broken == nil
	})
	if err == nil {
		err = broken
	}
	for after := search.Position(nil); err == nil; {
		page, failed := v.search(ctx, after)
		if failed != nil {
			return failed
		}
		for _, item := range page.Items {
			if !known[item.Key.ID] {
				return &Broken{Key: item.Key.Current(), Text: "isn't in the chain: it was added by hand"}
			}
		}
		if after = page.Next; after == nil {
			return &Broken{Text: "there are more AuditEvents in the store than in the chain: some were added by hand"}
		}
	}
	return err
}
