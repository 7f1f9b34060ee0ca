package record

import (
	"cmp"
	"context"
	"math"
	"slices"

	dt "github.com/google/fhir/go/proto/google/fhir/proto/r4/core/datatypes_go_proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// LastN are the newest n of each kind among what a search of one type finds, by the type's main date and its parameter
// code (R4 Observation/$lastn). Kinds come in the order of their newest, and within a kind the newest comes first; what
// happened at the very time of the nth comes too. Two resources are of a kind if they have a coding in common, or both
// one with a third; those with a text alone by that text as it stands. bound is how many matches are looked at: with
// more it is fhir.TooCostly, because what isn't looked at could be of any kind.
func LastN(ctx context.Context, s *store.Session, q *search.Search, n, bound int) (*store.Page, error) {
	return s.Compose(ctx, fhir.Key{Type: q.From[0].Type.Name}, q, func(steps *store.Session) (*store.Page, error) {
		items, err := lastN(ctx, steps, q, n, bound)
		return &store.Page{Items: items, Total: int64(len(items))}, err
	})
}

// lastN finds what LastN serves.
func lastN(ctx context.Context, s *store.Session, q *search.Search, n, bound int) ([]store.Item, error) {
	t := q.From[0].Type
	k := &kinds{code: t.Params["code"], date: t.Date, keep: n, of: map[string]*kind{}}
	find := *q
	find.Include, find.RevInclude, find.Query.Total = nil, nil, 0
	find.Sort, find.Limit = []search.Sort{{Param: t.Date, Desc: true}}, chunk
	for looked := 0; ; {
		page, err := s.Search(ctx, &find)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			if looked++; looked > bound {
				return nil, fhir.Errorf(fhir.TooCostly, "",
					"More than %d resources match, and the last of each kind can't be told from fewer. Ask for less, by code, category or date.", bound)
			}
			if err := k.add(it, looked); err != nil {
				return nil, err
			}
		}
		if find.After = page.Next; find.After == nil {
			return k.items(), nil
		}
	}
}

// kinds are the groups found so far.
type kinds struct {
	code, date *spec.Param
	keep       int
	of         map[string]*kind // by coding or text
}

// kind is one group.
type kind struct {
	names []string
	best  []candidate // the newest first
}

// candidate is one resource that may be among the newest of its kind.
type candidate struct {
	store.Item
	nth int   // in the order of the search
	at  int64 // microseconds since 1970 UTC; unknown if it has no date
}

// unknown is when something without a date happened: never at the same time as anything else.
const unknown = math.MinInt64

// add takes the next newest match.
func (k *kinds) add(it store.Item, nth int) error {
	r, err := codec.Decode(it.JSON, codec.Unlimited())
	if err != nil {
		return fhir.Fault("decode "+it.Key.String()+" as stored", err)
	}
	c := candidate{it, nth, unknown}
	for _, v := range (search.Indexer{}).Values(k.date, r.Message) {
		if d, ok := v.(search.DateRange); ok {
			c.at = max(c.at, d.Lo)
		}
	}
	into := &kind{}
	for _, name := range k.names(r.Message) {
		other := k.of[name]
		if other == nil {
			into.names = append(into.names, name)
		} else if other != into {
			into.names, into.best = append(into.names, other.names...), append(into.best, other.best...)
		}
		for _, name := range into.names {
			k.of[name] = into
		}
	}
	into.best = append(into.best, c)
	into.cut(k.keep)
	return nil
}

// cut leaves the newest n, and what is as new as the last of them. What falls out of a part can't be among the newest
// of a whole.
func (g *kind) cut(n int) {
	slices.SortFunc(g.best, func(a, b candidate) int { return cmp.Compare(a.nth, b.nth) })
	if len(g.best) <= n {
		return
	}
	last := g.best[n-1]
	end := n
	for end < len(g.best) && last.at != unknown && g.best[end].at == last.at {
		end++
	}
	g.best = g.best[:end]
}

// names are the codings of a resource's code as keys, or its text if it has none; never none at all.
func (k *kinds) names(msg protoreflect.Message) []string {
	var names []string
	text := ""
	k.code.Each(msg, func(m protoreflect.Message) bool {
		concept, ok := m.Interface().(*dt.CodeableConcept)
		if !ok {
			return true
		}
		for _, c := range concept.GetCoding() {
			if code := c.GetCode().GetValue(); code != "" {
				names = append(names, "c"+c.GetSystem().GetValue()+"|"+code)
			}
		}
		text = cmp.Or(text, concept.GetText().GetValue())
		return true
	})
	if names == nil {
		return []string{"t" + text}
	}
	return names
}

// items are what is kept of all kinds.
func (k *kinds) items() []store.Item {
	var all []*kind
	for name, g := range k.of {
		if name == g.names[0] { // once, though it has many names
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b *kind) int { return cmp.Compare(a.best[0].nth, b.best[0].nth) })
	var out []store.Item
	for _, g := range all {
		for _, c := range g.best {
			out = append(out, c.Item)
		}
	}
	return out
}
