package sqlite

import (
	"context"
	"errors"
	"log/slog"

	"frontdesk/fhir"
)

// pool lends the connections for reading. One comes back clean, or is replaced: what a request leaves behind must never
// be seen by the next (I11). The interrupt that a dropped or timed-out request sets hits every statement, a ROLLBACK
// too, so that it is lifted first.
type pool struct {
	path string
	free chan *conn
	size int
	log  *slog.Logger
}

// newPool opens as many connections as are asked for. When one can't be opened, those that could are closed.
func newPool(path string, size int, log *slog.Logger) (*pool, error) {
	p := &pool{path: path, free: make(chan *conn, size), size: size, log: log}
	for range size {
		c, err := connect(path)
		if err != nil {
			for range len(p.free) {
				(<-p.free).close()
			}
			return nil, err
		}
		p.free <- c
	}
	return p, nil
}

// lend runs do on a connection, whose statements are interrupted when ctx ends. stop ends the waiting for one.
func (p *pool) lend(ctx context.Context, stop <-chan struct{}, do func(*conn) error) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	select {
	case c := <-p.free:
		defer func() { p.free <- p.cleaned(c) }()
		if c.db == nil { // it could not be replaced when it broke
			if err := c.open(); err != nil {
				return err
			}
		}
		c.bound(ctx)
		return do(c)
	case <-ctx.Done():
		return cancelled(ctx)
	case <-stop:
		return errClosed
	}
}

// cleaned is the connection without anything that its user left. One that can't be cleaned is closed, and opened anew.
func (p *pool) cleaned(c *conn) *conn {
	if c.db == nil {
		return c
	}
	if err := c.clean(); err != nil {
		p.log.Warn("a connection for reading was left in a state that nothing ends; it is replaced", "error", err)
		if err := c.renew(); err != nil {
			p.log.Error("a connection for reading could not be opened again; the next request tries", "error", err)
		}
	}
	return c
}

// probe reads on as many connections as there are, one after another: they are lent in turn. Each must see newest, the
// last version that was committed before.
func (p *pool) probe(ctx context.Context, stop <-chan struct{}, newest int64) error {
	for range p.size {
		err := p.lend(ctx, stop, func(c *conn) error {
			return c.snapshot(func() error {
				last, _, err := c.number(`SELECT max(seq) FROM version`)
				if damaged := c.damaged.Load(); damaged != nil {
					return damaged
				}
				if err == nil && last < newest {
					err = fhir.Fault("probe the readers", errStale)
				}
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var errStale = errors.New("a connection sees an older state of the store than was committed")

// close waits for all connections and closes them.
func (p *pool) close() (err error) {
	for range p.size {
		if c := <-p.free; c.db != nil {
			if e := c.close(); e != nil && err == nil {
				err = fault("close a reader", e)
			}
		}
	}
	return err
}
