package sqlite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
)

const (
	benchPatients = 400
	benchCodes    = 4
)

func registry(t testing.TB) *spec.Registry {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// results are n Observations as the Session would hand them over: patient i%400, one of 4 codes, a day each.
func results(t testing.TB, r *spec.Registry, from, n int) []store.Write {
	t.Helper()
	template, err := os.ReadFile("testdata/observation.json")
	if err != nil {
		t.Fatal(err)
	}
	typ, _ := r.Type("Observation")
	out := make([]store.Write, n)
	for i := range out {
		at := time.Date(2015, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(from+i) * 7 * time.Minute)
		id := fmt.Sprintf("o%08d", from+i)
		res, err := codec.Decode(fmt.Appendf(nil, string(template), (from+i)/benchPatients%benchCodes, (from+i)%benchPatients, at.Format(time.RFC3339)), codec.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out[i] = store.Write{Key: fhir.Key{Type: "Observation", ID: id, Version: 1}, Method: fhir.Post, Body: res.Body(id),
			Index: search.Index(typ, res.Message, base), Facts: fhir.Facts{Section: "results", Recorded: at}}
		out[i].Compartments = search.Compartments(typ, id, out[i].Index)
	}
	return out
}

func openBench(b *testing.B, r *spec.Registry) *Backend {
	b.Helper()
	backend, err := Open(context.Background(), b.TempDir(), r, Options{Base: base})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { backend.Close() })
	return backend
}

// raw is the same rows written by hand: prepared statements, one commit for each group, and nothing else done. The rows
// are made before the clock starts.
type raw struct {
	c    *conn
	rows [][]rawRow // by resource
}

type rawRow struct {
	stmt *sqlite.Stmt
	args []any
}

func newRaw(b *testing.B, r *spec.Registry, writes []store.Write) *raw {
	b.Helper()
	c, err := connect(filepath.Join(b.TempDir(), DatabaseFile))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.close() })
	if err := c.migrate(); err != nil {
		b.Fatal(err)
	}
	d, err := c.load(r)
	if err != nil {
		b.Fatal(err)
	}
	if err := c.exec("PRAGMA wal_autocheckpoint=6000"); err != nil {
		b.Fatal(err)
	}
	w := &writer{c: c, d: d, interns: newInterns(c), counts: map[int64]int64{}, many: map[string]bool{}}
	out := &raw{c: c}
	for i, in := range writes {
		seq, typ, compartments := int64(i+1), d.types[in.Key.Type], strings.Join(in.Compartments, " ")
		x := &index{typ: typ, seq: seq, k: noDate}
		if err := w.index(x, in.Key.Type, in.Index, in.Compartments); err != nil {
			b.Fatal(err)
		}
		entries := []byte{}
		for _, e := range x.entries {
			entries = appendEntry(entries, e)
		}
		nid := int64(1_000_000 + i)
		rows := []rawRow{
			out.row(b, `INSERT OR REPLACE INTO node VALUES(?,?,?,?)`, nid, typ, in.Key.ID, seq),
			out.row(b, `INSERT INTO version VALUES(?,?,?,?,?,?,?,?,?,?,?,?)`, seq, nid, typ, in.Key.ID, int64(1), true, x.k, compartments, "results", int64(0), int64(0), false),
			out.row(b, `INSERT INTO body VALUES(?,?,?,?,?,?,?,?,?,?,?)`, seq, typ, in.Key.ID, int64(1), int64(1), compartments, "results", int64(0), int64(0), false, in.Body.Stamp(1, time.UnixMicro(seq))),
			out.row(b, `INSERT INTO posting VALUES(?,?)`, seq, entries),
		}
		err := x.rows(w.interns, func(r row) error {
			rows = append(rows, out.row(b, r.insert, r.args...))
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		out.rows = append(out.rows, rows)
	}
	return out
}

func (r *raw) row(b *testing.B, sql string, args ...any) rawRow {
	p, err := r.c.prepare(sql)
	if err != nil {
		b.Fatal(err)
	}
	return rawRow{p.stmt, args}
}

// run writes some of the rows, a group a commit, and tells how long that took.
func (r *raw) run(b *testing.B, rows [][]rawRow, group int) time.Duration {
	start := time.Now()
	for i := 0; i < len(rows); i += group {
		err := r.c.transaction(func() error {
			for _, resource := range rows[i:min(i+group, len(rows))] {
				for _, row := range resource {
					for j, a := range row.args {
						bind(row.stmt, j+1, a)
					}
					if _, err := row.stmt.Step(); err != nil {
						return err
					}
					row.stmt.Reset()
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// BenchmarkCreate is durable creates by 32 writers at once, beside the raw rows with one fsync for 32.
func BenchmarkCreate(b *testing.B) {
	const writers = 32
	besideRaw(b, writers, func(backend *Backend, writes []store.Write) {
		var next atomic.Int64
		var group sync.WaitGroup
		for range writers {
			group.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(writes); i = int(next.Add(1)) - 1 {
					load(b, backend, writes[i:i+1], 1)
				}
			})
		}
		group.Wait()
	})
}

// BenchmarkBulk is batches of 100, one after the other, beside the raw rows in commits of 100.
func BenchmarkBulk(b *testing.B) {
	const batch = 100
	besideRaw(b, batch, func(backend *Backend, writes []store.Write) { load(b, backend, writes, batch) })
}

// besideRaw takes turns between a way of writing and the raw rows, so that whatever else the machine does slows down
// both alike.
func besideRaw(b *testing.B, group int, write func(*Backend, []store.Write)) {
	const turn = 1000
	r := registry(b)
	writes := results(b, r, 0, b.N)
	backend, rows := openBench(b, r), newRaw(b, r, writes)
	b.ResetTimer()
	var own, bare time.Duration
	for i := 0; i < b.N; i += turn {
		end := min(i+turn, b.N)
		start := time.Now()
		write(backend, writes[i:end])
		own += time.Since(start)
		bare += rows.run(b, rows.rows[i:end], group)
	}
	b.ReportMetric(float64(len(rows.rows[0])), "rows/resource")
	b.ReportMetric(float64(b.N)/own.Seconds(), "resources/s")
	b.ReportMetric(float64(b.N)/bare.Seconds(), "raw/s")
	b.ReportMetric(float64(bare)/float64(own), "ratio")
}

func load(b testing.TB, backend *Backend, writes []store.Write, batch int) {
	for i := 0; i < len(writes); i += batch {
		if _, err := backend.Apply(context.Background(), store.Batch{Writes: writes[i:min(i+batch, len(writes))]}); err != nil {
			b.Error(err)
			return
		}
	}
}

// BenchmarkRead is reads on 100,000 resources: by id, and the pages that are asked for most, each beside its bare SQL.
func BenchmarkRead(b *testing.B) {
	const resources, chunk = 100_000, 5_000
	r := registry(b)
	backend := openBench(b, r)
	for i := 0; i < resources; i += chunk {
		load(b, backend, results(b, r, i, chunk), 500)
	}
	observation, _ := r.Type("Observation")
	token := func(i int) search.Expr {
		return search.Test{Param: observation.Params["code"], Is: search.TokenIs{System: "http://loinc.org", Code: fmt.Sprintf("code-%d", i%benchCodes)}}
	}
	compartment := func(i int) search.Expr { return search.Compartment{Patient: fmt.Sprintf("p%d", i%benchPatients)} }
	subject := func(i int) search.Expr {
		return search.Test{Param: observation.Params["subject"], Is: search.RefIs{Type: "Patient", ID: fmt.Sprintf("p%d", i%benchPatients)}}
	}
	newest := []search.Sort{{Param: observation.Date, Desc: true}}
	day := func(i int) search.Expr {
		at := time.Date(2015, 1, 2+i%400, 0, 0, 0, 0, time.UTC).UnixMicro()
		return search.Test{Param: observation.Date, Is: search.DateIs{Op: search.Eq, Lo: at, Hi: at + 864e8}}
	}
	month := func(i int) search.Expr {
		at := time.Date(2015, time.Month(1+i%12), 1, 0, 0, 0, 0, time.UTC).UnixMicro()
		return search.Test{Param: observation.Date, Is: search.DateIs{Op: search.Ge, Lo: at, Hi: at + 864e8}}
	}
	const bare = `SELECT b.json FROM (SELECT seq FROM ctok WHERE patient=(SELECT nid FROM node WHERE type=? AND id=?) AND p=? AND code=? AND sys=?
		ORDER BY k DESC, seq DESC LIMIT 50) x CROSS JOIN body b ON b.seq=x.seq`
	b.Run("Get", func(b *testing.B) {
		for i := range b.N {
			if _, err := backend.Get(context.Background(), fhir.Key{Type: "Observation", ID: fmt.Sprintf("o%08d", i*7919%resources)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, c := range []struct {
		name  string
		where func(i int) search.Expr
		sort  []search.Sort
	}{
		{"compartment+code", func(i int) search.Expr { return search.And{token(i), compartment(i)} }, newest},
		{"patient+code", func(i int) search.Expr { return search.And{subject(i), token(i)} }, newest},
		{"code", token, newest},
		{"code by lastUpdated", token, []search.Sort{{Param: spec.LastUpdated, Desc: true}}},
		{"date range", day, newest},
		{"code+date range", func(i int) search.Expr { return search.And{token(i), month(i)} }, newest},
	} {
		page := func(b *testing.B, i int) {
			page, err := backend.Find(context.Background(), &search.Query{From: []search.From{{Type: observation, Where: c.where(i)}}, Sort: c.sort, Limit: 50})
			if err != nil || len(page.Items) == 0 {
				b.Fatal(page, err)
			}
		}
		b.Run(c.name, func(b *testing.B) {
			for i := range min(b.N, benchPatients*benchCodes) { // what counts is the work, not the first look at the disk
				page(b, i)
			}
			b.ResetTimer()
			for i := range b.N {
				page(b, i)
			}
		})
		if strings.HasSuffix(c.name, "+code") {
			b.Run(c.name+" beside bare SQL", func(b *testing.B) { beside(b, backend, bare, page) })
		}
	}
}

// beside takes turns between pages of the backend and the same pages by bare SQL, so that whatever else the machine
// does slows down both alike.
func beside(b *testing.B, backend *Backend, sql string, page func(*testing.B, int)) {
	observation, _ := backend.dict().registry.Type("Observation")
	code := backend.dict().params[observation.Params["code"]]
	err := backend.read(context.Background(), func(c *conn) error {
		sys, _, err := c.number(`SELECT id FROM term WHERE text='http://loinc.org'`)
		if err != nil {
			return err
		}
		stmt, _, err := c.db.PrepareTransient(sql)
		if err != nil {
			return err
		}
		defer stmt.Finalize()
		var own, bare time.Duration
		b.ResetTimer()
		for i := range b.N {
			start := time.Now()
			page(b, i)
			own += time.Since(start)
			start = time.Now()
			for j, a := range []any{backend.dict().types["Patient"], fmt.Sprintf("p%d", i%benchPatients), code, fmt.Sprintf("code-%d", i%benchCodes), sys} {
				bind(stmt, j+1, a)
			}
			n := 0
			for more := true; more; n++ {
				if more, err = stmt.Step(); err != nil {
					return err
				}
				if more {
					blob(stmt, 0)
				}
			}
			if n != 51 {
				b.Fatalf("the bare page has %d, want 50", n-1)
			}
			stmt.Reset()
			bare += time.Since(start)
		}
		b.ReportMetric(float64(own)/float64(bare), "times-bare-SQL")
		b.ReportMetric(float64(bare)/float64(b.N), "bare-ns/op")
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
