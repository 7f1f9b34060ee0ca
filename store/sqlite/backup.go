package sqlite

import (
	"context"
	"os"
	"path/filepath"

	"frontdesk/fhir"
	"zombiezen.com/go/sqlite"
)

// Backup writes the store of a folder to one file, which must not be there yet, while a server has the store open or
// none has: the state of one moment, with all that was acknowledged before it. The file is the database, without what
// was free in it; put as DatabaseFile into a folder of its own it is a store. It gets its name only when it is on disk
// and has been checked.
func Backup(ctx context.Context, dir, file string) (err error) {
	from := filepath.Join(dir, DatabaseFile)
	if _, err := os.Stat(from); err != nil {
		return badPlace(err, "There is no store in %s.", dir)
	}
	if _, err := os.Stat(file); err == nil {
		return badPlace(nil, "%s is there already, and a backup is never written over. Choose another name.", file)
	}
	part := file + ".part"
	// Nobody else on this machine may read it. SQLite takes an empty file for one that it may write.
	empty, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return badPlace(err, "%s can't be written.", part)
	}
	defer func() {
		if err != nil {
			os.Remove(part)
		}
	}()
	if err := empty.Close(); err != nil {
		return fault("write the backup", err)
	}
	if err := vacuumInto(ctx, from, part); err != nil {
		return err
	}
	if err := sound(ctx, part); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return flush(part) },
		func() error { return os.Rename(part, file) },
		func() error { return flush(filepath.Dir(file)) },
	} {
		if err := step(); err != nil {
			return fault("write the backup", err)
		}
	}
	return nil
}

// vacuumInto copies a database as one read transaction sees it; others go on writing.
func vacuumInto(ctx context.Context, from, to string) error {
	c, err := connect(from)
	if err != nil {
		return err
	}
	defer c.close()
	c.bound(ctx)
	if _, ours, err := c.number(`SELECT 1 FROM sqlite_schema WHERE name='meta'`); err != nil || !ours {
		return badPlace(err, "%s is no store of Frontdesk.", from)
	}
	return c.exec("VACUUM INTO ?", to)
}

// sound has SQLite look whether a database is whole.
func sound(ctx context.Context, path string) error {
	db, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return fault("open the backup", err)
	}
	defer db.Close()
	db.SetInterrupt(ctx.Done())
	stmt, _, err := db.PrepareTransient("PRAGMA quick_check(1)")
	if err != nil {
		return fault("check the backup", err)
	}
	defer stmt.Finalize()
	if _, err := stmt.Step(); err != nil {
		return fault("check the backup", err)
	}
	if text := stmt.ColumnText(0); text != "ok" {
		return fhir.Errorf(fhir.Internal, "", "The backup isn't sound (%s), and so perhaps the store isn't either. Check the disk.", text)
	}
	return nil
}

// flush sees that a file, or what a folder lists, survives a power cut.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// badPlace is about a file that isn't as it must be.
func badPlace(cause error, format string, args ...any) *fhir.Error {
	e := fhir.Errorf(fhir.Invalid, "", format, args...)
	e.Err = cause
	return e
}
