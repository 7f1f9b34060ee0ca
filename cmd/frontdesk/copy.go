package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/copying"
)

// copyCommand makes one store the copy of another.
type copyCommand struct {
	From string `required:"" placeholder:"URI" help:"The store to copy, as sqlite:records. Nothing may write to it meanwhile."`
	To   string `required:"" placeholder:"URI" help:"The store to copy into, as mongodb://db1,db2,db3/frontdesk?replicaSet=rs0: a new one, or one that this copy was begun in."`
}

// Run copies, or goes on, and then compares both stores.
func (cp *copyCommand) Run(ctx context.Context, s *Settings, c console) error {
	log := s.logger(c.Err)
	if cp.From == cp.To {
		return errors.New("--from and --to are the same store. Name a new one to copy into")
	}
	from, err := s.copied(ctx, log, "from", cp.From)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := s.copied(ctx, log, "to", cp.To)
	if err != nil {
		return err
	}
	defer to.Close()
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return err
	}
	total, err := from.Versions(ctx)
	if err != nil {
		return err
	}
	bar := newMeter(c.Err, "copy", total, inVersions)
	job := copying.Copy{From: from, To: to, Indexer: search.Indexer{Base: s.base(), Zone: zone}, Logger: log, Progress: func(n int) { bar.add(0, n) }}
	err = job.Run(ctx)
	bar.finish()
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("interrupted. The same command goes on where this one stopped")
		}
		return err
	}
	return cp.compare(ctx, &job, total, c)
}

// compare prints what both stores hold, and fails if that isn't the same.
func (cp *copyCommand) compare(ctx context.Context, job *copying.Copy, total int64, c console) error {
	bar := newMeter(c.Err, "compare", 2*total, inVersions)
	rows, err := job.Compare(ctx, func(n int) { bar.add(0, n) })
	bar.finish()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(c.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tVERSIONS\tCURRENT\tSHA-256\tCOPY")
	differ := 0
	for _, row := range rows {
		verdict := "same"
		if !row.Same() {
			differ++
			verdict = fmt.Sprintf("differs: %s versions, %s current, %.12s", humanize.Comma(row.To.Versions), humanize.Comma(row.To.Current), row.To.Hash)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.12s\t%s\n", row.Name, humanize.Comma(row.From.Versions), humanize.Comma(row.From.Current), row.From.Hash, verdict)
	}
	table.Flush()
	if differ > 0 {
		return fmt.Errorf("the stores differ in %d of %d kinds. Either has been written to since the copy was begun: stop what does, and copy into an empty store", differ, len(rows))
	}
	fmt.Fprintf(c.Out, "The copy is whole: %d kinds are the same in both stores.\n", len(rows))
	return nil
}

// copied opens a store by its URI, for copying alone.
func (s *Settings) copied(ctx context.Context, log *slog.Logger, flag, uri string) (store.Backend, error) {
	at := *s
	at.Store = uri
	place, err := at.place()
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	if at.mayMake = flag == "to"; at.there(place) != nil {
		return nil, fmt.Errorf("--%s: there is no store in %s. Is it written right?", flag, place.folder)
	}
	registry, err := spec.Load()
	if err != nil {
		return nil, err
	}
	return at.openBackend(ctx, log, place, registry, false)
}

// finished refuses a store that a copy was only begun in: what is served must be whole.
func finished(ctx context.Context, b store.Backend) error {
	half, err := copying.Unfinished(ctx, b.Records())
	if err == nil && half {
		err = errors.New("this store is a copy that isn't finished. Run frontdesk copy again, with the same stores: it goes on where it stopped")
	}
	return err
}
