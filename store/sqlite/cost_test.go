package sqlite

import (
	"context"
	"fmt"
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

// TestEffort: what a condition looks at beside the row counts: a resource for each reference it follows, and for _has
// all that refer to the row, but for a Patient with a token, who is one look-up.
func TestEffort(t *testing.T) {
	b := openTest(t)
	r := b.dict().registry
	load(t, b, results(t, r, 0, 100), 100)
	for i := range 10 {
		load(t, b, []store.Write{{Key: fhir.Key{Type: "Patient", ID: fmt.Sprint(i), Version: 1}, Method: fhir.Put, Body: body("Patient", fmt.Sprint(i))}}, 1)
	}
	for url, want := range map[string]int64{
		"Observation?code:text=a&status=final": 0, "Observation?subject:Patient.gender=male": 1,
		"Observation?subject:Patient.gender=male&performer:Practitioner.active=true": 2,
		"Observation?subject:Patient.organization.name=a":                            2, "Patient?_has:Observation:subject:code=a": 1, "Patient?_has:Observation:subject:code:text=a": 11,
		"Observation?subject:Patient._has:Observation:subject:code:text=a":                 12,
		"Observation?subject:Patient._has:Observation:subject:subject:Patient.gender=male": 23,
	} {
		typ, query, _ := strings.Cut(url, "?")
		s, err := search.Parse(r, []string{typ}, query, search.Options{Base: base, Now: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		err = b.read(t.Context(), func(c *conn) error {
			got, err := (&compiler{c: c, d: b.dict()}).effort(s.From[0].Where, s.From[0].Type)
			if got != want {
				t.Errorf("%s: %d, want %d", url, got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if product(1<<50, 1<<50) < DefaultMaxCost || product(0, 5) != 0 || product(7, 5) != 35 {
		t.Error("what is more than can be counted isn't more than may be read")
	}
}

// TestCostOfCriteria: a conditional create that would keep the writer reading is refused, and the next one isn't kept
// waiting.
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

// TestInterrupt: a statement that is running ends with its context, on a reader and on the writer, and both go on
// afterwards.
func TestInterrupt(t *testing.T) {
	b := costly(t)
	for name, run := range map[string]func(context.Context) error{
		"reader": func(ctx context.Context) error { return b.read(ctx, func(c *conn) error { return c.exec(endless) }) },
		"writer": func(ctx context.Context) error {
			return b.writer.submit(t.Context(), func(w *writer) error {
				w.c.bound(ctx)
				defer w.c.unbound()
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
