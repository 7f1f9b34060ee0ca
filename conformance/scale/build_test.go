package scale

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/sqlite"
)

const base = "http://127.0.0.1:8080/fhir"

// batch is how many patients are written at once: thousands of resources, for the index pages they share are then
// written once.
const batch = 60

// practice is a store of a given size.
type practice struct {
	store     *store.Store
	resources int
	patients  int
	rate      float64 // resources written in a second
	bytes     int64   // on disk
}

// folder is where a practice of a size is kept: in FRONTDESK_SCALE_DIR if that is set, to be used again, else until the
// test ends.
func folder(t *testing.T, size int) string {
	if dir := os.Getenv("FRONTDESK_SCALE_DIR"); dir != "" {
		return filepath.Join(dir, fmt.Sprint(size))
	}
	return t.TempDir()
}

// build makes a practice: one goroutine makes the resources and their index, another writes. One that was kept is taken
// as it is.
func build(t *testing.T, size int) *practice {
	t.Helper()
	registry, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t, size)
	backend, err := sqlite.Open(t.Context(), dir, registry, sqlite.Options{Base: base, CheckpointPages: 60_000})
	if err != nil {
		t.Fatal(err)
	}
	p := &practice{store: store.Open(backend, registry, store.Options{Base: base}), patients: max(1, size/perPerson)}
	t.Cleanup(func() { p.store.Close() })
	last := fhir.Key{Type: "Patient", ID: fmt.Sprintf("p%d", p.patients-1)}
	if _, err := backend.Get(t.Context(), last); err == nil {
		p.resources, p.bytes = staff+p.patients*perPerson, onDisk(t, dir)
		remember(t, dir)
		return p
	}
	start, ready := time.Now(), make(chan []store.Write, 4)
	g, ctx := errgroup.WithContext(t.Context())
	g.Go(func() error {
		defer close(ready)
		return p.make(ctx, registry, ready)
	})
	g.Go(func() error {
		for writes := range ready {
			if _, err := backend.Apply(ctx, store.Batch{Writes: writes}); err != nil {
				return err
			}
			p.resources += len(writes)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	p.rate = float64(p.resources) / time.Since(start).Seconds()
	p.bytes = onDisk(t, dir)
	return p
}

// make sends the practice's writes, some patients at a time.
func (p *practice) make(ctx context.Context, registry *spec.Registry, out chan<- []store.Write) error {
	for n := -1; n < p.patients; {
		var some []made
		if n < 0 {
			some, n = household(), 0
		} else {
			for last := min(n+batch, p.patients); n < last; n++ {
				some = append(some, person(n)...)
			}
		}
		writes := make([]store.Write, len(some))
		for i, m := range some {
			var err error
			if writes[i], err = write(registry, m); err != nil {
				return err
			}
		}
		select {
		case out <- writes:
		case <-ctx.Done():
			return ctx.Err()
		}
		if n == p.patients {
			return nil
		}
	}
	return nil
}

// write is a resource as the Session would hand it to the backend.
func write(registry *spec.Registry, m made) (store.Write, error) {
	res, err := codec.Decode([]byte(m.json), codec.Limits{})
	if err != nil {
		return store.Write{}, fmt.Errorf("%s/%s: %w", m.typ, m.id, err)
	}
	t, _ := registry.Type(m.typ)
	w := store.Write{Key: fhir.Key{Type: m.typ, ID: m.id, Version: 1}, Method: fhir.Put, Body: res.Body(m.id), Index: search.Index(t, res.Message, base)}
	w.Compartments = search.Compartments(t, m.id, w.Index)
	return w, nil
}

// remember reads the files of a practice that was kept, so that the operating system has them in memory as it has those
// just written.
func remember(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(io.Discard, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func onDisk(t *testing.T, dir string) (bytes int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}
