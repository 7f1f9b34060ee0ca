package sqlite

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// start opens a folder as the program does.
func start(t *testing.T, dir string) (*Backend, error) {
	t.Helper()
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	return Open(context.Background(), dir, r, Options{Readers: 1, Logger: slog.New(slog.DiscardHandler), Base: base})
}

// closed makes a store in a folder and closes it again. It is one file then.
func closed(t *testing.T, dir string) string {
	t.Helper()
	b, err := start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, DatabaseFile)
}

// refuses holds a start to one line that names the folder and says these.
func refuses(t *testing.T, dir string, says ...string) {
	t.Helper()
	b, err := start(t, dir)
	if err == nil {
		b.Close()
		t.Fatal("it was opened")
	}
	var e *fhir.Error
	if !errors.As(err, &e) || e.Kind != fhir.Unavailable || len(e.Issues) != 1 {
		t.Fatalf("got %v, want one issue of kind Unavailable", err)
	}
	for _, s := range append(says, dir) {
		if text := e.Issues[0].Text; !strings.Contains(text, s) || strings.Contains(text, "\n") {
			t.Errorf("got %q, want one line that says %q", text, s)
		}
	}
}

func overwrite(t *testing.T, path string, at int64, with []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(with, at); err != nil {
		t.Fatal(err)
	}
}

func TestC1_AStartOnAStoreThatIsntSoundSaysWhatItIsAndWhatToDo(t *testing.T) {
	damage := bytes.Repeat([]byte{0xa5}, pageSize)
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		says  []string
	}{
		"truncated": {func(t *testing.T, path string) {
			if err := os.Truncate(path, 3*pageSize); err != nil {
				t.Fatal(err)
			}
		}, []string{"damaged", "restore a backup", DatabaseFile}},
		"cut within its first page": {func(t *testing.T, path string) {
			if err := os.Truncate(path, 700); err != nil {
				t.Fatal(err)
			}
		}, []string{"damaged", "restore a backup"}},
		"damaged at the beginning": {func(t *testing.T, path string) { overwrite(t, path, 0, damage) }, []string{"no store of Frontdesk", "restore a backup"}},
		"damaged in the middle":    {func(t *testing.T, path string) { overwrite(t, path, 5*pageSize, damage) }, []string{"damaged", "restore a backup"}},
		"no database": {func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("name,date of birth\n"), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"no store of Frontdesk", "another folder"}},
		"of another program": {func(t *testing.T, path string) { foreign(t, path, `CREATE TABLE meta(key TEXT, value TEXT)`) }, []string{"no store of Frontdesk", "another folder"}},
		"a folder": {func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, []string{"can't be opened", "each is a file"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := closed(t, dir)
			c.spoil(t, path)
			refuses(t, dir, c.says...)
		})
	}
}

// foreign makes a database of another program of a store's file.
func foreign(t *testing.T, path, sql string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	db, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := sqlitex.ExecuteScript(db, sql, nil); err != nil {
		t.Fatal(err)
	}
}

// TestC1_NothingIsWrittenToAnotherProgramsDatabase: it is as it was after a start that was refused.
func TestC1_NothingIsWrittenToAnotherProgramsDatabase(t *testing.T) {
	dir := t.TempDir()
	path := closed(t, dir)
	foreign(t, path, `CREATE TABLE contact(name TEXT); INSERT INTO contact VALUES('Ash')`)
	refuses(t, dir, "no store of Frontdesk")
	db, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables := 0
	if err := sqlitex.Execute(db, `SELECT name FROM sqlite_schema`, &sqlitex.ExecOptions{ResultFunc: func(*sqlite.Stmt) error { tables++; return nil }}); err != nil || tables != 1 {
		t.Errorf("it has %d tables, %v; want its own one", tables, err)
	}
}

// TestC4_AFullDiskIsSaidAndEndsWithTheWant: a write that finds no room is 503 with Retry-After, health says why, and
// all goes on when there is room again.
func TestC4_AFullDiskIsSaidAndEndsWithTheWant(t *testing.T) {
	b := pooled(t)
	most := func(pages string) {
		t.Helper()
		if err := b.writer.submit(t.Context(), func(w *writer) error { _, _, err := w.c.number("PRAGMA max_page_count=" + pages); return err }); err != nil {
			t.Fatal(err)
		}
	}
	write := func(bytes int) error {
		_, err := b.Apply(t.Context(), store.Batch{Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: make([]byte, bytes), Revision: -1}}})
		return err
	}
	most("1") // no more than it has
	var e *fhir.Error
	if err := write(1 << 20); !errors.As(err, &e) || e.Kind != fhir.Unavailable || e.RetryAfter == 0 || !strings.Contains(e.Issues[0].Text, "disk is full") {
		t.Fatalf("a write without room: %v", err)
	}
	for range 2 {
		if err := b.Health(t.Context()); fhir.KindOf(err) != fhir.Unavailable || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("health without room: %v", err)
		}
	}
	most("1000000")
	for range 2 {
		if err := b.Health(t.Context()); err != nil {
			t.Errorf("health with room again: %v", err)
		}
	}
	if err := write(1 << 20); err != nil {
		t.Errorf("a write with room again: %v", err)
	}
}

// TestE7_AStoreThatIsRemovedTakesNoWrites: what would be lost isn't acknowledged, and health says so.
func TestE7_AStoreThatIsRemovedTakesNoWrites(t *testing.T) {
	for name, remove := range map[string]func(dir string) error{
		"the folder is removed":    os.RemoveAll,
		"the folder is moved":      func(dir string) error { return os.Rename(dir, dir+"-away") },
		"the database is removed":  func(dir string) error { return os.Remove(filepath.Join(dir, DatabaseFile)) },
		"the log is removed":       func(dir string) error { return os.Remove(filepath.Join(dir, DatabaseFile+"-wal")) },
		"the database is replaced": func(dir string) error { return replaced(filepath.Join(dir, DatabaseFile)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			b, err := start(t, dir)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			batch := store.Batch{Records: []store.RecordWrite{{Namespace: "n", Key: "k", Value: []byte("v"), Revision: -1}}}
			if _, err := b.Apply(t.Context(), batch); err != nil || b.Health(t.Context()) != nil {
				t.Fatalf("before: %v, %v", err, b.Health(t.Context()))
			}
			if err := remove(dir); err != nil {
				t.Fatal(err)
			}
			_, err = b.Apply(t.Context(), batch)
			for what, err := range map[string]error{"a write": err, "health": b.Health(t.Context())} {
				if fhir.KindOf(err) != fhir.Unavailable || !errors.Is(err, errMoved) {
					t.Errorf("%s afterwards: %v", what, err)
				}
			}
		})
	}
}

// replaced puts a copy in a file's place.
func replaced(path string) error {
	data, err := os.ReadFile(path)
	return errors.Join(err, os.WriteFile(path+".new", data, 0o600), os.Rename(path+".new", path))
}
