package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/store"
)

// importCommand brings records in.
type importCommand struct {
	Paths  []string `arg:"" name:"path" help:"Files (.json, .ndjson, .xml, each also as .gz), folders of them, or - for standard input."`
	Strict bool     `help:"Stop at the first faulty entry instead of reporting it and going on."`
	Apart  bool     `help:"Store what Bundles of type collection and searchset hold, instead of the Bundles."`
	Again  bool     `help:"Import again what an earlier run has imported."`
	List   int64    `default:"100" help:"List that many faults; 0 lists all of them."`
}

// Run imports, shows progress, and fails if anything was faulty.
func (i *importCommand) Run(ctx context.Context, s *Settings, c console) error {
	sources, err := transfer.Sources(i.Paths, c.In)
	if err != nil {
		return err
	}
	s.mayMake = true
	st, err := s.open(ctx, s.logger(c.Err))
	if err != nil {
		return err
	}
	defer st.Close()
	m := newMeter(c.Err, "import", transfer.Total(sources), inBytes)
	im := s.importer(st, "import")
	im.Strict, im.Apart, im.Progress = i.Strict, i.Apart, m.add
	listed := faultList{out: c.Err, most: i.List, before: m.clear}
	im.Report = listed.add
	if i.Again {
		im.Done = nil
	}
	sum, err := im.Run(ctx, sources)
	m.finish()
	listed.end()
	i.summary(c.Out, sum, time.Since(m.started))
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted. The same command goes on where this one stopped")
	case err == nil && sum.Faults > 0:
		return fmt.Errorf("%d faults; what had none is stored", sum.Faults)
	}
	return err
}

func (i *importCommand) summary(w io.Writer, sum transfer.Summary, took time.Duration) {
	fmt.Fprintf(w, "%s resources in %.1f s (%s/s), %s faults", humanize.Comma(sum.Resources), took.Seconds(),
		humanize.Comma(int64(float64(sum.Resources)/max(took.Seconds(), 0.001))), humanize.Comma(sum.Faults))
	if sum.Skipped > 0 {
		fmt.Fprintf(w, ", %s skipped that an earlier run had imported (--again imports them again)", humanize.Comma(sum.Skipped))
	}
	fmt.Fprintln(w)
}

// importer puts resources into a store in the name of who. Report and Progress are still to be set.
func (s *Settings) importer(st *store.Store, who string) *transfer.Importer {
	return &transfer.Importer{
		Session: st.As(access.Everything(who), store.Unobserved),
		Plan:    handlers.Changes(st, handlers.Limits{}),
		Limits:  s.codec(),
		Done: func(ctx context.Context, checkpoint string) (bool, error) {
			_, err := st.Records().Get(ctx, transfer.Namespace, checkpoint)
			if fhir.KindOf(err) == fhir.NotFound {
				return false, nil
			}
			return err == nil, err
		},
	}
}

// faultList writes faults with their file and line, up to most of them.
type faultList struct {
	out     io.Writer
	most, n int64  // most 0: all
	before  func() // called before each line
}

func (l *faultList) add(source string, line int, err error) {
	if l.n++; l.most > 0 && l.n > l.most {
		return
	}
	l.before()
	fmt.Fprintf(l.out, "%s:%d: %s\n", source, line, plain(err))
}

// end says how many were left out.
func (l *faultList) end() {
	if l.most > 0 && l.n > l.most {
		fmt.Fprintf(l.out, "… and %d faults more; --list 0 lists all of them\n", l.n-l.most)
	}
}
