package main

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/dustin/go-humanize"

	"frontdesk/store"
)

// readiness answers /readyz: 200 if requests can be answered, and what is still being built. An index of the database that isn't there
// yet keeps the server from being ready; one of new search parameters only keeps those from being offered.
func readiness(w http.ResponseWriter, building []store.Building, answers bool) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	blocked := slices.ContainsFunc(building, func(b store.Building) bool { return b.Blocks })
	if answers && !blocked {
		fmt.Fprintln(w, "ready")
	} else {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "not ready")
	}
	for _, b := range building {
		fmt.Fprintf(w, "building %s", b.What)
		if b.Total > 0 {
			fmt.Fprintf(w, ": %s of %s", humanize.Comma(b.Done), humanize.Comma(b.Total))
		}
		fmt.Fprintln(w)
	}
}
