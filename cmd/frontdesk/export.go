package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
)

// exportCommand writes records out.
type exportCommand struct {
	To   string   `arg:"" name:"folder" type:"path" help:"Folder to write to: a file for each type, as Patient.ndjson."`
	Type []string `placeholder:"TYPE" help:"Only these resource types, as Patient,Observation."`
}

// Run exports and lists what was written.
func (e *exportCommand) Run(ctx context.Context, s *Settings, c console) error {
	st, err := s.open(ctx, s.logger(c.Err))
	if err != nil {
		return err
	}
	defer st.Close()
	types, err := e.types(st.Registry())
	if err != nil {
		return err
	}
	x := transfer.Exporter{Session: st.As(access.Everything("export"), store.Unobserved), Folder: e.To}
	total, err := x.Count(ctx, types)
	if err != nil {
		return err
	}
	bar := newMeter(c.Err, "export", total, inResources)
	x.Progress = func(n int) { bar.add(0, n) }
	counts, err := x.Run(ctx, types)
	bar.finish()
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(c.Out, "%8d  %s.ndjson\n", counts[name], name)
	}
	return err
}

func (e *exportCommand) types(r *spec.Registry) ([]*spec.Type, error) {
	names := e.Type
	if len(names) == 0 {
		names = r.Names()
	}
	var out []*spec.Type
	for _, name := range names {
		t, ok := r.Type(name)
		if !ok {
			return nil, fhir.Errorf(fhir.UnknownType, "", "%q is no resource type of R4; names are case-sensitive, as Patient.", name)
		}
		out = append(out, t)
	}
	return out, nil
}
