package store

import (
	"context"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
)

// conditionalReference resolves "Patient?identifier=…" in a reference to the one resource that the criteria find. R4
// does this when everything is written (R4 http 3.1.0.11.2, the last step), so an entry of the same transaction is
// judged by what it will be, and a resource that it deletes isn't found.
func (l *linker) conditionalReference(ctx context.Context, ref string) (string, error) {
	typ, query, _ := strings.Cut(ref, "?")
	if _, ok := l.store.Registry().Type(typ); !ok {
		return "", fhir.Errorf(fhir.Invalid, "", "%q is not a conditional reference: there is no resource type %q.", ref, typ)
	}
	query = substitute(query, func(url string) (string, bool) {
		p, ok := l.to[url]
		if !ok {
			return "", false
		}
		return p.becomes().Current().String(), true
	})
	m, err := search.ParseCriteria(l.store.Registry(), typ, query, l.options())
	if err != nil {
		return "", err
	}
	mine, err := l.willBe(ctx, typ)
	if err != nil {
		return "", err
	}
	var found []fhir.Key
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
		if doc != nil && search.Match(where, doc, l.store.options.Now(), w) {
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

// options are what criteria are read by. How many resources an index being built has to go counts what the caller can't
// see.
func (s *Session) options() search.Options {
	o := s.store.SearchOptions()
	if !s.Explains() {
		o.Progress = nil
	}
	return o
}

// willBe are the resources of a type that this transaction changes, as they will be but for conditional references; nil
// for one that it deletes. What a patch makes of a resource isn't known yet, so that one counts as it is.
func (l *linker) willBe(ctx context.Context, typ string) (map[fhir.Key]*search.Doc, error) {
	mine := map[fhir.Key]*search.Doc{}
	for _, p := range l.plans {
		if !p.writes() || p.t.Name != typ || p.Action == Patch {
			continue
		}
		if p.Action == Delete {
			mine[p.key.Current()] = nil
			continue
		}
		doc, err := l.docOf(ctx, p)
		if err != nil {
			return nil, placed(p.At, err)
		}
		mine[p.key.Current()] = doc
	}
	return mine, nil
}

// docOf is what a search finds an entry by when its links to other entries are replaced.
func (l *linker) docOf(ctx context.Context, p *plan) (*search.Doc, error) {
	if doc := l.docs[p]; doc != nil {
		return doc, nil
	}
	r, err := l.rewrite(ctx, p.Resource, p.FullURL, false)
	if err != nil {
		return nil, err
	}
	doc := &search.Doc{Key: p.key, Updated: l.store.options.Now(), Entries: l.store.index(p.t, r)}
	doc.Facts.Recorded = doc.Updated
	if p.before != nil {
		doc.Facts = p.before.Facts
	}
	doc.Compartments = search.Compartments(p.t, p.key.ID, doc.Entries)
	l.docs[p] = doc
	return doc, nil
}
