package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// queriesPerSet is how many queries one set of resources is asked: making a set costs more than a query.
const queriesPerSet = 250

// TestAgreement holds a backend's answers to search.Run's: random resources, random queries over every parameter, modifier,
// prefix, order, chain and _has of their types, page by page, while others write. n is the number of (set of resources, query)
// pairs; the same seed gives the same ones.
func TestAgreement(t *testing.T, open func(testing.TB) store.Backend, n int, seed uint64) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	examples := examples(t, r)
	var hits, pairs int
	for set := uint64(0); pairs < n; set++ {
		g := newGenerator(r, rand.New(rand.NewPCG(seed, set)), examples)
		a := &agreement{TB: t, b: open(t), g: g, ctx: t.Context()}
		a.fill()
		stop := a.disturb()
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
	t.Logf("%d pairs of resources and query agree (seed %d); %d of the queries found something", pairs, seed, hits)
	if hits < pairs/10 {
		t.Errorf("only %d of %d queries found something: the generator has lost touch with the data", hits, pairs)
	}
}

// agreement is one set of resources, in a backend and as the oracle sees it.
type agreement struct {
	testing.TB
	b     store.Backend
	g     *generator
	ctx   context.Context
	world world
}

// fill writes the set in commits of one to five, so that resources share times; then changes some and deletes some, so that
// what the index held of them before must be gone.
func (a *agreement) fill() {
	a.Helper()
	for docs := range slices.Chunk(a.g.docs(), 1+a.g.IntN(5)) {
		a.commit(docs, false)
	}
	var changed, gone []*search.Doc
	for _, d := range a.world.all {
		switch a.g.IntN(12) {
		case 0:
			changed = append(changed, a.g.again(d))
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

// disturb has another writer add resources of a type that no query is about, until stop is called.
func (a *agreement) disturb() (stop func()) {
	ctx, cancel := context.WithCancel(a.ctx)
	done := make(chan error, 1)
	go func() {
		for i := 0; ctx.Err() == nil; i++ {
			d := &search.Doc{Key: fhir.Key{Type: bystander, ID: fmt.Sprintf("w%d", i), Version: 1}}
			if _, err := a.b.Apply(ctx, store.Batch{Writes: []store.Write{writeOf(d)}}); err != nil && ctx.Err() == nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	return func() {
		cancel()
		if err := <-done; err != nil {
			a.Error("the other writer:", err)
		}
	}
}

// ask puts a query to the backend, page by page. It returns how many the oracle finds, and how the answer differs from that:
// "" if it doesn't.
func (a *agreement) ask(c *question) (found int, why string) {
	q := c.query
	want := keys(search.Run(&q, &a.world))
	var got []fhir.Key
	for pages := 0; ; pages++ {
		page, err := a.b.Find(a.ctx, &q)
		if err != nil {
			return len(want), "error: " + err.Error()
		}
		for _, it := range page.Items {
			got = append(got, it.Key)
		}
		switch {
		case q.Total && page.Total != int64(len(want)):
			return len(want), fmt.Sprintf("page %d says the total is %d and not %d", pages+1, page.Total, len(want))
		case len(page.Items) > q.Limit:
			return len(want), fmt.Sprintf("page %d has %d items, and the limit is %d", pages+1, len(page.Items), q.Limit)
		case pages > len(want):
			return len(want), "the pages don't end"
		}
		if page.Next == nil || q.Limit == 0 {
			break
		}
		q.After = page.Next
	}
	if q.Limit > 0 && !slices.Equal(got, want) {
		return len(want), fmt.Sprintf("the backend finds\n  %v\nand the oracle\n  %v", got, want)
	}
	return len(want), ""
}

func keys(docs []*search.Doc) []fhir.Key {
	out := make([]fhir.Key, len(docs))
	for i, d := range docs {
		out[i] = d.Key
	}
	return out
}

// shrink leaves out of a query what it fails without.
func (a *agreement) shrink(c *question, why string) (*question, string) {
	for again := true; again; {
		again = false
		for i := range c.params {
			smaller := c.without(i)
			if smaller == nil {
				continue
			}
			if _, still := a.ask(smaller); still != "" {
				c, why, again = smaller, still, true
				break
			}
		}
	}
	return c, why
}

// report is the query, and those resources whose finding is in dispute.
func (a *agreement) report(c *question, why string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "?%s (limit %d), that is\n", strings.Join(c.params, "&"), c.query.Limit)
	for _, f := range c.query.From {
		fmt.Fprintf(&b, "  %s\n", f)
	}
	b.WriteString(why + "\n")
	shown := 0
	for _, d := range a.world.all {
		if shown == 12 {
			return b.String() + "and more\n"
		}
		if strings.Count(why, d.Key.String()+" ")+strings.Count(why, d.Key.String()+"]") == 2 && len(a.world.all) > 12 {
			continue // both find it
		}
		if slices.ContainsFunc(c.query.From, func(f search.From) bool { return f.Type.Name == d.Key.Type }) {
			shown++
			fmt.Fprintf(&b, "%s %s %v %+v\n", d.Key, d.Updated, d.Compartments, d.Facts)
			for _, e := range d.Entries {
				if strings.Contains(why+search.Print(c.query.From[0].Where)+strings.Join(c.params, "&"), e.Param.Code) {
					fmt.Fprintf(&b, "    %s %+v\n", e.Param.Code, e.Value)
				}
			}
		}
	}
	return b.String()
}
