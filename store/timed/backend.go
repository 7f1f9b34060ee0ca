package timed

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/store"
)

// The outcomes of an operation. That something isn't there is an answer.
const (
	answered = "ok"
	rejected = "rejected" // something was changed meanwhile; it is tried again
	refused  = "refused"  // by a *fhir.Error that says what to ask instead
	failed   = "failed"   // the store couldn't
)

// operations are those that are timed. Changes waits for news, and so isn't.
var operations = []string{"get", "find", "history", "apply"}

// Backend is a Backend whose operations are timed, and what collects that, under OpenTelemetry's name (semantic
// conventions for database clients). system is the database, as db.system.name has it: "sqlite" or "mongodb".
func Backend(b store.Backend, system string) (store.Backend, prometheus.Collector) {
	times := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:        "db_client_operation_duration_seconds",
		Help:        "Duration of operations of the store: get, find, history, apply (a commit).",
		ConstLabels: prometheus.Labels{"db_system_name": system},
		Buckets:     []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"db_operation_name", "outcome"})
	out := &backend{Backend: b, times: map[string]map[string]prometheus.Observer{}}
	for _, what := range operations {
		out.times[what] = map[string]prometheus.Observer{}
		for _, outcome := range []string{answered, rejected, refused, failed} {
			out.times[what][outcome] = times.WithLabelValues(what, outcome)
		}
	}
	return out, times
}

type backend struct {
	store.Backend
	times map[string]map[string]prometheus.Observer // by operation and outcome
}

// took takes down how long an operation took that began at a time.
func (b *backend) took(what string, began time.Time, err error) {
	b.times[what][outcome(err)].Observe(time.Since(began).Seconds())
}

func outcome(err error) string {
	var changed *store.Rejected
	switch kind := fhir.KindOf(err); {
	case err == nil, kind == fhir.NotFound:
		return answered
	case errors.As(err, &changed):
		return rejected
	case kind == fhir.Internal, kind == fhir.Unavailable, kind == fhir.TimedOut:
		return failed
	}
	return refused
}

// Get is timed.
func (b *backend) Get(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	began := time.Now()
	st, err := b.Backend.Get(ctx, key)
	b.took("get", began, err)
	return st, err
}

// GetUncached is timed as a get.
func (b *backend) GetUncached(ctx context.Context, key fhir.Key) (*fhir.Stored, error) {
	began := time.Now()
	st, err := b.Backend.GetUncached(ctx, key)
	b.took("get", began, err)
	return st, err
}

// Find is timed.
func (b *backend) Find(ctx context.Context, q *search.Query) (*store.Page, error) {
	began := time.Now()
	page, err := b.Backend.Find(ctx, q)
	b.took("find", began, err)
	return page, err
}

// History is timed.
func (b *backend) History(ctx context.Context, scope store.Scope) (*store.Page, error) {
	began := time.Now()
	page, err := b.Backend.History(ctx, scope)
	b.took("history", began, err)
	return page, err
}

// Apply is timed.
func (b *backend) Apply(ctx context.Context, batch store.Batch) ([]store.Result, error) {
	began := time.Now()
	results, err := b.Backend.Apply(ctx, batch)
	b.took("apply", began, err)
	return results, err
}
