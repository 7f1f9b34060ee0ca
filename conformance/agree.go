package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"frontdesk/conformance/checks"
	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// queriesPerSet is how many queries one set of resources is asked: making a set costs more than a query.
const queriesPerSet = 250

// TestAgreement holds a backend's answers to search.Run's: random resources and real ones, random queries over every
// parameter, modifier, prefix, order, chain, _has, _list and _filter of their types, asked of the backend or through a
// Session, page by page, while another writes resources of the same types. n is the number of (set of resources, query)
// pairs; the same seed gives the same ones.
func TestAgreement(t *testing.T, open func(testing.TB) store.Backend, n int, seed uint64) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	examples := examples(t, r)
	var hits, pairs int
	backend := ""
	for set := uint64(0); pairs < n; set++ {
		g := newGenerator(r, rand.New(rand.NewPCG(seed, set)), examples)
		a := &agreement{TB: t, b: open(t), g: g, ctx: t.Context()}
		a.store, backend = store.Open(a.b, r, store.Options{}), checks.Backend(a.b)
		a.fill()
		stop := a.disturb(newGenerator(r, rand.New(rand.NewPCG(seed, set)), nil))
		for range min(queriesPerSet, n-pairs) {
			c := g.query(a.world)
			pairs++
			found, why := a.ask(c)
			if hits += min(found, 1); why != "" {
				small, why := a.shrink(c, why)
				stop()
				t.Fatalf("pair %d (seed %d, set %d): %s", pairs, seed, set, a.report(small, why))
			}
		}
		stop()
		if err := a.b.Close(); err != nil {
			t.Fatal("close:", err)
		}
	}
	checks.Count(t, "search pairs", backend, pairs)
	t.Logf("%d pairs of resources and query agree (seed %d); %d of the queries found something", pairs, seed, hits)
	if hits < pairs/10 {
		t.Errorf("only %d of %d queries found something: the generator has lost touch with the data", hits, pairs)
	}
}

// agreement is one set of resources, in a backend and as the oracle sees it.
type agreement struct {
	testing.TB
	b     store.Backend
	store *store.Store // on b
	g     *generator
	ctx   context.Context
	world world
	turn  chan struct{} // to the other writer
}

// fill writes the set in commits of one to five, so that resources share times; then changes some and deletes some, so
// that what the index held of them before must be gone.
func (a *agreement) fill() {
	a.Helper()
	for docs := range slices.Chunk(a.g.docs(), 1+a.g.IntN(5)) {
		a.commit(docs, false)
	}
	var changed, gone []*search.Doc
	for _, d := range a.world.all {
		switch a.g.IntN(12) {
		case 0:
			changed = append(changed, a.g.changed(d))
		case 1:
			gone = append(gone, d)
		}
	}
	a.commit(changed, false)
	a.commit(gone, true)
}

func (a *agreement) commit(docs []*search.Doc, remove bool) {
	a.Helper()
	if len(docs) == 0 {
		return
	}
	writes := make([]store.Write, len(docs))
	for i, d := range docs {
		writes[i] = writeOf(d)
		if remove {
			writes[i] = tombstone(writes[i])
		}
	}
	results, err := a.b.Apply(a.ctx, store.Batch{Writes: writes})
	if err != nil {
		a.Fatal("apply:", err)
	}
	for i, d := range docs {
		d.Updated = results[i].Updated
		a.world.put(d, remove)
	}
}

// writeOf is a resource with an empty body: of a search, only its index counts.
func writeOf(d *search.Doc) store.Write {
	json := `{"resourceType":"` + d.Key.Type + `"}`
	res := &fhir.Resource{Type: d.Key.Type, JSON: []byte(json), Spans: fhir.Spans{Type: fhir.Span{Start: 1, End: len(json) - 1}}}
	return store.Write{Key: d.Key, Method: fhir.Put, Body: res.Body(d.Key.ID), Index: d.Entries, Compartments: d.Compartments, Facts: d.Facts}
}

// ask puts a query to the backend, page by page, and some of them back again or from the end. It returns how many the
// oracle finds, and how the answer differs from that: "" if it doesn't.
func (a *agreement) ask(c *question) (found int, why string) {
	q := c.query
	want := keys(search.Run(&q, c.door.world(a)))
	if c.fromEnd && q.Limit > 0 {
		q.Place = search.Place{Back: true}
		_, _, why := a.pages(c, q, want)
		return len(want), why
	}
	last, items, why := a.pages(c, q, want)
	if why != "" || last == nil || last.Previous == nil || c.turn == 0 {
		return len(want), why
	}
	q.Place = search.Place{After: last.Previous, Back: true}
	_, _, why = a.pages(c, q, want[:max(0, len(want)-items)])
	return len(want), why
}

// pages walks from where a query begins as far as there are pages, and says how they differ from what is wanted. It
// returns the last page, and how many of its items are wanted at all.
func (a *agreement) pages(c *question, q search.Query, want []fhir.Key) (page *store.Page, items int, why string) {
	var got []fhir.Key
	for pages := 0; ; pages++ {
		a.again(pages)
		var err error
		page, err = c.door.find(a, &q)
		switch {
		case c.door.shut(a, &q):
			if fhir.KindOf(err) != fhir.Forbidden || len(want) > 0 {
				return nil, 0, fmt.Sprintf("the grant reaches nothing of what is searched, and the answer is %v", err)
			}
			return nil, 0, ""
		case err != nil:
			return nil, 0, "error: " + err.Error()
		}
		if why := misfits(page, pages, &q, len(want)); why != "" {
			return nil, 0, why
		}
		some := make([]fhir.Key, len(page.Items))
		for i, it := range page.Items {
			some[i] = it.Key
		}
		items = len(own(slices.Clone(some)))
		next := search.Place{After: page.Next}
		if got = append(got, some...); q.Back {
			next = search.Place{After: page.Previous, Back: true}
			got = append(some, got[:len(got)-len(some)]...)
		}
		if next.After == nil || q.Limit == 0 {
			break
		}
		q.Place = next
	}
	if got = own(got); q.Limit > 0 && !slices.Equal(got, want) {
		return nil, 0, fmt.Sprintf("the answer is\n  %v\nand the oracle's\n  %v", got, want)
	}
	return page, items, ""
}

// misfits is what is wrong with the nth page of a walk to so many wanted.
func misfits(page *store.Page, nth int, q *search.Query, wanted int) string {
	switch n := int64(wanted); {
	case q.Total == search.AllMatches && (page.Total < n || page.Total > n+others):
		return fmt.Sprintf("page %d says the total is %d and not %d, or up to %d more", nth+1, page.Total, n, others)
	case q.Total > 0 && q.Total < n && page.Total >= 0 && page.Total != int64(len(page.Items)):
		return fmt.Sprintf("page %d says the total is %d, and only %d were to be counted", nth+1, page.Total, q.Total)
	case q.Total > 0 && q.Total >= n+others && (page.Total < n || page.Total > n+others):
		return fmt.Sprintf("page %d says the total is %d and not %d, or up to %d more, and %d were to be counted",
			nth+1, page.Total, n, others, q.Total)
	case len(page.Items) > q.Limit:
		return fmt.Sprintf("page %d has %d items, and the limit is %d", nth+1, len(page.Items), q.Limit)
	case nth > wanted+others+turns:
		return "the pages don't end"
	}
	return ""
}

func keys(docs []*search.Doc) []fhir.Key {
	out := make([]fhir.Key, len(docs))
	for i, d := range docs {
		out[i] = d.Key
	}
	return out
}
