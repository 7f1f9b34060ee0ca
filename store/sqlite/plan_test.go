package sqlite

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/search/prose"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

// details is what SQLite says it will do for a query, a step a line.
func details(t *testing.T, b *Backend, q *search.Query) (string, *plan) {
	t.Helper()
	var out []string
	var p *plan
	err := b.read(t.Context(), func(c *conn) (err error) {
		by := &compiler{c: c, d: b.dict()}
		if p, err = by.plan(q.From[0], q.Sort, q.Limit); err != nil {
			return err
		}
		for _, f := range by.phases(p, nil) {
			c.testing = by.tests
			err = c.query("EXPLAIN QUERY PLAN "+f.sql+" LIMIT 51", f.args, func(s *sqlite.Stmt) error {
				out = append(out, s.ColumnText(3))
				return nil
			})
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n"), p
}

// TestPlans: the shapes asked for most are one range scan of the index made for them, sorted by nothing but that index.
func TestPlans(t *testing.T) {
	b := openTest(t)
	load(t, b, results(t, b.dict().registry, 0, 200), 100)
	observation, _ := b.dict().registry.Type("Observation")
	token := search.Test{Param: observation.Params["code"], Is: search.TokenIs{System: "http://loinc.org", Code: "code-0"}}
	other := search.Test{Param: observation.Params["code"], Is: search.TokenIs{System: "http://loinc.org", Code: "code-1"}}
	patient := search.Test{Param: observation.Params["subject"], Is: search.RefIs{Type: "Patient", ID: "p7"}}
	day := search.Test{Param: observation.Date, Is: search.DateIs{Op: search.Ge, Lo: 1420070400e6, Hi: 1420070400e6 + 864e8}}
	newest := []search.Sort{{Param: observation.Date, Desc: true}}
	for name, c := range map[string]struct {
		where search.Expr
		sort  []search.Sort
		want  string // the step that drives it
		also  string // a step of a probe
	}{
		"compartment and code": {search.And{token, search.Or{search.Compartment{Patient: "p7"}}}, newest,
			"SEARCH d USING PRIMARY KEY (patient=? AND p=? AND code=?)", ""},
		"patient and code": {search.And{patient, token}, newest, "SEARCH d USING PRIMARY KEY (patient=? AND p=? AND code=?)",
			"SEARCH ref USING PRIMARY KEY (p=? AND target=? AND k=? AND seq=?)"},
		"compartment and two codes": {search.And{search.Compartment{Patient: "p7"}, search.Or{token, other}}, newest, "SEARCH d USING PRIMARY KEY (patient=? AND p=? AND code=?)", "MERGE (UNION)"},
		"compartment, code, dates": {search.And{search.Compartment{Patient: "p7"}, token, search.Test{Param: observation.Date,
			Is: search.DateIs{Op: search.Eq, Lo: 1, Hi: 2}}}, newest, "SEARCH d USING PRIMARY KEY (patient=? AND p=? AND code=? AND k>? AND k<?)", ""},
		"code":        {token, newest, "SEARCH d USING PRIMARY KEY (p=? AND code=?)", ""},
		"compartment": {search.Compartment{Patient: "p7"}, newest, "SEARCH d USING PRIMARY KEY (patient=? AND type=?)", ""},
		"all":         {search.And{}, newest, "SEARCH d USING COVERING INDEX version_date (type=?)", ""},
		"all by lastUpdated": {search.And{}, []search.Sort{{Param: spec.LastUpdated, Desc: true}},
			"SEARCH d USING INDEX version_type (type=?)", ""},
		"words": {search.Test{Param: observation.Params["_text"], Is: search.WordsIs{Query: prose.Query{Phrase: "blood"}}},
			[]search.Sort{{Param: spec.LastUpdated, Desc: true}}, "SCAN f VIRTUAL TABLE INDEX", "MERGE (UNION)"},
		"from a day on": {day, newest, "SEARCH d USING COVERING INDEX version_date (type=? AND k>?)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, p := details(t, b, &search.Query{From: []search.From{{Type: observation, Where: c.where}}, Sort: c.sort, Limit: 50})
			if !strings.Contains(got, c.want) || !strings.Contains(got, c.also) || strings.Contains(got, "TEMP B-TREE") || strings.Contains(got, "SCAN version") {
				t.Errorf("%s\n%s\nwant a step %q, and nothing sorted", p, got, c.want)
			}
		})
	}
}

// TestProbes: a condition that doesn't drive a query looks up one row of its index.
func TestProbes(t *testing.T) {
	b := openTest(t)
	if _, err := b.Apply(t.Context(), store.Batch{Writes: results(t, b.dict().registry, 0, 20)}); err != nil {
		t.Fatal(err)
	}
	observation, _ := b.dict().registry.Type("Observation")
	token := search.Test{Param: observation.Params["code"], Is: search.TokenIs{System: "http://loinc.org", Code: "code-0"}}
	for name, c := range map[string]struct {
		not  search.Expr
		want string
	}{
		"token":       {token, "SEARCH tok USING PRIMARY KEY (p=? AND code=? AND k=? AND seq=? AND sys=?)"},
		"reference":   {search.Test{Param: observation.Params["subject"], Is: search.RefIs{Type: "Patient", ID: "p7"}}, "SEARCH ref USING PRIMARY KEY (p=? AND target=? AND k=? AND seq=?)"},
		"compartment": {search.Compartment{Patient: "p7"}, "SEARCH comp USING PRIMARY KEY (patient=? AND type=? AND k=? AND seq=?)"},
		"date":        {search.Test{Param: observation.Date, Is: search.DateIs{Op: search.Ge, Lo: 5, Hi: 6}}, "SEARCH posting USING INTEGER PRIMARY KEY (rowid=?)"},
		"chain": {search.Chain{Param: observation.Params["subject"], To: []search.From{{Type: b.dict().names[b.dict().types["Patient"]], Where: search.IDs{"p7"}}}},
			"SEARCH n USING INTEGER PRIMARY KEY (rowid=?)"},
		"reverse": {search.Reverse{Param: observation.Params["derived-from"], By: search.From{Type: observation, Where: token}},
			"USING PRIMARY KEY (p=? AND target=?)"},
	} {
		t.Run(name, func(t *testing.T) {
			got, p := details(t, b, &search.Query{From: []search.From{{Type: observation, Where: search.Not{Expr: c.not}}},
				Sort: []search.Sort{{Param: spec.LastUpdated, Desc: true}}, Limit: 50})
			if !strings.Contains(got, c.want) || strings.Contains(got, "SCAN version") {
				t.Errorf("%s\n%s\nwant a step %q", p, got, c.want)
			}
		})
	}
}

// TestReverseByToken: whether a Patient has something with a token is one look-up, for there is an index with both in
// its key.
func TestReverseByToken(t *testing.T) {
	b := openTest(t)
	load(t, b, results(t, b.dict().registry, 0, 20), 20)
	observation, _ := b.dict().registry.Type("Observation")
	patient, _ := b.dict().registry.Type("Patient")
	token := search.Test{Param: observation.Params["code"], Is: search.TokenIs{System: "http://loinc.org", Code: "code-0"}}
	has := search.Reverse{Param: observation.Params["subject"], By: search.From{Type: observation, Where: token}}
	got, _ := details(t, b, &search.Query{From: []search.From{{Type: patient, Where: search.Not{Expr: has}}}, Sort: []search.Sort{{Param: spec.ID}}, Limit: 50})
	if want := "SEARCH r1 USING PRIMARY KEY (patient=? AND p=? AND code=?)"; !strings.Contains(got, want) {
		t.Errorf("%s\nwant a step %q", got, want)
	}
}

// TestKeyed: rows of a table without k are counted and sorted by seq without looking their versions up.
func TestKeyed(t *testing.T) {
	b := openTest(t)
	patient, _ := b.dict().registry.Type("Patient")
	for i := range 20 {
		key := fhir.Key{Type: "Patient", ID: fmt.Sprint(i), Version: 1}
		load(t, b, []store.Write{{Key: key, Method: fhir.Put, Body: body("Patient", key.ID)}}, 1)
	}
	name := search.Test{Param: patient.Params["family"], Is: search.StringIs{Text: "a"}}
	got, _ := details(t, b, &search.Query{From: []search.From{{Type: patient, Where: name}}, Sort: []search.Sort{{Param: spec.LastUpdated, Desc: true}}, Limit: 50})
	if !strings.Contains(got, "SEARCH x USING PRIMARY KEY (p=? AND text>? AND text<?)") || strings.Contains(got, "SEARCH v ") {
		t.Errorf("%s\nwant a range of str alone", got)
	}
}

// TestDecided: what is decided by the low end alone is so whatever the high end is, and each prefix that can be decided
// is at times.
func TestDecided(t *testing.T) {
	b := openTest(t)
	observation, _ := b.dict().registry.Type("Observation")
	r := rand.New(rand.NewPCG(1, 2))
	times := map[search.Op]int{}
	err := b.read(t.Context(), func(c *conn) error {
		for range 5000 {
			is := search.DateIs{Op: search.Op(r.IntN(int(search.Ap) + 1)), Lo: r.Int64N(8)}
			is.Hi = is.Lo + 1 + r.Int64N(3)
			value := search.DateRange{Lo: r.Int64N(12)}
			value.Hi = value.Lo + 1 + r.Int64N(5)
			on := decided(is, fmt.Sprint(value.Lo))
			if on.sql == "" {
				continue
			}
			yes, _, err := c.number("SELECT "+on.sql, on.args...)
			if err != nil {
				return err
			}
			times[is.Op] += int(yes)
			if yes == 1 && !meets(test{param: observation.Date, is: is}, value) {
				t.Fatalf("%v is decided to be %s", value, is)
			}
		}
		return nil
	})
	if err != nil || len(times) != 5 || times[search.Ge] == 0 || times[search.Lt] == 0 {
		t.Errorf("%v: %v", err, times)
	}
}

// TestConstants: a condition that is true of everything or of nothing, as a grant's or a parameter that all or none
// have, is answered by whatever index the rest is, on every path that there is.
func TestConstants(t *testing.T) {
	b := openTest(t)
	load(t, b, results(t, b.dict().registry, 0, 200), 100)
	observation, _ := b.dict().registry.Type("Observation")
	patient := search.Expr(search.Compartment{Patient: "p7"})
	before := search.Test{Param: observation.Date, Is: search.DateIs{Op: search.Lt, Lo: search.MaxTime, Hi: search.MaxTime}}
	after := search.Test{Param: observation.Date, Is: search.DateIs{Op: search.Sa, Lo: 1, Hi: 2}}
	for _, sort := range []search.Sort{{Param: observation.Date, Desc: true}, {Param: observation.Date}, {Param: spec.LastUpdated, Desc: true}, {Param: spec.ID}} {
		for _, rest := range []search.And{{}, {patient}, {before}, {before, patient}, {after}, {patient, after}, {search.Compartment{Patient: "nobody"}, after}} {
			for _, constant := range []search.Expr{search.Or{}, search.Not{Expr: search.Or{}}, search.And{}, search.Not{Expr: search.And{}},
				search.Missing{Param: spec.ID}, search.Not{Expr: search.Missing{Param: spec.ID}}} {
				q := &search.Query{From: []search.From{{Type: observation, Where: append(rest[:len(rest):len(rest)], constant)}}, Sort: []search.Sort{sort}, Limit: 5}
				for best, more := -1, true; more; best++ {
					_, _, more = b.forced(t, q, best, false, nil)
					b.forced(t, q, best, true, nil)
				}
			}
		}
	}
}
