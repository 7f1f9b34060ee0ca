package sqlite

import (
	"errors"
	"strconv"

	"frontdesk/fhir"
	"zombiezen.com/go/sqlite"
)

// schema is the first version of the tables. In all of them seq names a version, p a row of param, k is the resource's
// main date (noDate if it has none) and nid a row of node. The types of columns matter: SQLite looks a value up in an
// index only if both sides have the same. lo and hi have none: they are times, or search.Numbers as texts.
var schema = []string{
	`CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID`,
	// n counts the current resources of the type. many: some resource has had several main dates. While its resources
	// are indexed anew (reindex.go) at is how far that is, upto where it ends (0: they aren't), done and total tell the
	// progress, and goal names the parameters it is done for.
	`CREATE TABLE type(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, n INTEGER NOT NULL DEFAULT 0, many INTEGER NOT NULL DEFAULT 0,
		at INTEGER NOT NULL DEFAULT 0, upto INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
		goal TEXT NOT NULL DEFAULT '')`,
	// An id is never used again, so that rows left over from a dropped parameter can't be taken for another's.
	`CREATE TABLE param(id INTEGER PRIMARY KEY AUTOINCREMENT, type INTEGER NOT NULL, code TEXT NOT NULL, fingerprint TEXT NOT NULL,
		ready INTEGER NOT NULL, UNIQUE(type, code, fingerprint))`,
	// Systems of tokens; 0 stands for the empty one.
	`CREATE TABLE term(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)`,
	// Every resource and every target of a reference, arrived or not. A URL has type 0. seq is that of the newest
	// version.
	`CREATE TABLE node(nid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER, UNIQUE(type, id))`,
	// What is asked of a version before it is read. current is 1 for the newest one unless it is a tombstone.
	`CREATE TABLE version(seq INTEGER PRIMARY KEY, nid INTEGER NOT NULL, type INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
		current INTEGER NOT NULL, k INTEGER NOT NULL, compartments TEXT NOT NULL, section TEXT NOT NULL,
		recorded INTEGER NOT NULL, release INTEGER NOT NULL, hidden INTEGER NOT NULL)`,
	`CREATE UNIQUE INDEX version_node ON version(nid, version)`,
	`CREATE INDEX version_type ON version(type)`,
	`CREATE INDEX version_date ON version(type, k) WHERE current=1`,
	// What is read of a version: all of fhir.Stored in one row, which never changes but for the facts. json is empty in
	// a tombstone.
	`CREATE TABLE body(seq INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, method INTEGER NOT NULL,
		compartments TEXT NOT NULL, section TEXT NOT NULL, recorded INTEGER NOT NULL, release INTEGER NOT NULL, hidden INTEGER NOT NULL, json BLOB NOT NULL)`,
	// The index entries of current versions (entries.go): what the rows below are made of, and what decides where they
	// can't.
	`CREATE TABLE posting(seq INTEGER PRIMARY KEY, entries BLOB NOT NULL)`,
	`CREATE TABLE tok(p INTEGER, code TEXT, k INTEGER, seq INTEGER, sys INTEGER, PRIMARY KEY(p, code, k, seq, sys)) WITHOUT ROWID`,
	`CREATE TABLE ref(p INTEGER, target INTEGER, k INTEGER, seq INTEGER, PRIMARY KEY(p, target, k, seq)) WITHOUT ROWID`,
	// first: bit 0 for the least of a resource's values, bit 1 for the greatest.
	`CREATE TABLE str(p INTEGER, text TEXT, seq INTEGER, first INTEGER, PRIMARY KEY(p, text, seq)) WITHOUT ROWID`,
	`CREATE TABLE rng(p INTEGER, lo, seq INTEGER, hi, first INTEGER, PRIMARY KEY(p, lo, seq, hi)) WITHOUT ROWID`,
	// The rows of rng that span more than narrow, found by their other end.
	`CREATE TABLE wide(p INTEGER, hi, seq INTEGER, lo, PRIMARY KEY(p, hi, seq, lo)) WITHOUT ROWID`,
	`CREATE TABLE comp(patient INTEGER, type INTEGER, k INTEGER, seq INTEGER, PRIMARY KEY(patient, type, k, seq)) WITHOUT ROWID`,
	// The tokens of hot parameters with the patient in front. member: the patient's compartment has it, not just a
	// reference; via is a parameter by which it refers to the patient, 0 if none does.
	`CREATE TABLE ctok(patient INTEGER, p INTEGER, code TEXT, k INTEGER, seq INTEGER, sys INTEGER, member INTEGER, via INTEGER,
		PRIMARY KEY(patient, p, code, k, seq, sys)) WITHOUT ROWID`,
	`CREATE TABLE record(namespace TEXT, key TEXT, value BLOB NOT NULL, revision INTEGER NOT NULL, expires INTEGER NOT NULL,
		PRIMARY KEY(namespace, key)) WITHOUT ROWID`,
}

