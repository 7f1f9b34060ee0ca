package sqlite

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/conformance"
	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// world is what the backend should hold, for search.Run.
type world map[fhir.Key]*search.Doc

func (w world) Doc(typ, id string) *search.Doc { return w[fhir.Key{Type: typ, ID: id}] }

func (w world) All(typ string) iter.Seq[*search.Doc] {
	return func(yield func(*search.Doc) bool) {
		for k, d := range w {
			if k.Type == typ && !yield(d) {
				return
			}
		}
	}
}

func openTest(t testing.TB) *Backend {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := opener(t.TempDir(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b.(*Backend)
}

// change writes a random resource, or deletes it, in the backend and in the world.
func (w world) change(t *testing.T, r random, b *Backend, versions map[fhir.Key]int64, delete_ bool) {
	key := fhir.Key{Type: pick(r, someTypes...), ID: fmt.Sprint(1 + r.IntN(12))}
	versions[key]++
	write := store.Write{Key: fhir.Key{Type: key.Type, ID: key.ID, Version: versions[key]}, Method: fhir.Delete}
	delete(w, key)
	if !delete_ {
		typ, _ := r.r.Type(key.Type)
		write.Method, write.Body, write.Index = fhir.Put, body(key.Type, key.ID), r.entries(typ)
		write.Compartments = slices.Compact(slices.Sorted(slices.Values([]string{pick(r, someIDs...), pick(r, someIDs...)})))
		write.Facts = fhir.Facts{Section: pick(r, "", "results", "letters"), Hidden: r.IntN(4) == 0,
			Recorded: time.UnixMicro(pick(r, someTimes...)).UTC(), Release: time.UnixMicro(pick(r, someTimes...)).UTC()}
	}
	out, err := b.Apply(t.Context(), store.Batch{Writes: []store.Write{write}})
	if err != nil {
		t.Fatal(err)
	}
	if !delete_ {
		w[key] = &search.Doc{Key: write.Key, Updated: out[0].Updated, Entries: write.Index, Compartments: write.Compartments, Facts: write.Facts}
	}
}

// pages are the keys of all pages of a query, which going back must be the same.
func pages(t *testing.T, b *Backend, q search.Query) (out []string, total int64) {
	for {
		page, err := b.Find(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range page.Items {
			out = append(out, it.Key.String())
		}
		if len(out) > 1000 {
			t.Fatal("the pages don't end")
		}
		if page.Next == nil {
			backwards(t, b, q, out)
			return out, page.Total
		}
		q.After = page.Next
	}
}

// backwards walks a query from its end to its beginning.
func backwards(t *testing.T, b *Backend, q search.Query, want []string) {
	t.Helper()
	var got []string
	for q.Place = (search.Place{Back: true}); ; {
		page, err := b.Find(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		var some []string
		for _, it := range page.Items {
			some = append(some, it.Key.String())
		}
		got = append(some, got...)
		if page.Previous == nil || len(got) > 1000 {
			break
		}
		q.After = page.Previous
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s sorted by %s from its end:\n got %s\nwant %s", q.From, sorts(q.Sort), got, want)
	}
}

// TestAgrees: whatever is stored and whatever is asked, the answer is search.Run's, page by page.
func TestAgrees(t *testing.T) {
	const rounds, queries = 12, 250
	seed := uint64(time.Now().UnixNano())
	b := openTest(t)
	r := random{rand.New(rand.NewPCG(seed, 0)), b.dict().registry}
	w, versions := world{}, map[fhir.Key]int64{}
	found := 0
	for range rounds {
		for range 40 {
			w.change(t, r, b, versions, r.IntN(6) == 0)
		}
		for range queries {
			q := r.query()
			var want []string
			for _, d := range search.Run(q, w) {
				want = append(want, d.Key.String())
			}
			got, total := pages(t, b, *q)
			if !slices.Equal(got, want) || total != int64(len(want)) {
				t.Fatalf("seed %d: %s sorted by %s\n got %s (total %d)\nwant %s\n%s", seed, q.From, sorts(q.Sort), got, total, want, plans(t, b, q))
			}
			found += len(want)
		}
	}
	t.Logf("seed %d: %d queries found %d resources", seed, rounds*queries, found)
	if found == 0 {
		t.Error("no query found anything: the values are too many")
	}
}

func sorts(keys []search.Sort) string {
	var out []string
	for _, s := range keys {
		out = append(out, fmt.Sprint(s.Param.Code, " desc=", s.Desc))
	}
	return strings.Join(out, ", ")
}

// plans are how a query is answered.
func plans(t *testing.T, b *Backend, q *search.Query) string {
	var out strings.Builder
	err := b.read(t.Context(), func(c *conn) error {
		for _, from := range q.From {
			p, sql, err := explain(c, b.dict(), from, q)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%s\n%s\n", p, sql)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// explain is the plan of a query and the SQL it becomes.
func explain(c *conn, d *dict, from search.From, q *search.Query) (*plan, string, error) {
	b := &compiler{c: c, d: d, now: q.Now}
	p, err := b.plan(from, q.Sort, q.Limit)
	if err != nil {
		return nil, "", err
	}
	var sql []string
	for _, f := range b.phases(p, nil) {
		sql = append(sql, fmt.Sprintf("%s\n  %v", f.sql, f.args))
	}
	return p, strings.Join(sql, "\n"), nil
}

// TestLeavesNothing: when everything has been deleted, no index row is left.
func TestLeavesNothing(t *testing.T) {
	b := openTest(t)
	r := random{rand.New(rand.NewPCG(7, 7)), b.dict().registry}
	w, versions := world{}, map[fhir.Key]int64{}
	for range 100 {
		w.change(t, r, b, versions, false)
	}
	for key := range w {
		versions[key]++
		key.Version = versions[key]
		if _, err := b.Apply(t.Context(), store.Batch{Writes: []store.Write{{Key: key, Method: fhir.Delete}}}); err != nil {
			t.Fatal(err)
		}
	}
	err := b.read(t.Context(), func(c *conn) error {
		for _, table := range []string{"tok", "ctok", "ref", "str", "rng", "wide", "comp", "posting", "prose", "unread"} {
			n, _, err := c.number("SELECT count(*) FROM " + table)
			if err != nil || n != 0 {
				t.Errorf("%d rows of %s are left, %v", n, table, err)
			}
		}
		n, _, err := c.number("SELECT sum(n) FROM type")
		if n != 0 {
			t.Errorf("the types count %d resources, want 0", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAgreement holds the backend to the oracle over queries as clients send them. FRONTDESK_AGREEMENT_PAIRS sets how
// many, FRONTDESK_AGREEMENT_SEED which ones.
func TestAgreement(t *testing.T) {
	setting := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	conformance.TestAgreement(t, func(t testing.TB) store.Backend {
		b, err := opener(t.TempDir(), r)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}, setting("FRONTDESK_AGREEMENT_PAIRS", 3000), uint64(setting("FRONTDESK_AGREEMENT_SEED", 1)))
}
