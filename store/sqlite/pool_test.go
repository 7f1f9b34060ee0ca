package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"zombiezen.com/go/sqlite"
)

// pooled is a store with one connection for reading, so that the next request gets that of the last.
func pooled(t *testing.T) *Backend {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, err := Open(t.Context(), t.TempDir(), r, Options{Readers: 1, Logger: slog.New(slog.DiscardHandler), Base: base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return b
}

// soundPool holds a connection of the pool to what the next request needs.
func soundPool(t *testing.T, b *Backend) {
	t.Helper()
	err := b.read(t.Context(), func(c *conn) error {
		if !c.db.AutocommitEnabled() || c.running != 0 {
			t.Errorf("a connection was lent in a transaction, or with %d statements under way", c.running)
		}
		return c.snapshot(func() error { return c.exec(`SELECT max(seq) FROM version`) })
	})
	if err != nil {
		t.Errorf("the next request: %v", err)
	}
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
}

// TestE1_ADroppedSearchReturnsItsConnectionClean drops a search where its transaction is open: the interrupt is still
// set when it is left.
func TestE1_ADroppedSearchReturnsItsConnectionClean(t *testing.T) {
	b := pooled(t)
	ctx, drop := context.WithCancel(t.Context())
	err := b.read(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			if err := c.exec(`SELECT max(seq) FROM version`); err != nil {
				return err
			}
			drop()
			return c.exec(`SELECT max(seq) FROM version`)
		})
	})
	if fhir.KindOf(err) != fhir.TimedOut {
		t.Fatalf("the dropped search: %v", err)
	}
	soundPool(t, b)
}

// TestE1_WhateverIsLeftBehindIsCleanedOrReplaced leaves a transaction, a statement under way and a panic behind.
func TestE1_WhateverIsLeftBehindIsCleanedOrReplaced(t *testing.T) {
	for name, leave := range map[string]func(*conn) error{
		"a read transaction": func(c *conn) error { return errors.Join(c.exec("BEGIN"), c.exec(`SELECT max(seq) FROM version`)) },
		"a statement under way": func(c *conn) error {
			p, err := c.prepare(`SELECT name FROM type`)
			if err != nil {
				return err
			}
			p.busy = true
			c.running++
			_, err = p.stmt.Step()
			return err
		},
		"a panic in a transaction": func(c *conn) error {
			return c.snapshot(func() error {
				return c.query(`SELECT name FROM type`, nil, func(*sqlite.Stmt) error { panic("in a row") })
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := pooled(t)
			ctx, drop := context.WithCancel(t.Context())
			func() {
				defer func() { _ = recover() }()
				if err := b.read(ctx, func(c *conn) error { defer drop(); return leave(c) }); err != nil {
					t.Error(err)
				}
			}()
			soundPool(t, b)
		})
	}
}

// TestE1_AConnectionThatCannotBeReplacedIsTriedAgain: the pool loses none for good, and says that it is broken
// meanwhile.
func TestE1_AConnectionThatCannotBeReplacedIsTriedAgain(t *testing.T) {
	b := pooled(t)
	var path string
	err := b.read(t.Context(), func(c *conn) error {
		path, c.path = c.path, filepath.Join(t.TempDir(), "gone", DatabaseFile)
		return c.renew()
	})
	if err == nil {
		t.Fatal("a connection was opened in a folder that isn't there")
	}
	if b.Health(t.Context()) == nil {
		t.Error("without a connection for reading it says that it is well")
	}
	c := <-b.readers.free
	c.path = path
	b.readers.free <- c
	soundPool(t, b)
}

// TestE1_AReaderOfAnOldStateIsNoticed: health isn't only whether something is read.
func TestE1_AReaderOfAnOldStateIsNoticed(t *testing.T) {
	b := pooled(t)
	err := b.readers.probe(t.Context(), nil, 1<<60)
	if !errors.Is(err, errStale) {
		t.Errorf("got %v, want %v", err, errStale)
	}
}

// TestE1_AWriterThatCannotRollBackIsReplaced leaves the writer's connection in a transaction, under an interrupt.
func TestE1_AWriterThatCannotRollBackIsReplaced(t *testing.T) {
	b := pooled(t)
	ctx, drop := context.WithCancel(t.Context())
	err := b.writer.submit(t.Context(), func(w *writer) error {
		w.c.bound(ctx)
		drop()
		return w.c.exec(`SELECT max(seq) FROM version`)
	})
	if fhir.KindOf(err) != fhir.TimedOut {
		t.Fatalf("the dropped write: %v", err)
	}
	soundPool(t, b)
	path := ""
	err = b.writer.submit(t.Context(), func(w *writer) error {
		path, w.c.path = w.c.path, filepath.Join(t.TempDir(), "gone", DatabaseFile)
		return w.c.renew()
	})
	if err == nil || b.Health(t.Context()) == nil {
		t.Errorf("a writer without a connection: %v, and it says that it is well", err)
	}
	b.writer.c.path = path
	soundPool(t, b)
}
