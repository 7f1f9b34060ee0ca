package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// recorder keeps what is applied, for the raw rows to be made of.
type recorder struct {
	store.Backend
	mu     sync.Mutex
	writes []store.Write
}

func (r *recorder) Apply(ctx context.Context, b store.Batch) ([]store.Result, error) {
	r.mu.Lock()
	r.writes = append(r.writes, b.Writes...)
	r.mu.Unlock()
	return r.Backend.Apply(ctx, b)
}

// BenchmarkImport is transaction Bundles from bytes to disk, decoded and linked as an import does, four at a time,
// beside the raw rows of the same resources written a Bundle a commit. One operation is the whole corpus.
func BenchmarkImport(b *testing.B) {
	r := registry(b)
	files, _ := filepath.Glob("../../../shared/corpus/synthea/*.json")
	if len(files) == 0 {
		b.Skip("no ../shared/corpus/synthea beside the repository")
	}
	var bundles [][]byte
	for _, name := range files {
		json, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		bundles = append(bundles, json)
	}
	record := &recorder{Backend: openBench(b, r)}
	importAll(b, r, record, bundles)
	n := len(record.writes)
	var own, bare time.Duration
	b.ResetTimer()
	for range b.N {
		backend := openBench(b, r)
		start := time.Now()
		importAll(b, r, backend, bundles)
		own += time.Since(start)
		rows := newRaw(b, r, record.writes)
		bare += rows.run(b, rows.rows, n/len(bundles))
	}
	b.ReportMetric(float64(n*b.N)/own.Seconds(), "resources/s")
	b.ReportMetric(float64(n*b.N)/bare.Seconds(), "raw/s")
	b.ReportMetric(float64(bare)/float64(own), "ratio")
}

func importAll(b *testing.B, r *spec.Registry, backend store.Backend, bundles [][]byte) {
	s := store.Open(backend, r, store.Options{Base: base}).As(access.Everything("import"), store.Unobserved)
	var g errgroup.Group
	g.SetLimit(4)
	for _, json := range bundles {
		g.Go(func() error {
			in, err := codec.DecodeBundle(json, codec.Limits{Conditional: true})
			if err != nil {
				return err
			}
			changes := make([]store.Change, len(in.Entries))
			for i, e := range in.Entries {
				changes[i] = store.Change{Action: store.Create, Key: fhir.Key{Type: e.Resource.Type}, Resource: e.Resource, FullURL: e.FullURL}
				if e.Request.IfNoneExist != "" {
					if changes[i].Match, err = search.ParseCriteria(r, e.Resource.Type, e.Request.IfNoneExist, search.Options{}); err != nil {
						return err
					}
				}
			}
			_, err = s.Transact(b.Context(), changes)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}
