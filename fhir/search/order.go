package search

import (
	"cmp"
	"slices"
	"strings"

	"frontdesk/fhir/spec"
)

// Rank is what a value is ordered by: of strings the Folded text, of tokens the Code (without one the Text), of URIs
// the Value, of references "Type/id" or the URL or the identifier's code, of numbers and quantities (whatever their
// unit) the low end are in Text, compared by bytes; of dates the low end is in Time. The other one is zero.
type Rank struct {
	Text string
	Time int64
}

// RankOf is a value's Rank.
func RankOf(v Value) Rank {
	switch v := v.(type) {
	case Text:
		return Rank{Text: v.Folded}
	case Token:
		return Rank{Text: cmp.Or(v.Code, v.Text)}
	case URL:
		return Rank{Text: v.Value}
	case Ref:
		switch {
		case v.ID != "":
			return Rank{Text: v.Type + "/" + v.ID}
		case v.Identifier != nil:
			return Rank{Text: cmp.Or(v.URL, v.Identifier.Code)}
		}
		return Rank{Text: v.URL}
	case DateRange:
		return Rank{Time: v.Lo}
	case NumberRange:
		return Rank{Text: string(v.Lo)}
	case Amount:
		return Rank{Text: string(v.Lo)}
	}
	return Rank{}
}

// Compare is negative if r comes first, ascending.
func (r Rank) Compare(s Rank) int {
	return cmp.Or(strings.Compare(r.Text, s.Text), cmp.Compare(r.Time, s.Time))
}

// Compare is the order Sort describes: negative if a comes first. Ties are broken by Updated in the direction of the
// first key, then by type and id ascending.
func Compare(sort []Sort, a, b *Doc) int {
	for _, s := range sort {
		if c := s.compare(a, b); c != 0 {
			return c
		}
	}
	c := a.Updated.Compare(b.Updated)
	if len(sort) > 0 && sort[0].Desc {
		c = -c
	}
	return cmp.Or(c, strings.Compare(a.Key.Type, b.Key.Type), strings.Compare(a.Key.ID, b.Key.ID))
}

func (s Sort) compare(a, b *Doc) int {
	x, hasX := s.rank(a)
	y, hasY := s.rank(b)
	switch {
	case hasX != hasY && hasX:
		return -1
	case hasX != hasY:
		return 1
	case s.Desc:
		return y.Compare(x)
	}
	return x.Compare(y)
}

// rank is that of the value which comes first in the direction.
func (s Sort) rank(d *Doc) (best Rank, ok bool) {
	switch s.Param {
	case spec.ID:
		return Rank{Text: d.Key.ID}, true
	case spec.LastUpdated:
		return RankOf(d.updated()), true
	}
	d.some(s.Param, func(v Value) bool {
		r := RankOf(v)
		if c := r.Compare(best); !ok || c < 0 && !s.Desc || c > 0 && s.Desc {
			best, ok = r, true
		}
		return false
	})
	return best, ok
}

// maxSort bounds the keys of an order.
const maxSort = 8

// parseSort reads _sort: codes with commas between them, each with "-" for descending.
func (c *parser) parseSort(value string) ([]Sort, error) {
	var keys []Sort
	for code := range strings.SplitSeq(value, ",") {
		code, desc := strings.CutPrefix(code, "-")
		p, err := c.sortable(code)
		if err != nil {
			return nil, err
		}
		if keys = append(keys, Sort{Param: p, Desc: desc}); len(keys) > maxSort {
			return nil, bad("_sort", "_sort=-date,status", "there are more than %d keys", maxSort)
		}
	}
	return keys, nil
}

// sortable is the indexed parameter that a key of _sort means.
func (c *parser) sortable(code string) (*spec.Param, error) {
	const example = "_sort=-_lastUpdated"
	if code == "_score" {
		return nil, unsupported("_sort=_score", "results have no score here")
	}
	p, err := c.lookup(c.types[0], code)
	if err != nil {
		return nil, bad("_sort", example, "%s isn't a parameter of %s that can be sorted by%s", quoted(code), c.types[0].Name, near(c.types[0], code))
	}
	from := p.Answers()
	switch {
	case p == spec.ID, p == spec.LastUpdated:
		return p, nil
	case len(c.types) > 1:
		return nil, bad("_sort", example, "over several types only _id and _lastUpdated can be sorted by")
	case p.Kind == spec.Composite || p.Kind == spec.Special || p.Kind == spec.Prose || len(from) > 1 || from[0].Target != "":
		return nil, bad("_sort", example, "%s has no order", code)
	}
	return from[0].Param, c.ready(from[0].Param)
}

// defaultSort is the order if none is asked for: what happened last first, as records are mostly read, else what was
// written last. So are answers to a search for words, which R4 leaves in the server's own order: a full-text index
// gives them so, and ends with the page.
func (c *parser) defaultSort(criteria []param) []Sort {
	words := slices.ContainsFunc(criteria, func(p param) bool { return p.name == "_text" || p.name == "_content" })
	if len(c.types) == 1 && !words {
		if p := c.types[0].Date; p != nil && p.Indexed() && c.ready(p) == nil {
			return []Sort{{Param: p, Desc: true}}
		}
	}
	return []Sort{{Param: spec.LastUpdated, Desc: true}}
}
