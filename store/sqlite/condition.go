package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"frontdesk/fhir"
	"zombiezen.com/go/sqlite"
)

// comeBack is when a client may try again what the disk kept from being done: somebody has to look at it.
const comeBack = 30 * time.Second

// conditionText is what a person can do about a store that the disk or the file keeps from being used: "" for any other
// error.
func conditionText(err error) string {
	switch code := sqlite.ErrCode(err); {
	case err == nil:
		return ""
	case code.ToPrimary() == sqlite.ResultNotADB:
		return "it is no store of Frontdesk, or its beginning is damaged. If it was one, restore a backup; else choose another folder."
	case code.ToPrimary() == sqlite.ResultCorrupt:
		return "it is damaged: cut short, or overwritten by something else. Stop the server and restore a backup, and have the disk checked."
	case code.ToPrimary() == sqlite.ResultFull, errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "its disk is full. Nothing was changed or lost; make room."
	case code.ToPrimary() == sqlite.ResultReadOnly, code.ToPrimary() == sqlite.ResultPerm, code.ToPrimary() == sqlite.ResultAuth,
		errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return "it may only be read. Give the user that runs Frontdesk the right to write the folder and all files in it."
	case code.ToPrimary() == sqlite.ResultCantOpen:
		return "its files can't be opened. Give the user that runs Frontdesk the right to write the folder and all files in it, and see that each is a file."
	case code.ToPrimary() == sqlite.ResultIOErr:
		return "its disk is full or fails: make room, or have the disk looked at, and restore a backup when it is replaced."
	}
	return ""
}

// unusable is the error of a start on a store that can't be used: which, why, and what to do, in one line.
func unusable(path string, err error) error {
	text := conditionText(err)
	if text == "" {
		return err
	}
	return &fhir.Error{Kind: fhir.Unavailable, Err: err, Issues: []fhir.Issue{{Text: fmt.Sprintf("The store %s can't be opened: %s%s", path, text, restoring(err))}}}
}

// restoring is how a backup is put in place.
func restoring(err error) string {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultNotADB, sqlite.ResultCorrupt:
		return " (To restore one: move all files of the folder away, and put the backup there as " + DatabaseFile + ".)"
	}
	return ""
}

// errForeign is the cause of a database that another program made.
var errForeign = fmt.Errorf("the database has tables of another program: %w", sqlite.ResultNotADB.ToError())

// ours says whether the database is new, or has our tables: nothing is ever written to one of another program.
func (c *conn) ours() error {
	for _, q := range []struct{ sql, of string }{
		{`SELECT count(*) FROM sqlite_schema`, "new"},
		{`SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN('meta', 'version', 'body', 'record')`, "ours"},
	} {
		n, _, err := c.number(q.sql)
		switch {
		case err != nil:
			return err
		case q.of == "new" && n == 0 || q.of == "ours" && n == 4:
			return nil
		}
	}
	return fhir.Fault("look whose database it is", errForeign)
}

// checkedSize is the largest database that is checked whole at every start: in less than a second. In a larger one
// damage is met when what is damaged is read.
const checkedSize = 64 << 20

// whole checks a database that isn't too large for that.
func (c *conn) whole() error {
	info, err := os.Stat(c.path)
	if err != nil {
		return fault("look at the database", err)
	}
	if info.Size() > checkedSize {
		return nil
	}
	return c.query("PRAGMA quick_check(1)", nil, func(s *sqlite.Stmt) error {
		if text := s.ColumnText(0); text != "ok" {
			return fhir.Fault("check the database", fmt.Errorf("%s: %w", text, sqlite.ResultCorrupt.ToError()))
		}
		return nil
	})
}

// files are those that the store was opened with. A name that leads to another file, or to none, means that what is
// written would be lost with the last connection.
type files map[string]os.FileInfo

// filesOf looks at the files of an open database.
func filesOf(path string) (files, error) {
	out := files{}
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fault("look at the files of the store", err)
		}
		out[name] = info
	}
	return out, nil
}

// there is nil if all are where they were.
func (f files) there() error {
	for name, info := range f {
		now, err := os.Stat(name)
		if err == nil && os.SameFile(info, now) {
			continue
		}
		return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: comeBack, Err: fmt.Errorf("%s is not the file that was opened: %w", name, errors.Join(errMoved, err)),
			Issues: []fhir.Issue{{Text: "The store's file " + filepath.Base(name) + " was moved, removed or replaced while the server runs, so nothing can be stored. " +
				"Tell whoever runs the server to stop it, put the files back or restore a backup, and start it again."}}}
	}
	return nil
}

var errMoved = errors.New("the files of the store were moved")
