package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"frontdesk/cmd/frontdesk/operator"
	"frontdesk/cmd/frontdesk/transfer"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/mongo"
	"frontdesk/store/rules"
	"frontdesk/store/sqlite"
	"frontdesk/store/timed"
	"frontdesk/store/traced"
)

// logger writes to w as the settings say.
func (s *Settings) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(s.LogLevel)) // one of the flag's enum, so it can't fail
	o := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// open opens the store that the settings name. The caller closes it. Who serves must have listened before: the base
// URL, by which the store knows its own references, may depend on the port.
func (s *Settings) open(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	return s.openStore(ctx, log, false)
}

// openBeside opens it though a server has it open: then resources can be read, and accounts, apps and keys changed.
func (s *Settings) openBeside(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	return s.openStore(ctx, log, true)
}

// host is what the operator's commands need of the program.
func (s *Settings) host(c console) operator.Host {
	log := s.logger(c.Err)
	return operator.Host{
		Open: func(ctx context.Context) (*store.Store, error) { return s.openBeside(ctx, log) },
		Base: s.base(), Log: log, In: c.In, Out: c.Out, Err: c.Err,
	}
}

func (s *Settings) openStore(ctx context.Context, log *slog.Logger, beside bool) (*store.Store, error) {
	registry, err := spec.Load()
	if err != nil {
		return nil, err
	}
	at, err := s.place()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, err
	}
	if err := s.there(at); err != nil {
		return nil, err
	}
	backend, err := s.openBackend(ctx, log, at, registry, beside)
	if err != nil {
		return nil, err
	}
	if err := finished(ctx, backend); err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	backend, s.timed = timed.Backend(backend, at.system())
	if s.traces != nil {
		backend = traced.Backend(backend, s.traces, at.system())
	}
	o := store.Options{Base: s.base(), Zone: zone, Limits: s.codec(), MaxIncludes: s.MaxIncludes, Logger: log}
	if at.folder != "" {
		o.Totals = s.CountTo
	}
	o.Rules = rules.All(rules.Options{Base: s.base(), Registry: registry, Records: backend.Records(), Zone: zone,
		Imports: transfer.Namespace, References: s.References == "enforce",
		Characters: s.OnlineSize, Daily: rules.Quota{Writes: s.OnlineCount, Bytes: int(s.OnlineBytes)}})
	return store.Open(backend, registry, o), nil
}

// openBackend opens what is at a place.
func (s *Settings) openBackend(ctx context.Context, log *slog.Logger, at place, r *spec.Registry, beside bool) (store.Backend, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, err
	}
	if at.folder != "" {
		return sqlite.Open(ctx, at.folder, r, sqlite.Options{Logger: log, Base: s.base(), Zone: zone, MaxCost: s.MaxCost, RecentBytes: int(s.Cache), Beside: beside})
	}
	// Any number may have it open.
	return mongo.Open(ctx, at.uri, r, mongo.Options{Logger: log, Base: s.base(), Zone: zone, MaxCost: s.MaxCost, Secondaries: s.Secondaries})
}
