package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/handlers/smart"
	"frontdesk/store"
)

// demoCommand serves a made-up practice.
type demoCommand struct {
	Folder   string `type:"path" help:"Keep the practice in this folder, and use the one that is there. Default: a temporary one, removed at the end."`
	Patients int    `default:"300" help:"How many patients the practice has."`
	Seed     uint64 `default:"1" help:"Another number makes another practice."`
}

// Run makes the practice, serves it and says what to try.
func (d *demoCommand) Run(ctx context.Context, s *Settings, c console) error {
	if d.Patients < 1 || d.Patients > practice.MaxPatients {
		return fmt.Errorf("--patients must be from 1 to %d", practice.MaxPatients)
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
	return s.serve(ctx, c, &server{smart: true, open: true, ready: func(base string) {
		fmt.Fprintf(c.Out, demoText, base, practice.ReadyPatient, smart.AuthURL(base), demoPassword, demoClient.ID, demoClient.Scopes)
	}}, func(st *store.Store) error {
		if err := d.fill(ctx, s, st, c); err != nil {
			return err
		}
		return admit(ctx, st)
	})
}

// made is what a folder remembers of the practice in it. Without it, filling the folder on another day would move the appointment
// book under the appointments that were booked meanwhile.
type made struct {
	Seed     uint64
	Patients int
	Day      string // in London, as 2026-05-01
	Whole    bool
}

// Where a store keeps made.
const (
	madeNamespace = "demo"
	madeKey       = "practice"
)

// fill makes the practice, unless it is there. One that was left half made is completed as it was begun.
func (d *demoCommand) fill(ctx context.Context, s *Settings, st *store.Store, c console) error {
	m, err := d.begun(ctx, st)
	if err != nil {
		return err
	}
	if m.Whole {
		fmt.Fprintf(c.Err,
			"Using the practice in %s as it is. Its appointment book begins on %s; for a fresh one choose another folder.\n", d.Folder, m.Day)
		return nil
	}
	day, err := time.Parse(time.DateOnly, m.Day)
	if err != nil {
		return err
	}
	bar := newMeter(c.Err, "demo practice", -1, inResources)
	im := s.importer(st, "demo")
	im.Strict, im.Progress = true, bar.add
	listed := faultList{out: c.Err, before: bar.clear}
	im.Report = listed.add
	_, err = im.Run(ctx, []transfer.Source{transfer.Generated("demo practice", func() (io.ReadCloser, error) {
		return bundles(practice.Options{Seed: m.Seed, Patients: m.Patients, Now: day.Add(12 * time.Hour)}), nil
	})})
	bar.finish()
	if err != nil {
		return err
	}
	m.Whole = true
	return m.save(ctx, st)
}

// begun is the practice that the folder holds, or the new one that was begun in it now.
func (d *demoCommand) begun(ctx context.Context, st *store.Store) (made, error) {
	var m made
	record, err := st.Records().Get(ctx, madeNamespace, madeKey)
	if err == nil {
		if err := json.Unmarshal(record.Value, &m); err != nil {
			return m, fmt.Errorf("can't read what practice %s holds: %w. Choose another folder", d.Folder, err)
		}
		if m.Seed != d.Seed || m.Patients != d.Patients {
			return m, fmt.Errorf("%s holds the practice of --seed %d --patients %d. Ask for that one, or choose another folder", d.Folder, m.Seed, m.Patients)
		}
		return m, nil
	}
	if fhir.KindOf(err) != fhir.NotFound {
		return m, err
	}
	types, err := (&exportCommand{}).types(st.Registry())
	if err != nil {
		return m, err
	}
	x := transfer.Exporter{Session: st.As(access.Everything("demo"))}
	n, err := x.Count(ctx, types)
	if err == nil && n > 0 {
		err = fmt.Errorf("%s holds records that aren't the demo's. Choose another folder, so that nobody takes its made-up patients for real", d.Folder)
	}
	if err != nil {
		return m, err
	}
	m = made{Seed: d.Seed, Patients: d.Patients, Day: time.Now().In(search.London()).Format(time.DateOnly)}
	return m, m.save(ctx, st)
}

func (m made) save(ctx context.Context, st *store.Store) error {
	value, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = st.As(access.Everything("demo")).Transact(ctx, nil, store.RecordWrite{Namespace: madeNamespace, Key: madeKey, Value: value, Revision: -1})
	return err
}

// bundles is the practice as ndjson, made as it is read.
func bundles(o practice.Options) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		for json, err := range practice.Generate(o) {
			if err == nil {
				_, err = w.Write(append(json, '\n'))
			}
			if err != nil {
				w.CloseWithError(err)
				return
			}
		}
		w.Close()
	}()
	return r
}

// demoText is shown when the practice is open: %[1]s is the base URL, %[2]s the id of a patient with a full record, %[3]s the authorization
// server, %[4]s the password of all accounts, %[5]s the client_id of the app and %[6]s what it may be granted.
const demoText = `
The demo practice is open. Everyone in it is made up. Stop it with Ctrl-C.

  FHIR R4 base URL   %[1]s

Try, in another terminal:

  curl '%[1]s/Patient/%[2]s?_pretty=true'
  curl '%[1]s/Observation?patient=%[2]s&category=laboratory&_sort=-date&_count=5&_pretty=true'
  curl '%[1]s/Slot?status=free&_include=Slot:schedule&_include:iterate=Schedule:actor&_count=3&_pretty=true'

On this machine all that needs no token. With one, a request sees what the token allows. An app gets it by SMART App Launch:

  Authorize          %[3]s/authorize
  Token              %[3]s/token
  Client             %[5]s, a public one, at http://localhost:3000/ or http://localhost:3000/callback
  Scopes             %[6]s
  Sign in as         patient, parent or doctor, each with the password %[4]s
  Apps with access   %[3]s/manage

`
