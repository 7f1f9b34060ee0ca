// Package measure records what happened to requests and sums it up.
//
// What lives here: Recorder (one per worker, so that recording never waits on a
// lock), and Summary (percentiles, rates and errors of merged recorders).
//
// What may not: HTTP, FHIR, and presentation.
package measure
