// Package load drives a FHIR server: a lean HTTP client, and a closed loop of
// workers that send what a Workload tells them and record what comes back.
//
// The loop is closed: a worker sends its next request when the one before has
// been answered. Latencies are therefore those of N callers who wait for their
// answers, not of arrivals at a fixed rate.
//
// What may not live here: what the requests mean (package workload), and how
// results are shown (package report).
package load
