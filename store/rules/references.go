package rules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// References refuses writes that refer to what isn't there: each literal reference to this server must be to a current
// resource, or to one in the same commit. It is off unless the practice asks for it: EHRs send in any order.
type References struct {
	Base     string         // our own FHIR base URL, without a trailing slash
	Registry *spec.Registry // tells a reference from any other relative address
}

// Apply looks all targets up at once, and requires them still to be there at the commit.
func (r References) Apply(ctx context.Context, c *store.Commit) error {
	here := map[fhir.Key]bool{}
	for i, w := range c.Batch.Writes {
		here[w.Key.Current()] = c.Pending[i].After != nil
	}
	var asked []reference
	for i := range c.Pending {
		if c.Pending[i].After != nil {
			asked = append(asked, r.references(&c.Pending[i])...)
		}
	}
	there, err := r.current(ctx, c.System, asked, here)
	if err != nil {
		return err
	}
	missing := fhir.Error{Kind: fhir.Unprocessable}
	required := map[fhir.Key]bool{}
	for _, ref := range asked {
		inCommit, known := here[ref.to]
		if known && inCommit {
			continue
		}
		version, found := there[ref.to]
		if known || !found {
			missing.Issues = append(missing.Issues, fhir.Issue{Code: "not-found", Coding: "REFERENCE_NOT_FOUND", Expression: ref.at,
				Text: fmt.Sprintf("%s refers to %s, which is not here. Send that first, or in the same transaction.", ref.at, ref.to)})
			continue
		}
		if key := (fhir.Key{Type: ref.to.Type, ID: ref.to.ID, Version: version}); !required[key] {
			required[key] = true
			c.Batch.Require = append(c.Batch.Require, key)
		}
	}
	if len(missing.Issues) > 0 {
		return &missing
	}
	return nil
}

// reference is one literal reference to this server.
type reference struct {
	to fhir.Key
	at string
}

func (r References) references(p *store.Pending) []reference {
	var out []reference
	for _, l := range p.After.Links {
		if l.Kind != fhir.LinkReference {
			continue
		}
		text := strings.Trim(string(p.After.JSON[l.Span.Start:l.Span.End]), `"`)
		if to, ok := search.Local(text, r.Base); ok {
			out = append(out, reference{to: to, at: p.Where(l.Expression)})
		}
	}
	return out
}

// current are the versions of what is asked for and not part of the commit itself.
func (r References) current(ctx context.Context, s *store.Session, asked []reference, here map[fhir.Key]bool) (map[fhir.Key]int64, error) {
	ids := map[string]map[string]bool{}
	for _, ref := range asked {
		if _, known := here[ref.to]; known {
			continue
		}
		if ids[ref.to.Type] == nil {
			ids[ref.to.Type] = map[string]bool{}
		}
		ids[ref.to.Type][ref.to.ID] = true
	}
	there := map[fhir.Key]int64{}
	q := search.Search{Query: search.Query{Sort: []search.Sort{{Param: spec.ID}}}}
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		t, _ := r.Registry.Type(name)
		q.From = append(q.From, search.From{Type: t, Where: search.IDs(slices.Sorted(maps.Keys(ids[name])))})
		q.Limit += len(ids[name])
	}
	if len(q.From) == 0 {
		return there, nil
	}
	page, err := s.Search(ctx, &q)
	if err != nil {
		return nil, err
	}
	for _, it := range page.Items {
		there[it.Key.Current()] = it.Key.Version
	}
	return there, nil
}
