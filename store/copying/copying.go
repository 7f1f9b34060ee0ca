package copying

import (
	"context"
	"log/slog"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// Copy is a copy to be made. Nobody else may write to either store meanwhile.
type Copy struct {
	From, To store.Backend
	Indexer  search.Indexer // makes what versions are found by in To
	Logger   *slog.Logger
	// Progress is told how many versions were copied since the last call.
	Progress func(versions int)
}

// pageBytes is about how much is committed at a time, and pageMax how many versions at the most.
const (
	pageBytes = 4 << 20
	pageMax   = 500
	pageFirst = 50
)

// Run copies what is still to be copied. fhir.Conflict if To is another store's already, or From has changed since the
// copy was begun.
func (c *Copy) Run(ctx context.Context) error {
	s, err := c.begin(ctx)
	if err != nil || s.Done {
		return err
	}
	c.Progress(int(s.Versions))
	if !s.Records {
		if err := c.records(ctx, s); err != nil {
			return err
		}
	}
	if err := c.extend(ctx); err != nil {
		return err
	}
	if err := c.versions(ctx, s); err != nil {
		return err
	}
	s.Done = true
	return c.To.Restore(ctx, nil, []store.Record{s.record()})
}

// recordStep is how many records are written at a time.
const recordStep = 500

// records copies the records, all of them again if that was interrupted.
func (c *Copy) records(ctx context.Context, s *state) error {
	var step []store.Record
	var failed error
	err := c.From.AllRecords(ctx, func(r store.Record) bool {
		if r.Namespace != namespace {
			step = append(step, r)
		}
		if len(step) == recordStep {
			failed = c.To.Restore(ctx, nil, step)
			step = nil
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	s.Records = true
	return c.To.Restore(ctx, nil, append(step, s.record()))
}

// extend makes To index by the search parameters that came with the records.
func (c *Copy) extend(ctx context.Context) error {
	base, err := spec.Load()
	if err != nil {
		return err
	}
	next, err := store.Extended(ctx, c.To.Records().Get, base, c.Logger)
	if err != nil {
		return err
	}
	if next == base {
		return nil
	}
	return c.To.SetRegistry(ctx, next)
}

// page is some versions on their way.
type page struct {
	versions []store.Restored
	state    state // when they are written
}

// versions copies them newest first: one page is read and indexed while the one before is written.
func (c *Copy) versions(ctx context.Context, s *state) error {
	g, ctx := errgroup.WithContext(ctx)
	pages := make(chan page, 1)
	g.Go(func() error {
		defer close(pages)
		w := walk{from: c.From, state: *s}
		for {
			versions, err := w.next(ctx)
			if err != nil || versions == nil {
				return err
			}
			p := page{state: w.state}
			if p.versions, err = c.index(ctx, versions); err != nil {
				return err
			}
			select {
			case pages <- p:
			case <-ctx.Done():
				return interrupted(ctx)
			}
		}
	})
	g.Go(func() error {
		for p := range pages {
			if err := c.To.Restore(ctx, p.versions, []store.Record{p.state.record()}); err != nil {
				return err
			}
			*s = p.state
			c.Progress(len(p.versions))
		}
		return nil
	})
	return g.Wait()
}

// index makes what versions are found by.
func (c *Copy) index(ctx context.Context, versions []*fhir.Stored) ([]store.Restored, error) {
	out := make([]store.Restored, len(versions))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	r := c.To.Registry()
	for i, v := range versions {
		out[i].Stored = v
		t, ok := r.Type(v.Key.Type)
		if v.Deleted() || !ok {
			continue // Restore tells of an unknown type
		}
		g.Go(func() error {
			if ctx.Err() != nil {
				return interrupted(ctx)
			}
			res, err := codec.Decode(v.JSON, codec.Unlimited())
			if err != nil {
				c.Logger.Warn("a stored version can't be read; it is copied, but searches won't find it", "version", v.Key.String(), "error", err)
				return nil
			}
			out[i].Index = c.Indexer.Index(t, res.Message)
			return nil
		})
	}
	return out, g.Wait()
}

// walk goes through all versions of a store, newest first, with times that are all different: where several have the
// same, as MongoDB's of one commit do, the later ones on the way get the microseconds before it.
type walk struct {
	from  store.Backend
	state state
	limit int
}

// next is the next page, nil at the end.
func (w *walk) next(ctx context.Context) ([]*fhir.Stored, error) {
	if w.state.Walked {
		return nil, nil
	}
	if w.limit == 0 {
		w.limit = pageFirst
	}
	got, err := w.from.History(ctx, store.Scope{Limit: w.limit, Place: search.Place{After: w.state.After}})
	if err != nil {
		return nil, err
	}
	out := make([]*fhir.Stored, len(got.Items))
	bytes := 1
	for i, item := range got.Items {
		v := *item.Stored
		if last := w.state.Last; last != 0 && v.Updated.UnixMicro() >= last {
			v.Updated = time.UnixMicro(last - 1).UTC()
		}
		w.state.Last = v.Updated.UnixMicro()
		out[i] = &v
		bytes += len(v.JSON)
	}
	w.state.Versions += int64(len(out))
	w.state.After, w.state.Walked = got.Next, got.Next == nil
	w.limit = min(pageMax, 2*w.limit, max(1, w.limit*pageBytes/bytes))
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func interrupted(ctx context.Context) error {
	return fhir.Errorf(fhir.TimedOut, "", "Interrupted. The same command goes on where this one stopped. (%w)", context.Cause(ctx))
}
