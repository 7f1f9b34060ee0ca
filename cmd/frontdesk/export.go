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
	To     string   `arg:"" name:"folder" type:"path" help:"Folder to write to, as Patient.ndjson for each type."`
	Type   []string `placeholder:"TYPE" help:"Only these resource types, as Patient,Observation."`
	Format string   `default:"ndjson" enum:"ndjson,xml" help:"ndjson, or xml: batches of 500, as Patient-00001.xml."`
	Gzip   bool     `help:"Pack each file, as Patient.ndjson.gz."`
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
	x := transfer.Exporter{Session: st.As(access.Everything("export"), store.Unobserved), Folder: e.To,
		XML: e.Format == "xml", Gzip: e.Gzip}
	total, err := x.Count(ctx, types)
	if err != nil {
		return err
	}
	bar := newMeter(c.Err, "export", total, inResources)
	x.Progress = func(n int) { bar.add(0, n) }
	counts, err := x.Run(ctx, types)
	bar.finish()
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(c.Out, "%8d  %s\n", counts[name], x.Name(name))
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
