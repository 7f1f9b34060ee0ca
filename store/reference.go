package store

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// conditionalReference resolves "Patient?identifier=…" in a reference to the one resource that the criteria find. R4 does
// this when everything is written (R4 http 3.1.0.11.2, the last step), so an entry of the same transaction is judged by what
// it will be, and a resource that it deletes isn't found.
func (l *linker) conditionalReference(ctx context.Context, ref string) (string, error) {
	typ, query, _ := strings.Cut(ref, "?")
	if _, ok := l.store.Registry().Type(typ); !ok {
		return "", fhir.Errorf(fhir.Invalid, "", "%q is not a conditional reference: there is no resource type %q.", ref, typ)
	}
	m, err := search.ParseCriteria(l.store.Registry(), typ, query, l.options())
	if err != nil {
		return "", err
	}
	mine, found := l.willBe(typ), []fhir.Key(nil)
	page, err := l.find(ctx, access.S, &search.Query{From: m.From, Sort: byID, Limit: 2 + len(mine)})
	if err != nil {
		return "", err
	}
	for _, it := range page.Items {
		if _, ok := mine[it.Key.Current()]; !ok {
			found = append(found, it.Key.Current())
		}
	}
	where := l.guard(access.S, &m.Query).From[0].Where
	for key, doc := range mine {
		w := &world{ctx: ctx, store: l.store}
		if doc != nil && search.Match(where, doc, w) {
			found = append(found, key)
		}
		if w.err != nil {
			return "", w.err
		}
	}
	switch len(found) {
	case 0:
		return "", fhir.Errorf(fhir.Unprocessable, "", "No %s matches %q. Create it first, or refer to it by its id.", typ, ref)
	case 1:
		return found[0].String(), nil
	}
	return "", fhir.Errorf(fhir.MultipleMatches, "", "More than one %s matches %q. Add to the criteria until just one does.", typ, ref)
}

// options are what criteria are read by. How many resources an index being built has to go counts what the caller can't see.
func (s *Session) options() search.Options {
	o := s.store.SearchOptions()
	if !s.Explains() {
		o.Progress = nil
	}
	return o
}

// willBe are the resources of a type that this transaction changes, as they will be but for links; nil for one that it deletes.
// What a patch makes of a resource isn't known yet, so that one counts as it is.
func (l *linker) willBe(typ string) map[fhir.Key]*search.Doc {
	mine := map[fhir.Key]*search.Doc{}
	for _, p := range l.plans {
		if p.t.Name != typ || !p.writes() || p.Action == Patch {
			continue
		}
		key := p.key.Current()
		if p.Action == Delete {
			mine[key] = nil
			continue
		}
		doc := &search.Doc{Key: p.key, Updated: l.store.options.Now(), Entries: l.store.index(p.t, p.Resource)}
		doc.Facts.Recorded = doc.Updated
		if p.before != nil {
			doc.Facts = p.before.Facts
		}
		doc.Compartments = search.Compartments(p.t, p.key.ID, doc.Entries)
		mine[key] = doc
	}
	return mine
}
