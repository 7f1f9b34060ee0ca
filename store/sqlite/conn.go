package sqlite

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"

	"frontdesk/fhir"
	"zombiezen.com/go/sqlite"
)

// pageSize is that of the database file, in bytes.
const pageSize = 8192

// keptStatements is how many prepared statements a connection keeps.
const keptStatements = 256

// conn is one connection with its prepared statements. It is used by one goroutine at a time.
type conn struct {
	path    string
	pragmas []string
	damaged atomic.Pointer[fhir.Error] // the last sign that the database is damaged
	db      *sqlite.Conn               // nil when it could not be opened again
	running int                        // statements under way
	stmts   map[string]*list.Element
	recent  *list.List // of *prepared, most recently used first
	testing []test     // what the SQL function holds() is asked about, by the running query's arguments
}

// prepared is one statement of a conn's cache.
type prepared struct {
	sql  string
	stmt *sqlite.Stmt
	busy bool
}

// pragmas suit a store that is read much and written durably. synchronous=FULL is what makes a commit survive a power
// cut (I4); checkpoints are made by the writer between groups.
var pragmas = []string{
	"PRAGMA page_size=" + strconv.Itoa(pageSize),
	"PRAGMA journal_mode=WAL",
	"PRAGMA synchronous=FULL",

	"PRAGMA mmap_size=2147418112", // all that SQLite allows: a page that isn't mapped is read twice as slowly
	"PRAGMA cache_size=-16000",
	"PRAGMA temp_store=MEMORY",
	"PRAGMA journal_size_limit=67108864",
}

// connect opens the database file, with pragmas of its own besides.
func connect(path string, own ...string) (*conn, error) {
	c := &conn{path: path, pragmas: slices.Concat(pragmas, own)}
	if err := c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

// open opens the connection of a conn that has none.
func (c *conn) open() (err error) {
	if c.db, err = sqlite.OpenConn(c.path, sqlite.OpenReadWrite|sqlite.OpenCreate); err != nil {
		c.db = nil
		return fault("open the database", err)
	}
	c.stmts, c.recent, c.running = map[string]*list.Element{}, list.New(), 0
	for _, p := range c.pragmas {
		if err == nil {
			err = c.exec(p)
		}
	}
	if err == nil {
		if e := c.functions(); e != nil {
			err = fault("register SQL functions", e)
		}
	}
	if err != nil {
		err = errors.Join(err, c.close())
	}
	return err
}

// renew replaces the connection by a new one. A conn whose connection could not be opened is without one until the next
// renew.
func (c *conn) renew() error {
	if err := c.close(); err != nil {
		return fault("close a broken connection", err)
	}
	return c.open()
}

// close finalizes the statements and closes the connection. The conn has none then, whatever the error.
func (c *conn) close() error {
	if c.db == nil {
		return nil
	}
	for e := c.recent.Front(); e != nil; e = e.Next() {
		e.Value.(*prepared).stmt.Finalize()
	}
	db := c.db
	c.db, c.stmts, c.recent = nil, nil, list.New()
	return db.Close()
}

// bound lets the connection's statements be interrupted when ctx ends, until unbound. That holds for a ROLLBACK too, so
// end a transaction by rollback or clean.
func (c *conn) bound(ctx context.Context) {
	if ctx.Done() != nil {
		c.db.SetInterrupt(ctx.Done())
	}
}

// unbound waits until nothing interrupts the connection any more.
func (c *conn) unbound() { c.db.SetInterrupt(nil) }

// rollback ends a transaction without a trace, whether or not the context that bounds the connection has ended; it is
// unbound after it.
func (c *conn) rollback() error {
	c.unbound()
	if c.db.AutocommitEnabled() {
		return nil
	}
	if err := c.exec("ROLLBACK"); err != nil {
		return err
	}
	if !c.db.AutocommitEnabled() {
		return fhir.Fault("roll back", errInTransaction)
	}
	return nil
}

var errInTransaction = errors.New("the connection is still in a transaction")

// clean makes the connection as it was before it was lent: not bound, no statement under way, which would hold a
// snapshot, and in no transaction. What can't be made so is of no use any more.
func (c *conn) clean() error {
	c.unbound()
	c.testing = nil
	if c.running > 0 {
		return fhir.Fault("end what is under way", errInTransaction)
	}
	return c.rollback()
}

// prepare gives the statement for a SQL text, from the cache if it's there and not in use.
func (c *conn) prepare(sql string) (*prepared, error) {
	if e, ok := c.stmts[sql]; ok && !e.Value.(*prepared).busy {
		c.recent.MoveToFront(e)
		return e.Value.(*prepared), nil
	}
	stmt, _, err := c.db.PrepareTransient(sql)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, sql)
	}
	p := &prepared{sql: sql, stmt: stmt}
	c.evict()
	c.stmts[sql] = c.recent.PushFront(p)
	return p, nil
}

