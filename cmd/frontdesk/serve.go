package main

import (
	"context"
	"errors"
	"fmt"
)

// serveCommand serves the store.
type serveCommand struct{}

// Run serves until SIGTERM.
func (serveCommand) Run(ctx context.Context, s *Settings, c console) error {
	if s.Auth != "off" {
		return errors.New("SMART on FHIR is not part of this version yet. To serve without any access control, on this machine only, say so: --auth off")
	}
	log := s.logger(c.Err)
	st, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	defer st.Close()
	fmt.Fprint(c.Err, warning)
	return (&server{settings: s, store: st, log: log, ready: func(base string) {
		fmt.Fprintf(c.Out, "Serving FHIR R4 at %s\n", base)
	}}).run(ctx)
}

// warning is what --auth off says, loudly.
const warning = `
  *****************************************************************************
  *  --auth off: every program and person on this machine can read and change  *
  *  every record. Never use it with records of real people.                   *
  *****************************************************************************

`
