package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/dustin/go-humanize"

	"frontdesk/fhir"
	"frontdesk/handlers"
	"frontdesk/store"
)

// errStopping is why a server that was told to stop isn't ready.
var errStopping = errors.New("the server is stopping")

// reason is what anybody may read of an error. The cause is for the log.
func reason(err error) string {
	var e *fhir.Error
	if errors.As(err, &e) && len(e.Issues) > 0 {
		return e.Issues[0].Text
	}
	return err.Error()
}

// whyNotReady is the first of what keeps requests from being answered, nil if nothing does. It is logged when it begins
// and ends.
func (s *server) whyNotReady(ctx, request context.Context, api *handlers.Server) error {
	if ctx.Err() != nil {
		return errStopping
	}
	why := s.guard.ready()
	if why == nil {
		why = api.Ready(request)
	}
	if was := s.unready.Swap(why != nil); why != nil && !was {
		s.log.Error("not ready", "error", why)
	} else if why == nil && was {
		s.log.Info("ready again")
	}
	return why
}

// retryReady is when who found the server not ready may ask again, in seconds.
const retryReady = "5"

// readiness answers /readyz: 200 if requests can be answered, else why they can't, and what is still being built. An
// index of the database that isn't there yet keeps the server from being ready; one of new search parameters only keeps
// those from being offered.
func readiness(w http.ResponseWriter, building []store.Building, why error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	blocked := slices.ContainsFunc(building, func(b store.Building) bool { return b.Blocks })
	if why == nil && !blocked {
		fmt.Fprintln(w, "ready")
	} else {
		w.Header().Set("Retry-After", retryReady)
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "not ready")
		if why != nil {
			fmt.Fprintln(w, reason(why))
		}
	}
	for _, b := range building {
		fmt.Fprintf(w, "building %s", b.What)
		if b.Total > 0 {
			fmt.Fprintf(w, ": %s of %s", humanize.Comma(b.Done), humanize.Comma(b.Total))
		}
		fmt.Fprintln(w)
	}
}
