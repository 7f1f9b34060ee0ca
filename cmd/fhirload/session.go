package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"frontdesk/cmd/fhirload/load"
	"frontdesk/cmd/fhirload/report"
)

// session is one run of the program.
type session struct {
	options
	ctx      context.Context
	out, log io.Writer
}

// measure runs a workload against each server in turn and shows the report.
// endsItself says that the workload runs out of things to send.
func (s *session) measure(name string, endsItself bool, ready prepare) error {
	if s.Seed == 0 {
		s.Seed = 1 + rand.Uint64N(1<<32)
	}
	r := &report.Report{Workload: name, Started: time.Now().UTC(), Seed: s.Seed, Concurrency: s.Concurrency}
	var failure error
	for i := range s.Base {
		if failure = s.one(r, i, endsItself, ready); failure != nil || s.ctx.Err() != nil {
			break
		}
	}
	// What was measured before a failure is still worth showing.
	if len(r.Servers) > 0 {
		if err := s.show(r); err != nil {
			return err
		}
	}
	if failure == nil && r.Errors() > 0 && !s.AllowErrors {
		return fmt.Errorf("%d requests failed", r.Errors())
	}
	return failure
}

// one runs the workload against the i-th server.
func (s *session) one(r *report.Report, i int, endsItself bool, ready prepare) error {
	target := s.target(i)
	client, err := load.NewClient(target, s.Concurrency, s.Timeout)
	if err != nil {
		return err
	}
	defer client.Close()
	fmt.Fprintf(s.log, "%s: preparing %s\n", target.Base, r.Workload)
	w, err := ready(s.ctx, client)
	if err != nil {
		return fmt.Errorf("%s: %w", target.Base, err)
	}
	fmt.Fprintf(s.log, "%s: running %s, %d at a time, seed %d\n", target.Base, r.Workload, s.Concurrency, s.Seed)
	result, err := load.Run(s.ctx, client, w, s.plan(endsItself))
	r.Add(target.Base, w.Operations(), result)
	return err
}

func (s *session) show(r *report.Report) error {
	if s.JSONFile != "" {
		file, err := os.Create(s.JSONFile)
		if err != nil {
			return err
		}
		if err := r.JSON(file); err != nil {
			_ = file.Close()
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	if s.JSON {
		return r.JSON(s.out)
	}
	return r.Text(s.out)
}
