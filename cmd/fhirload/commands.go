package main

import (
	"context"
	"errors"
	"fmt"

	"frontdesk/cmd/fhirload/load"
	"frontdesk/cmd/fhirload/workload"
)

// commandLine is the whole command line: one command per workload.
type commandLine struct {
	Options options       `embed:""`
	Crud    crudCommand   `cmd:"" help:"Create, read, update, search by identifier and delete Patients and Observations (25/40/15/15/5 %)."`
	Create  createCommand `cmd:"" help:"Create Observations."`
	Import  importCommand `cmd:"" help:"Post transaction Bundles, from a folder or generated ones of 100 entries."`
	Search  searchCommand `cmd:"" help:"Search by patient and code, code and date, identifier, and name (40/20/15/15/10 %)."`
	Read    readCommand   `cmd:"" help:"Read by id."`
	Book    bookCommand   `cmd:"" help:"Book slots, after as many Appointments without a slot, and check that no slot was got twice."`
}

// prepare makes a workload for one server, and may talk to it first.
type prepare func(context.Context, *load.Client) (load.Workload, error)

type mixFlag struct {
	Mix map[string]int `mapsep:"," placeholder:"OP=SHARE,..." help:"Shares of the operations instead of the usual ones; one that is not named is not sent."`
}

type crudCommand struct{ mixFlag }

// Run runs the workload.
func (c *crudCommand) Run(s *session) error {
	return s.measure("crud", false, func(context.Context, *load.Client) (load.Workload, error) {
		return workload.NewCRUD(s.Seed, c.Mix)
	})
}

type createCommand struct{}

// Run runs the workload.
func (c *createCommand) Run(s *session) error {
	return s.measure("create", false, func(ctx context.Context, client *load.Client) (load.Workload, error) {
		return workload.NewCreate(ctx, client, s.Seed)
	})
}

type importCommand struct {
	Folder string `type:"existingdir" placeholder:"DIR" help:"Folder of *.json Bundles of type transaction or batch, each sent once. Default: generated Bundles."`
	Rounds int    `default:"1" help:"How often to send the folder."`
}

// Run runs the workload.
func (c *importCommand) Run(s *session) error {
	if c.Folder == "" {
		return s.measure("import", false, func(context.Context, *load.Client) (load.Workload, error) {
			return workload.NewGenerated(s.Seed), nil
		})
	}
	if c.Rounds < 1 {
		return errors.New("--rounds: give a number from 1")
	}
	return s.measure("import", true, func(context.Context, *load.Client) (load.Workload, error) {
		return workload.NewFolder(c.Folder, c.Rounds)
	})
}

// poolFlags say where search and read get what they ask for.
type poolFlags struct {
	SeedData int `placeholder:"N" help:"First write N synthetic resources and ask for these. Default: ask for what the server holds."`
	Sample   int `default:"200" help:"How many of the server's patients to ask for, without --seed-data."`
}

func (f poolFlags) pool(ctx context.Context, client *load.Client, seed uint64) (workload.Pool, error) {
	if f.SeedData > 0 {
		return workload.Write(ctx, client, seed, f.SeedData)
	}
	return workload.Discover(ctx, client, f.Sample)
}

type searchCommand struct {
	mixFlag
	poolFlags
}

// Run runs the workload.
func (c *searchCommand) Run(s *session) error {
	return s.measure("search", false, func(ctx context.Context, client *load.Client) (load.Workload, error) {
		pool, err := c.pool(ctx, client, s.Seed)
		if err != nil {
			return nil, err
		}
		return workload.NewSearch(pool, s.Seed, c.Mix)
	})
}

type readCommand struct{ poolFlags }

// Run runs the workload.
func (c *readCommand) Run(s *session) error {
	return s.measure("read", false, func(ctx context.Context, client *load.Client) (load.Workload, error) {
		pool, err := c.pool(ctx, client, s.Seed)
		if err != nil {
			return nil, err
		}
		return workload.NewRead(pool, s.Seed)
	})
}

type bookCommand struct {
	Slots  int `default:"1000" help:"How many free slots to make and book, rounded up to hundreds."`
	Rivals int `default:"1" help:"How many callers go for each slot at the same time."`
}

// Run runs the workload, and tells what became of the slots.
func (c *bookCommand) Run(s *session) error {
	if c.Slots < 1 || c.Rivals < 1 {
		return errors.New("--slots and --rivals: give numbers from 1")
	}
	var checks []func() error
	err := s.measure("book", true, func(ctx context.Context, client *load.Client) (load.Workload, error) {
		w, err := workload.NewBook(ctx, client, s.Seed, c.Slots, c.Rivals)
		checks = append(checks, func() error {
			line, err := w.Check(ctx, client)
			if line != "" {
				fmt.Fprintln(s.log, line)
			}
			return err
		})
		return w, err
	})
	for _, check := range checks {
		if err == nil {
			err = check()
		}
	}
	return err
}
