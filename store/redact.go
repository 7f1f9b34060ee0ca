package store

import (
	"context"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/expr"
	"frontdesk/fhir/spec"
)

// redact leaves out of resources that were found for somebody online the references to what isn't open to him or her:
// what is hidden, isn't released, was added too early, is in a section that is closed, or isn't there at all (P7, I2).
// To all others they are served as they are, and what points at nobody's record, as at a Practitioner, always is. The
// items aren't changed; those that lose something are copies.
//
// Narrative of anybody's record is not served online at all: it may tell in words what was left out, and if it were
// missing only where something was, that would tell of it.
func (s *Session) redact(ctx context.Context, items ...*fhir.Stored) ([]*fhir.Stored, error) {
	if !s.Redacts() {
		return items, nil
	}
	outlines := make([]outline, len(items))
	v := &redaction{s, make(map[fhir.Key]bool, len(items))}
	for i, it := range items {
		var err error
		if outlines[i], err = s.store.outline(it); err != nil {
			return nil, err
		}
		for _, p := range outlines[i].points {
			v.asked[p.at] = false
		}
	}
	if err := s.open(ctx, v.asked); err != nil {
		return nil, err
	}
	out := make([]*fhir.Stored, len(items))
	for i, it := range items {
		var err error
		if out[i], err = v.apply(it, outlines[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Redacts says that what the caller is served may be less than what is stored: that references are left out of it. Of
// what he or she makes of it, only what was stored tells whether anything is missing (codec.Limits.Lacking).
func (s *Session) Redacts() bool { return !s.plain && s.grant.HasOnlineRules() }

// redactOne is redact of one version. What has no JSON, as a tombstone, has nothing to leave out.
func (s *Session) redactOne(ctx context.Context, st *fhir.Stored) (*fhir.Stored, error) {
	if st == nil || st.JSON == nil {
		return st, nil
	}
	all, err := s.redact(ctx, st)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// redactPage is redact of all of a page at once. The page isn't changed.
func (s *Session) redactPage(ctx context.Context, page *Page) (*Page, error) {
	if !s.Redacts() {
		return page, nil
	}
	items := make([]*fhir.Stored, len(page.Items))
	for i, it := range page.Items {
		items[i] = it.Stored
	}
	redacted, err := s.redact(ctx, items...)
	if err != nil {
		return nil, err
	}
	out := *page
	out.Items = make([]Item, len(redacted))
	for i, st := range redacted {
		out.Items[i] = Item{Stored: st, Mode: page.Items[i].Mode}
	}
	return &out, nil
}

// redactOutcomes redacts what changes have made.
func (s *Session) redactOutcomes(ctx context.Context, out []Outcome) (err error) {
	for i := range out {
		if out[i].Stored, err = s.redactOne(ctx, out[i].Stored); err != nil {
			return err
		}
	}
	return nil
}

// redaction is what one caller isn't served of some resources.
type redaction struct {
	*Session
	asked map[fhir.Key]bool // what they point at, and whether it is open
}

// redaction finds out what of all that some resources point at is open.
func (s *Session) redaction(ctx context.Context, texts ...[]byte) (*redaction, error) {
	v := &redaction{s, map[fhir.Key]bool{}}
	for _, text := range texts {
		for pointer := range codec.Pointers(text) {
			if key, ok := s.store.entry(pointer); ok {
				v.asked[key] = false
			}
		}
	}
	return v, s.open(ctx, v.asked)
}

// hidden says that a pointer is at something that isn't open.
func (v *redaction) hidden(pointer string) bool {
	key, ok := v.store.entry(pointer)
	return ok && !v.asked[key]
}

// apply is a version as it is served. One that loses something is a copy.
func (v *redaction) apply(st *fhir.Stored, o outline) (*fhir.Stored, error) {
	json := o.plain
	if slices.ContainsFunc(o.points, func(p point) bool { return !v.asked[p.at] }) {
		var err error
		if json, err = codec.Without(st.JSON, v.hidden); err != nil {
			return nil, err
		}
	}
	if len(json) == len(st.JSON) {
		return st, nil
	}
	less := *st
	less.JSON = json
	return &less, nil
}

// fewPointers are looked up one by one, which costs less than planning a query for them; and all are, where a look
// costs next to nothing.
const fewPointers = 8

// open finds out which resources are open online.
func (s *Session) open(ctx context.Context, asked map[fhir.Key]bool) error {
	if len(asked) == 0 {
		return nil
	}
	viewer := s.store.As(s.grant.Open(), Unobserved)
	if len(asked) > fewPointers && !s.store.backend.Near() {
		return viewer.among(ctx, asked)
	}
	for key := range asked {
		st, err := viewer.stored(ctx, key)
		if err != nil {
			return err
		}
		if st == nil || st.Deleted() {
			continue
		}
		if asked[key], err = viewer.reachesNow(ctx, access.R, st); err != nil {
			return err
		}
	}
	return nil
}

// among finds out which of many resources the grant reaches, by a query for all of them.
func (s *Session) among(ctx context.Context, asked map[fhir.Key]bool) error {
	ids := map[string]expr.IDs{}
	for key := range asked {
		ids[key.Type] = append(ids[key.Type], key.ID)
	}
	q := search.Query{Sort: byID, Limit: len(asked)}
	for typ, of := range ids {
		t, _ := s.store.Registry().Type(typ)
		q.From = append(q.From, expr.From{Type: t, Where: of})
	}
	for {
		page, err := s.find(ctx, access.R, &q)
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			asked[it.Key.Current()] = true
		}
		if q.After = page.Next; q.After == nil {
			return nil
		}
	}
}

// guardTest has a search by a reference find, for somebody online, only what is served with that reference: where it
// leads must be open. Else who knows an id could ask what refers to it.
func (s *Session) guardTest(e expr.Test) expr.Expr {
	is, ok := e.Is.(search.RefIs)
	if !ok || is.URL != "" || is.Identifier != nil || !s.grant.HasOnlineRules() {
		return e
	}
	entries, others := s.leads(e.Param, is.Type)
	if len(entries) == 0 {
		return e
	}
	var at expr.Expr = expr.And{}
	if is.ID != "" {
		at = expr.IDs{is.ID}
	}
	open := expr.Or{s.toOpen(e.Param, entries, at)}
	for _, name := range others {
		open = append(open, expr.Test{Param: e.Param, Is: search.RefIs{Type: name, ID: is.ID, Version: is.Version}})
	}
	return expr.And{e, open}
}

// guardMissing has a reference that isn't served count as missing.
func (s *Session) guardMissing(e expr.Missing) expr.Expr {
	if e.Param.Kind != spec.Reference || !s.grant.HasOnlineRules() {
		return e
	}
	entries, others := s.leads(e.Param, "")
	if len(entries) == 0 {
		return e
	}
	some, none := expr.Or{}, expr.And{expr.Not{Expr: s.toOpen(e.Param, entries, expr.And{})}}
	for _, t := range entries {
		some = append(some, expr.Test{Param: e.Param, Is: search.RefIs{Type: t.Name}})
	}
	for _, name := range others {
		none = append(none, expr.Not{Expr: expr.Test{Param: e.Param, Is: search.RefIs{Type: name}}})
	}
	return expr.Or{e, append(none, some)}
}

// leads are the types that a reference parameter leads to, of which typ, if it isn't "", is asked: entries of records,
// and others.
func (s *Session) leads(p *spec.Param, typ string) (entries []*spec.Type, others []string) {
	names := p.Targets
	if typ != "" {
		names = []string{typ}
	}
	for _, name := range names {
		if t, known := s.store.Registry().Type(name); known && hides(t) {
			entries = append(entries, t)
		} else {
			others = append(others, name)
		}
	}
	return entries, others
}

// toOpen is true of what leads to something for which at holds and that is open online.
func (s *Session) toOpen(p *spec.Param, types []*spec.Type, at expr.Expr) expr.Expr {
	chain := expr.Chain{Param: p}
	open := s.grant.Open()
	for _, t := range types {
		if predicate := open.Predicate(access.R, t); !expr.IsFalse(predicate) {
			chain.To = append(chain.To, expr.From{Type: t, Where: conjoin(at, predicate)})
		}
	}
	if chain.To == nil {
		return expr.Or{}
	}
	return chain
}
