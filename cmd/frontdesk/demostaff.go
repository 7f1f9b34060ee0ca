package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/store"
	"frontdesk/store/audit"
)

// staff sends Bundles to the FHIR API in turn, as a practice's own system does. Nothing is listening yet, so they don't
// go over the network; all else is as for any client, and the audit trail tells of it.
func (s *Settings) staff(ctx context.Context, st *store.Store, bundles [][]byte) (err error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	trail := audit.New(audit.Options{Store: st, Base: s.base(), Log: quiet, Elsewhere: true})
	defer func() { err = errors.Join(err, trail.Close(ctx)) }()
	api, err := handlers.New(handlers.Options{Store: st, Base: s.base(), Limits: s.limits(), Zone: zone, Log: quiet, Observer: trail,
		Grant: func(*http.Request) (access.Grant, error) { return access.Everything("demo"), nil }})
	if err != nil {
		return err
	}
	defer api.Close()
	for _, bundle := range bundles {
		if err := post(ctx, api, s.base(), bundle); err != nil {
			return err
		}
	}
	return nil
}

// answer is what an http.Handler writes.
type answer struct {
	header http.Header
	status int
	bytes.Buffer
}

// Header is for http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader is for http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// post sends a Bundle to the base URL. It is an error if any entry of it is refused.
func post(ctx context.Context, api http.Handler, base string, bundle []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base, bytes.NewReader(bundle))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/fhir+json")
	a := &answer{header: http.Header{}, status: http.StatusOK}
	api.ServeHTTP(a, r)
	var of struct {
		Entry []struct {
			Response struct {
				Status  string
				Outcome json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(a.Bytes(), &of); err != nil || a.status != http.StatusOK {
		return fmt.Errorf("the demo practice: %d %s (%w)", a.status, a.Bytes(), err)
	}
	for i, e := range of.Entry {
		if e.Response.Status == "" || e.Response.Status[0] != '2' {
			return fmt.Errorf("the demo practice: entry %d of a Bundle was answered with %s: %s", i, e.Response.Status, e.Response.Outcome)
		}
	}
	return nil
}
