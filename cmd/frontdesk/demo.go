package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frontdesk/cmd/frontdesk/practice"
	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/search"
	"frontdesk/handlers/smart"
	"frontdesk/store"
)

// neighbours are the patients of the second practice.
const neighbours = 3

// demoCommand serves a made-up practice, and a second one beside it.
type demoCommand struct {
	Folder   string `type:"path" help:"Keep the practice in this folder, and use the one that is there. Default: a temporary one, removed at the end."`
	Patients int    `default:"100" help:"How many patients the practice has."`
	Seed     uint64 `default:"1" help:"Another number makes another practice."`
}

// BeforeApply says, before the settings are looked at, that they are for a practice in which nobody is real.
func (d *demoCommand) BeforeApply(s *Settings) error {
	s.madeUp, s.mayMake = true, true
	return nil
}

// Run makes the practice, serves it and says what to try.
func (d *demoCommand) Run(ctx context.Context, s *Settings, c console) error {
	if d.Patients < 1 || d.Patients > practice.MaxPatients {
		return fmt.Errorf("--patients must be from 1 to %d", practice.MaxPatients)
	}
	s.Auth, s.StaffMFA = "off", "off"
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
	accounts, err := practice.Accounts(practice.Options{Patients: d.Patients, Neighbours: neighbours})
	if err != nil {
		return err
	}
	s.Store = "sqlite:" + filepath.Clean(d.Folder)
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	f := filling{demo: d, settings: s, console: c, ended: make(chan struct{})}
	close(f.ended) // until it begins there is nothing to wait for
	err = s.serve(ctx, c, &server{smart: true, open: true, people: madeUp(accounts), ready: func(base string) {
		auth := smart.AuthURL(base)
		fmt.Fprintf(c.Out, demoText, base, practice.ReadyPatient, auth, demoClient.ID, demoClient.Scopes, demoPassword, demoSafer,
			strings.TrimSuffix(auth, "auth"))
		listAccounts(c.Out, accounts)
		f.begin(ctx, fail)
	}, last: func() { <-f.ended }}, func(st *store.Store) error {
		f.store = st
		f.made, err = d.begun(ctx, st)
		if err != nil {
			return err
		}
		return admit(ctx, st, accounts)
	})
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// filling brings the practice while it is served already.
type filling struct {
	demo     *demoCommand
	settings *Settings
	console  console
	store    *store.Store
	made     made
	ended    chan struct{}
}

// begin fills beside the server, and says when the practice is whole. What goes wrong ends the demo.
func (f *filling) begin(ctx context.Context, fail context.CancelCauseFunc) {
	f.ended = make(chan struct{})
	if !f.made.Whole {
		fmt.Fprintln(f.console.Out, "\nIt is being filled: the staff first, then the appointment book, then one patient after another. You can look already.")
	}
	go func() {
		defer close(f.ended)
		if err := f.demo.fill(ctx, f.settings, f.store, f.made, f.console); err != nil {
			fail(err)
			return
		}
		fmt.Fprintf(f.console.Out, "\nThe practice is whole: %d patients.\n", f.made.Patients)
	}()
}

// made is what a folder remembers of the practice in it. Without it, filling the folder on another day would move the
// appointment book under the appointments that were booked meanwhile.
type made struct {
	Seed     uint64
	Patients int
	Beside   int    `json:",omitempty"` // patients of the second practice; 0: it was made before there was one
	Day      string // in London, as 2026-05-01
	Until    string // the first day that isn't in the appointment book
	Whole    bool
}

// options say which practice it is.
func (m made) options() (practice.Options, error) {
	day, err := time.Parse(time.DateOnly, m.Day)
	return practice.Options{Seed: m.Seed, Patients: m.Patients, Neighbours: m.Beside, Now: day.Add(12 * time.Hour)}, err
}

// Where a store keeps made.
const (
	madeNamespace = "demo"
	madeKey       = "practice"
)

// fill makes the practice, unless it is there: then only its appointment book is carried on. One that was left half
// made is completed as it was begun.
func (d *demoCommand) fill(ctx context.Context, s *Settings, st *store.Store, m made, c console) error {
	o, err := m.options()
	if err != nil {
		return err
	}
	if m.Whole {
		fmt.Fprintf(c.Err, "Using the practice in %s as it is, made on %s.\n", d.Folder, m.Day)
		return d.carryOn(ctx, s, st, m, o)
	}
	if err := d.bring(ctx, s, st, o, c); err != nil {
		return err
	}
	work, err := practice.Afterwards(o)
	if err == nil {
		err = s.staff(ctx, st, work)
	}
	if err != nil {
		return err
	}
	m.Whole, m.Until = true, practice.BookEnd(o.Now).Format(time.DateOnly)
	return m.save(ctx, st)
}

// bring imports the records.
func (d *demoCommand) bring(ctx context.Context, s *Settings, st *store.Store, o practice.Options, c console) error {
	bar := newMeter(c.Err, "demo practice", -1, inResources)
	im := s.importer(st, "demo")
	im.Strict, im.Progress = true, bar.add
	listed := faultList{out: c.Err, before: bar.clear}
	im.Report = listed.add
	_, err := im.Run(ctx, []transfer.Source{transfer.Generated("demo practice", func() (io.ReadCloser, error) { return bundles(o), nil })})
	bar.finish()
	return err
}

// carryOn puts the days into the appointment book that were too far ahead when it was made.
func (d *demoCommand) carryOn(ctx context.Context, s *Settings, st *store.Store, m made, o practice.Options) error {
	until, err := time.Parse(time.DateOnly, m.Until)
	if err != nil {
		return err
	}
	now := time.Now()
	pages, err := practice.Extend(o, until, now)
	if err != nil || len(pages) == 0 {
		return err
	}
	if err := s.staff(ctx, st, pages); err != nil {
		return err
	}
	m.Until = practice.BookEnd(now.In(search.London())).Format(time.DateOnly)
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
	x := transfer.Exporter{Session: st.As(access.Everything("demo"), store.Unobserved)}
	n, err := x.Count(ctx, types)
	if err == nil && n > 0 {
		err = fmt.Errorf("%s holds records that aren't the demo's. Choose another folder, so that nobody takes its made-up patients for real", d.Folder)
	}
	if err != nil {
		return m, err
	}
	m = made{Seed: d.Seed, Patients: d.Patients, Beside: neighbours,
		Day: time.Now().In(search.London()).Format(time.DateOnly)}
	return m, m.save(ctx, st)
}

func (m made) save(ctx context.Context, st *store.Store) error {
	value, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = st.As(access.Everything("demo"), store.Unobserved).Transact(ctx, nil, store.RecordWrite{Namespace: madeNamespace, Key: madeKey, Value: value, Revision: -1})
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

// demoText is shown when the practice is open: %[1]s is the base URL, %[2]s the id of a patient with a full record,
// %[3]s the authorization server, %[4]s the client_id of the app and %[5]s what it may be granted, %[6]s the password
// of all accounts and %[7]s the second one, %[8]s the start page. The list of accounts follows.
const demoText = `
The demo practice is open: Wexbridge Medical Practice, and on the same server a second one, Eastmere Surgery. Neither
sees anything of the other. Everyone in them is made up. Stop it with Ctrl-C.

  In a browser       %[8]s  sign in as any of them by one click, and look
  FHIR R4 base URL   %[1]s

Try, in another terminal:

  curl '%[1]s/Patient/%[2]s?_pretty=true'
  curl '%[1]s/Observation?patient=%[2]s&category=laboratory&_sort=-date&_count=5&_pretty=true'
  curl '%[1]s/Slot?status=free&_include=Slot:schedule&_include:iterate=Schedule:actor&_count=3&_pretty=true'

On this machine all that needs no token. With one, a request sees what the token allows. An app gets it by SMART App Launch:

  Authorize          %[3]s/authorize
  Token              %[3]s/token
  Client             %[4]s, a public one, at http://localhost:3000/ or http://localhost:3000/callback
  Scopes             %[5]s
  Apps with access   %[3]s/manage

Sign in with the password %[6]s; for a safer view, with %[7]s. Who is who, and what each shows:

`
