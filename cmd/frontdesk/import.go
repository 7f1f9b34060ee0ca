package main

import (
	"context"
	"fmt"
	"time"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/handlers/entries"
	"frontdesk/store"
)

// importCommand brings records in.
type importCommand struct {
	Paths  []string `arg:"" name:"path" help:"Files (.json, .ndjson), folders of them, or - for standard input."`
	Strict bool     `help:"Stop at the first faulty entry instead of reporting it and going on."`
	Again  bool     `help:"Import files again that an earlier run has imported."`
}

// Run imports, shows progress, and fails if anything was faulty.
func (i *importCommand) Run(ctx context.Context, s *Settings, c console) error {
	sources, err := transfer.Sources(i.Paths, c.In)
	if err != nil {
		return err
	}
	st, err := s.open(ctx, s.logger(c.Err))
	if err != nil {
		return err
	}
	defer st.Close()
	bar := newMeter(c.Err, "import", transfer.Total(sources))
	started := time.Now()
	sum, err := importer(s, st, i, bar, c).Run(ctx, sources)
	bar.finish()
	took := time.Since(started)
	fmt.Fprintf(c.Out, "%d resources in %.1f s (%.0f/s), %d faults", sum.Resources, took.Seconds(), float64(sum.Resources)/took.Seconds(), sum.Faults)
	if sum.Skipped > 0 {
		fmt.Fprintf(c.Out, ", %d skipped that an earlier run had imported (--again imports them again)", sum.Skipped)
	}
	fmt.Fprintln(c.Out)
	if err == nil && sum.Faults > 0 {
		err = fmt.Errorf("%d faults, listed above; what had none is stored", sum.Faults)
	}
	return err
}

// importer binds the command to a store.
func importer(s *Settings, st *store.Store, i *importCommand, bar *meter, c console) *transfer.Importer {
	im := &transfer.Importer{
		Session: st.As(access.Everything("import")),
		Plan: func(b *codec.Bundle) ([]store.Change, error) {
			plan, err := entries.PlanBundle(st.Registry(), b, search.Options{Base: s.base()})
			if err != nil {
				return nil, err
			}
			return plan.Changes, nil
		},
		Limits: codec.Limits{Bytes: int(s.MaxBody), Depth: s.MaxDepth, Faults: s.MaxFaults},
		Strict: i.Strict,
		Report: func(source string, line int, err error) {
			bar.clear()
			fmt.Fprintf(c.Err, "%s:%d: %v\n", source, line, err)
		},
		Progress: bar.add,
	}
	if !i.Again {
		im.Done = func(ctx context.Context, checkpoint string) (bool, error) {
			_, err := st.Records().Get(ctx, transfer.Namespace, checkpoint)
			if fhir.KindOf(err) == fhir.NotFound {
				return false, nil
			}
			return err == nil, err
		}
	}
	return im
}