// evict makes room for one more statement. One that is in use stays.
func (c *conn) evict() {
	for e := c.recent.Back(); e != nil && c.recent.Len() >= keptStatements; {
		p, prev := e.Value.(*prepared), e.Prev()
		if !p.busy {
			p.stmt.Finalize()
			c.recent.Remove(e)
			if c.stmts[p.sql] == e {
				delete(c.stmts, p.sql)
			}
		}
		e = prev
	}
}

// query runs a statement and calls row for each row of its answer, until it gives an error or errStop.
func (c *conn) query(sql string, args []any, row func(*sqlite.Stmt) error) (err error) {
	p, err := c.prepare(sql)
	if err != nil {
		return fault("prepare", err)
	}
	p.busy = true
	c.running++
	defer func() {
		p.busy = false
		c.running--
		p.stmt.Reset()
	}()
	for i, a := range args {
		bind(p.stmt, i+1, a)
	}
	for {
		more, err := p.stmt.Step()
		switch {
		case err != nil:
			return c.failed("run a statement", err)
		case !more:
			return nil
		}
		if err := row(p.stmt); err == errStop {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// failed is fault, which remembers that the database is damaged.
func (c *conn) failed(what string, err error) *fhir.Error {
	e := fault(what, err)
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultCorrupt {
		c.damaged.Store(e)
	}
	return e
}

// errStop ends a query early, without an error.
var errStop = errors.New("stop")

// exec runs a statement whose answer doesn't matter.
func (c *conn) exec(sql string, args ...any) error {
	return c.query(sql, args, func(*sqlite.Stmt) error { return nil })
}

// number is the integer in the first column of the first row; ok is false when there is no row.
func (c *conn) number(sql string, args ...any) (n int64, ok bool, err error) {
	err = c.query(sql, args, func(s *sqlite.Stmt) error {
		n, ok = s.ColumnInt64(0), true
		return errStop
	})
	return n, ok, err
}

// bind sets one argument. Values never stand in the SQL text.
func bind(s *sqlite.Stmt, i int, a any) {
	switch v := a.(type) {
	case int64:
		s.BindInt64(i, v)
	case int:
		s.BindInt64(i, int64(v))
	case bool:
		s.BindBool(i, v)
	case float64:
		s.BindFloat(i, v)
	case string:
		s.BindText(i, v)
	case []byte:
		if v == nil {
			s.BindNull(i)
		} else {
			s.BindBytes(i, v)
		}
	case nil:
		s.BindNull(i)
	default:
		panic(fmt.Sprintf("sqlite: can't bind %T", a))
	}
}

// column is a value of an answer: int64, string, []byte or nil.
func column(s *sqlite.Stmt, i int) any {
	switch s.ColumnType(i) {
	case sqlite.TypeInteger:
		return s.ColumnInt64(i)
	case sqlite.TypeText:
		return s.ColumnText(i)
	case sqlite.TypeBlob:
		return blob(s, i)
	}
	return nil
}

// blob is a column's bytes.
func blob(s *sqlite.Stmt, i int) []byte {
	b := make([]byte, s.ColumnLen(i))
	s.ColumnBytes(i, b)
	return b
}

// fault makes a *fhir.Error of what SQLite says.
func fault(what string, err error) *fhir.Error {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultInterrupt:
		return &fhir.Error{Kind: fhir.TimedOut, Err: err, Issues: []fhir.Issue{{
			Text: "The request took longer than the time limit. Ask for less at once, or narrow the search."}}}
	}
	if text := conditionText(err); text != "" {
		return &fhir.Error{Kind: fhir.Unavailable, RetryAfter: comeBack, Err: fmt.Errorf("%s: %w", what, err), Issues: []fhir.Issue{{
			Text: "The store can't be used just now: tell whoever runs the server that " + text}}}
	}
	return fhir.Fault(what, err)
}

// cancelled makes a *fhir.Error of a context that ended.
func cancelled(ctx context.Context) *fhir.Error {
	return &fhir.Error{Kind: fhir.TimedOut, Err: ctx.Err(), Issues: []fhir.Issue{{
		Text: "The request took longer than the time limit, or the connection was closed. Nothing is known to have been changed; try again."}}}
}
