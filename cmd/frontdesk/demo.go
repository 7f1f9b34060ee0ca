package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/search"
	"frontdesk/handlers/entries"
	"frontdesk/store"
)

// demoCommand serves a made-up practice.
type demoCommand struct {
	Folder   string `type:"path" help:"Keep the practice in this folder. Default: a temporary one, removed at the end."`
	Patients int    `default:"300" help:"How many patients the practice has."`
	Seed     uint64 `default:"1" help:"Another number makes another practice."`
}

// Run makes the practice, serves it and says what to try.
func (d *demoCommand) Run(ctx context.Context, s *Settings, c console) error {
	if d.Patients < 1 || d.Patients > 100_000 {
		return errors.New("--patients must be from 1 to 100,000")
	}
	s.Auth = "off"
	if err := s.Validate(); err != nil {
		return err
	}
	if d.Folder == "" {
		temporary, err := os.MkdirTemp("", "frontdesk-demo-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		d.Folder = temporary
	}
	s.Store = "sqlite:" + filepath.Clean(d.Folder)
	log := s.logger(c.Err)
	st, err := s.open(ctx, log)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := d.fill(ctx, s, st, c); err != nil {
		return err
	}
	return (&server{settings: s, store: st, log: log, ready: func(base string) { fmt.Fprintf(c.Out, demoText, base, practice.ReadyPatient) }}).run(ctx)
}

// fill loads the practice. Its entries are updates of known ids, so that filling a folder again changes no patient.
func (d *demoCommand) fill(ctx context.Context, s *Settings, st *store.Store, c console) error {
	bar := newMeter(c.Err, "demo practice", -1)
	session := st.As(access.Everything("demo"))
	for json, err := range practice.Generate(practice.Options{Seed: d.Seed, Patients: d.Patients, Now: time.Now()}) {
		if err != nil {
			return err
		}
		b, err := codec.DecodeBundle(json, codec.Limits{})
		if err != nil {
			return err
		}
		plan, err := entries.PlanBundle(st.Registry(), b, search.Options{Base: s.base()})
		if err != nil {
			return err
		}
		if _, err := session.Transact(ctx, plan.Changes); err != nil {
			return err
		}
		bar.add(int64(len(json)), len(plan.Changes))
	}
	bar.finish()
	return nil
}

// demoText is shown when the practice is open: %[1]s is the base URL, %[2]s the id of a patient with a full record.
const demoText = `
The demo practice is open. Everyone in it is made up. Stop it with Ctrl-C.

  FHIR R4 base URL   %[1]s

Try, in another terminal:

  curl '%[1]s/Patient/%[2]s?_pretty=true'
  curl '%[1]s/Observation?patient=%[2]s&category=laboratory&_sort=-date&_count=5&_pretty=true'
  curl '%[1]s/Slot?status=free&_include=Slot:schedule&_include:iterate=Schedule:actor&_count=3&_pretty=true'

`
