package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"frontdesk/cmd/frontdesk/tracing"
	"frontdesk/store"
)

// serveCommand serves the store.
type serveCommand struct {
	New bool `help:"Make a new store if there is none at --store yet."`
}

// Run serves until SIGTERM.
func (serve serveCommand) Run(ctx context.Context, s *Settings, c console) error {
	s.mayMake = serve.New
	return s.serve(ctx, c, &server{smart: s.Auth == "smart", open: s.Auth == "off", ready: func(base string) {
		fmt.Fprintf(c.Out, "Serving FHIR R4 at %s\n", base)
	}}, func(*store.Store) error {
		if s.Auth == "off" {
			fmt.Fprint(c.Err, warning)
		}
		return nil
	})
}

// serve listens, opens the store, has it prepared, and has a server serve it until ctx ends.
func (s *Settings) serve(ctx context.Context, c console, by *server, prepare func(*store.Store) error) error {
	listener, err := s.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	log := s.logger(c.Err)
	traces, err := tracing.FromEnvironment(ctx, versionText(), log)
	if err != nil {
		return err
	}
	if s.traces = traces; traces != nil {
		defer endTraces(ctx, traces)
	}
	st, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := prepare(st); err != nil {
		return err
	}
	go st.Follow(ctx, time.Second)
	s.collectEarly()
	by.settings, by.store, by.log = s, st, log
	if by.last != nil {
		defer by.last()
	}
	return by.run(ctx, listener)
}

// lastTraces is how long the collector may take for the last spans.
const lastTraces = 3 * time.Second

// endTraces sends what is left to send.
func endTraces(ctx context.Context, traces *sdk.TracerProvider) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTraces)
	defer cancel()
	traces.Shutdown(late)
}

// besides is the memory of the Go program beside what is in flight and what is cached; SQLite has its own beside that.
const besides = 32 << 20

// collectEarly has garbage collected before it takes as much as what is in use, when that is much: else the memory in
// flight would be exceeded twice over by what is left of requests that were answered. Who sets GOMEMLIMIT has decided.
func (s *Settings) collectEarly() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(int64(s.InFlight) + int64(s.Cache) + besides)
	}
}

// warning is what --auth off says, loudly.
const warning = `
  *****************************************************************************
  *  --auth off: every program and person on this machine can read and change  *
  *  every record. Never use it with records of real people.                   *
  *****************************************************************************

`
