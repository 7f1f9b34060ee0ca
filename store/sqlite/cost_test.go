package sqlite

import (
	"context"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// costly opens a store in which a search may read 60 rows, with 200 results in it.
func costly(t *testing.T) *Backend {
	t.Helper()
	b, err := Open(t.Context(), t.TempDir(), registry(t), Options{Readers: 2, Base: base, MaxCost: 60})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	load(t, b, results(t, b.dict().registry, 0, 200), 100)
	return b
}

func asked(t *testing.T, b *Backend, query string) *search.Query {
	t.Helper()
	s, err := search.Parse(b.dict().registry, []string{"Observation"}, query, search.Options{Base: base, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return &s.Query
}

// TestCost: what would read too much is refused before it is run, with what to add; what reads a page is not.
func TestCost(t *testing.T) {
	b := costly(t)
	for query, advice := range map[string]string{
		"_count=20": "", "code=http://loinc.org|code-1&_count=20": "", "patient=p7": "", "patient=p7&_sort=status": "", "_id=o00000001": "",
		"date=2015-01-01&_count=20": "", "code:not=http://loinc.org|code-1&_count=20": "",
		"_sort=status&_count=20":                       "_sort",
		"method:missing=true":                          "patient=[id] or date=ge[day]",
		"value-quantity:missing=true&date=ge2014":      "patient=[id], or",
		"code=http://loinc.org|code-0&_summary=count":  "patient=[id]",
		"code:text=blood&code=http://loinc.org|code-0": "patient=[id]",
	} {
		q := asked(t, b, query)
		_, err := b.Find(t.Context(), q)
		plan, explainErr := b.Explain(t.Context(), q)
		if explainErr != nil {
			t.Fatal(query, explainErr)
		}
		refused := strings.Contains(plan[0], "so it is refused")
		switch {
		case advice == "" && (err != nil || refused):
			t.Errorf("%s is refused: %v; %s", query, err, plan[0])
		case advice != "" && (fhir.KindOf(err) != fhir.TooCostly || !strings.Contains(err.Error(), advice) || !refused):
			t.Errorf("%s: got %v, want advice %q; %s", query, err, advice, plan[0])
		}
	}
}

// TestCostOfCriteria: a conditional create that would keep the writer reading is refused, and the next one isn't kept waiting.
func TestCostOfCriteria(t *testing.T) {
	b := costly(t)
	writes := results(t, b.dict().registry, 200, 2)
	writes[0].NoMatch = asked(t, b, "method:missing=true")
	if _, err := b.Apply(t.Context(), store.Batch{Writes: writes[:1]}); fhir.KindOf(err) != fhir.TooCostly {
		t.Errorf("got %v", err)
	}
	writes[1].NoMatch = asked(t, b, "identifier=urn:example:none|none")
	if _, err := b.Apply(t.Context(), store.Batch{Writes: writes[1:]}); err != nil {
		t.Error(err)
	}
}

// endless is a statement that never ends by itself.
const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT count(*) FROM n`

// TestInterrupt: a statement that is running ends with its context, on a reader and on the writer, and both go on afterwards.
func TestInterrupt(t *testing.T) {
	b := costly(t)
	for name, run := range map[string]func(context.Context) error{
		"reader": func(ctx context.Context) error { return b.read(ctx, func(c *conn) error { return c.exec(endless) }) },
		"writer": func(ctx context.Context) error {
			return b.writer.submit(t.Context(), func(w *writer) error {
				defer w.c.bound(ctx)()
				return w.c.exec(endless)
			})
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := run(ctx); fhir.KindOf(err) != fhir.TimedOut {
			t.Errorf("%s: got %v", name, err)
		}
		cancel()
	}
	load(t, b, results(t, b.dict().registry, 300, 3), 1)
	if _, err := b.Find(t.Context(), asked(t, b, "patient=p7")); err != nil {
		t.Error(err)
	}
}
