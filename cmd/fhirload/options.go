package main

import (
	"errors"
	"fmt"
	"time"

	"frontdesk/cmd/fhirload/load"
)

// defaultDuration bounds a run that nothing else bounds.
const defaultDuration = 30 * time.Second

// options are the flags all workloads have.
type options struct {
	Base        []string       `required:"" placeholder:"URL" help:"FHIR base URL. Give it twice to run both servers, one after the other, and compare them."`
	Token       []string       `placeholder:"TOKEN" help:"Bearer token; with two servers, one for each in the same order (may be empty)."`
	Concurrency int            `default:"16" help:"Requests in flight."`
	Duration    *time.Duration `placeholder:"30s" help:"Measured time. Default: 30s, unless --count or --folder bounds the run."`
	Count       int            `placeholder:"N" help:"Number of measured requests."`
	Warmup      time.Duration  `default:"0s" help:"Time to run before measuring."`
	Timeout     time.Duration  `default:"30s" help:"Longest time for one request."`
	Seed        uint64         `help:"Seed of the synthetic data and of the order of requests. Default: another one each time, and shown."`
	JSON        bool           `name:"json" help:"Print JSON instead of tables."`
	JSONFile    string         `name:"json-file" type:"path" placeholder:"FILE" help:"Also write the JSON to a file."`
	AllowErrors bool           `help:"Exit with status 0 even if requests failed."`
}

// Validate is called by kong when the flags have been read.
func (o *options) Validate() error {
	switch {
	case len(o.Base) > 2:
		return errors.New("--base: give one or two servers")
	case len(o.Token) > 0 && len(o.Token) != len(o.Base):
		return fmt.Errorf("--token: %d given for %d servers; give one for each --base, in the same order", len(o.Token), len(o.Base))
	case o.Concurrency < 1 || o.Concurrency > 10_000:
		return errors.New("--concurrency: give a number from 1 to 10000")
	case o.Count < 0 || o.Warmup < 0 || o.Timeout <= 0:
		return errors.New("--count and --warmup must not be negative, and --timeout must be above 0")
	case o.Duration != nil && *o.Duration <= 0:
		return errors.New("--duration: give a time above 0, such as 30s")
	}
	return nil
}

// plan bounds a run. A workload that ends by itself needs no other bound.
func (o *options) plan(endsItself bool) load.Plan {
	plan := load.Plan{Concurrency: o.Concurrency, Count: o.Count, Warmup: o.Warmup}
	if o.Duration != nil {
		plan.Duration = *o.Duration
	} else if o.Count == 0 && !endsItself {
		plan.Duration = defaultDuration
	}
	return plan
}

// target is the i-th server.
func (o *options) target(i int) load.Target {
	target := load.Target{Base: o.Base[i]}
	if len(o.Token) > 0 {
		target.Token = o.Token[i]
	}
	return target
}