// migrations bring a database to a newer schema: the first from 1 to 2, and so on. Each is run in one transaction.
var migrations = [][]string{{
	// The words of current versions, by seq. They come folded and with one space between, so that the simplest
	// tokenizer does; the texts themselves aren't kept. A resource's content has its narrative in it, which is indexed
	// once: what is asked of the content is asked of both columns.
	`CREATE VIRTUAL TABLE prose USING fts5(narrative, content, content='', contentless_delete=1, tokenize='ascii')`,
	// The words that wait to be put there: many at once cost half as much as one by one.
	`CREATE TABLE unread(seq INTEGER PRIMARY KEY, narrative TEXT NOT NULL, content TEXT NOT NULL)`,
}, {
	// A walk knows of whom it looks something up without coming to the version.
	`DROP INDEX version_date`,
	`CREATE INDEX version_date ON version(type, k, seq, nid) WHERE current=1`,
}, {
	// What was marked: the feed of changes is this and version, by seq, which both take from one sequence. of is the
	// seq of the version, the facts are those after and before it.
	`CREATE TABLE mark(seq INTEGER PRIMARY KEY, of INTEGER NOT NULL,
		section TEXT NOT NULL, recorded INTEGER NOT NULL, release INTEGER NOT NULL, hidden INTEGER NOT NULL,
		was_section TEXT NOT NULL, was_recorded INTEGER NOT NULL, was_release INTEGER NOT NULL,
		was_hidden INTEGER NOT NULL)`,
	`CREATE INDEX mark_of ON mark(of, seq)`,
}, {
	// What staff list: few of all there are.
	`ALTER TABLE version ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0`,
	`ALTER TABLE body ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0`,
	`ALTER TABLE mark ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0`,
	`ALTER TABLE mark ADD COLUMN was_suspended INTEGER NOT NULL DEFAULT 0`,
	`CREATE INDEX version_hidden ON version(type, k, seq) WHERE current=1 AND hidden=1`,
	`CREATE INDEX version_suspended ON version(type, k, seq) WHERE current=1 AND suspended=1`,
	`CREATE INDEX version_held ON version(type, release) WHERE current=1 AND release>0`,
}, {
	// Numbers are indexed as texts. The tables are the same and what is in them is indexed anew as after any change
	// (spec.IndexVersion), but a program that knows them as floats only can't take such entries apart.
}}

// schemaVersion is the one this program writes.
func schemaVersion() int64 { return int64(1 + len(migrations)) }

// migrate creates the tables, or brings them up to date.
func (c *conn) migrate() error {
	if err := c.ours(); err != nil {
		return err
	}
	if err := c.whole(); err != nil {
		return err
	}
	have := int64(0)
	if _, ok, err := c.number(`SELECT 1 FROM sqlite_schema WHERE name='meta'`); err != nil {
		return err
	} else if ok {
		if have, _, err = c.number(`SELECT value FROM meta WHERE name='schema'`); err != nil {
			return err
		}
	}
	if have > schemaVersion() {
		return fhir.Errorf(fhir.Unavailable, "", "The store was written by a newer version of Frontdesk (schema %d; this one knows %d). Start that version, or restore a backup made before the upgrade.",
			have, schemaVersion())
	}
	steps := append([][]string{schema}, migrations...)
	for ; have < schemaVersion(); have++ {
		err := c.transaction(func() error {
			for _, sql := range steps[have] {
				if err := c.exec(sql); err != nil {
					return err
				}
			}
			return c.exec(`INSERT OR REPLACE INTO meta VALUES('schema', ?)`, have+1)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// transaction runs do in a write transaction, rolled back when it fails.
func (c *conn) transaction(do func() error) error {
	if c.db == nil { // it could not be replaced when it broke
		if err := c.open(); err != nil {
			return err
		}
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return c.undo(err)
	}
	err := do()
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil {
		return c.undo(err)
	}
	return nil
}

// undo rolls back what failed by err. A connection that can't be rolled back is replaced.
func (c *conn) undo(err error) error {
	if e := c.rollback(); e != nil {
		return errors.Join(err, e, c.renew())
	}
	return err
}

// snapshot runs do so that all its statements see the same state. The connection is unbound after it.
func (c *conn) snapshot(do func() error) (err error) {
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	defer func() {
		if e := c.rollback(); err == nil {
			err = e
		}
	}()
	return do()
}

// hold makes sure that no other process has the store open, for as long as the returned connection is. It is a
// database of its own, locked exclusively: the operating system gives the lock back when the process dies.
func hold(path string) (*sqlite.Conn, error) {
	lock, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, fault("open the lock", err)
	}
	lock.SetBusyTimeout(0)
	for _, sql := range []string{"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=MEMORY", "BEGIN EXCLUSIVE"} {
		stmt, _, err := lock.PrepareTransient(sql)
		if err == nil {
			_, err = stmt.Step()
			stmt.Finalize()
		}
		if err != nil {
			lock.Close()
			if conditionText(err) != "" {
				return nil, fault("take the lock", err)
			}
			return nil, &fhir.Error{Kind: fhir.Unavailable, Err: err, Issues: []fhir.Issue{{
				Text: "The store at " + strconv.Quote(path) + " is in use by another process. Stop that one, or choose another folder."}}}
		}
	}
	return lock, nil
}
