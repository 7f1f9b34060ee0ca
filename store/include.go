package store

import (
	"context"
	"fmt"
	"slices"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
)

// maxHops bounds :iterate: from a match, that many references are followed at the most.
const maxHops = 5

// maxTests bounds the alternatives of one query for includes: SQLite, for one, takes 500.
const maxTests = 200

// includer collects what the matches of a page bring along.
type includer struct {
	*Session
	page *Page
	seen map[fhir.Key]bool // what is on the page, as current keys
	left int               // how many more may be included
	cut  bool              // there was more
}

// include adds to a page what its matches bring along: a query or a few for each hop, not one for each match. Each
// resource must be one the caller may read; nothing is on the page twice (R4 search 3.1.1.5.4). It stops at the bound,
// and says whether that was enough.
func (s *Session) include(ctx context.Context, q *search.Search, page *Page) (whole bool, err error) {
	inc := includer{Session: s, page: page, seen: map[fhir.Key]bool{}, left: s.bound(len(page.Items))}
	for _, it := range page.Items {
		inc.seen[it.Key.Current()] = true
	}
	sources, forward, reverse := page.Items, q.Include, q.RevInclude
	for hop := 0; ; hop++ {
		found, err := inc.hop(ctx, sources, forward, reverse)
		if err != nil {
			return false, err
		}
		if hop == maxHops { // just to see whether there is more
			if len(found) > 0 {
				page.warn("With :iterate %d references are followed from a match, and there are more. Search for what the last included resources refer to.", maxHops)
			}
			break
		}
		page.Items = append(page.Items, found...)
		sources, forward, reverse = found, iterating(forward), iterating(reverse)
		if inc.cut || len(found) == 0 || len(forward)+len(reverse) == 0 {
			break
		}
	}
	return !inc.cut, nil
}

// warn says on the page that it doesn't hold everything.
func (p *Page) warn(format string, args ...any) {
	p.Issues = append(p.Issues, fhir.Issue{Code: "too-costly", Warning: true, Text: fmt.Sprintf(format, args...)})
}

func iterating(is []search.Include) []search.Include {
	return slices.DeleteFunc(slices.Clone(is), func(i search.Include) bool { return !i.Iterate })
}

// hop is what the sources bring along directly. The tests of one query are bounded, so a page of many matches takes
// several.
func (inc *includer) hop(ctx context.Context, sources []Item, forward, reverse []search.Include) ([]Item, error) {
	var found []Item
	want := wanted{}
	for i, src := range sources {
		if err := inc.forward(want, src.Stored, forward); err != nil {
			return nil, err
		}
		want.reverse(src.Key, reverse)
		if err := inc.reverseCanonical(want, src.Stored, reverse); err != nil {
			return nil, err
		}
		if want.tests() < maxTests && i+1 < len(sources) {
			continue
		}
		some, err := inc.fetch(ctx, want)
		if err != nil {
			return nil, err
		}
		found, want = append(found, some...), wanted{}
		if inc.cut {
			break
		}
	}
	return found, nil
}

// fetch finds what is wanted and not on the page yet.
func (inc *includer) fetch(ctx context.Context, want wanted) ([]Item, error) {
	q := search.Query{From: want.from(inc.store.Registry()), Sort: byID, Limit: inc.left + 1}
	if len(q.From) == 0 {
		return nil, nil
	}
	var found []Item
	for {
		page, err := inc.find(ctx, access.R, &q)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			key := it.Key.Current()
			switch {
			case inc.seen[key]:
				continue
			case inc.left == 0:
				inc.cut = true
				return found, nil
			}
			inc.seen[key] = true
			inc.left--
			it.Mode = "include"
			found = append(found, it)
		}
		if q.After = page.Next; q.After == nil {
			return found, nil
		}
	}
}

// forward wants what a source refers to. Its index entries tell, so that only sources of an _include are decoded.
func (inc *includer) forward(want wanted, src *fhir.Stored, is []search.Include) error {
	is = slices.DeleteFunc(slices.Clone(is), func(i search.Include) bool { return i.Source.Name != src.Key.Type })
	if len(is) == 0 {
		return nil
	}
	doc, err := inc.store.doc(is[0].Source, src)
	if err != nil {
		return err
	}
	inc.forwardCanonical(want, doc, is)
	for _, e := range doc.Entries {
		ref, ok := e.Value.(search.Ref)
		key := fhir.Key{Type: ref.Type, ID: ref.ID}
		if !ok || ref.ID == "" || inc.seen[key] {
			continue
		}
		if slices.ContainsFunc(is, func(i search.Include) bool { return follows(i, e.Param, ref.Type) }) {
			want.of(ref.Type).ids[ref.ID] = true
		}
	}
	return nil
}

// follows says whether an include means references in an indexed parameter to resources of a type.
func follows(i search.Include, p *spec.Param, target string) bool {
	if i.Target != "" && i.Target != target {
		return false
	}
	return i.Param == nil || slices.ContainsFunc(i.Param.Answers(), func(b spec.Branch) bool {
		return b.Param == p && (b.Target == "" || b.Target == target)
	})
}
