package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"frontdesk/store"
)

// serveCommand serves the store.
type serveCommand struct{}

// Run serves until SIGTERM.
func (serveCommand) Run(ctx context.Context, s *Settings, c console) error {
	if s.Auth != "off" {
		return errors.New("SMART on FHIR is not part of this version yet. To serve without any access control, on this machine only, say so: --auth off")
	}
	return s.serve(ctx, c, func(*store.Store) error {
		fmt.Fprint(c.Err, warning)
		return nil
	}, func(base string) {
		fmt.Fprintf(c.Out, "Serving FHIR R4 at %s\n", base)
	})
}

// serve listens, opens the store, has it prepared, and serves it until ctx ends. ready is called with the FHIR base URL once
// requests are answered.
func (s *Settings) serve(ctx context.Context, c console, prepare func(*store.Store) error, ready func(base string)) error {
	listener, err := s.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	log := s.logger(c.Err)
	st, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := prepare(st); err != nil {
		return err
	}
	go st.Follow(ctx, time.Second)
	return (&server{settings: s, store: st, log: log, ready: ready}).run(ctx, listener)
}

// warning is what --auth off says, loudly.
const warning = `
  *****************************************************************************
  *  --auth off: every program and person on this machine can read and change  *
  *  every record. Never use it with records of real people.                   *
  *****************************************************************************

`
