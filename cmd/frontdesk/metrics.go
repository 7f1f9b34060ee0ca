package main

import (
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/handlers/budget"
	"frontdesk/handlers/middleware"
	"frontdesk/store/audit"
	"frontdesk/store/sqlite"
)

// operational are the metrics of the server as a whole; those of requests are kept where these are answered. ready
// says why requests can't be answered; nil if they can.
func (s *server) operational(to *prometheus.Registry, memory *budget.Memory, ready func() error) {
	version := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "frontdesk_build_info", Help: "The program that runs. Always 1.",
		ConstLabels: prometheus.Labels{"version": versionText(), "goversion": runtime.Version()},
	}, func() float64 { return 1 })
	building := gauge("frontdesk_index_builds",
		"Indexes that are being made: of the database, and of search parameters.",
		func() float64 { return float64(len(s.store.Building())) })
	to.MustRegister(version, building, s.settings.timed,
		gauge("frontdesk_ready", "1 if requests can be answered, as /readyz says; else 0.", func() float64 {
			if ready() != nil {
				return 0
			}
			return 1
		}),
		gauge("frontdesk_memory_in_flight_bytes", "Memory held by the bodies and answers of requests in flight.",
			func() float64 { return float64(memory.Held()) }),
		gauge("frontdesk_memory_in_flight_limit_bytes", "What they may hold together: --memory-in-flight.",
			func() float64 { return float64(memory.Most()) }))
	if at, err := s.settings.place(); err == nil && at.folder != "" {
		to.MustRegister(folder(at.folder))
	}
	if s.guard != nil {
		to.MustRegister(
			gauge("frontdesk_audit_queue_events", "Events that wait to be committed to the audit chain.",
				func() float64 { queued, _ := s.guard.audit.Backlog(); return float64(queued) }),
			gauge("frontdesk_audit_unfiled_links",
				"Links of the audit chain of which this instance hasn't made AuditEvents yet.",
				func() float64 { _, links := s.guard.audit.Backlog(); return float64(links) }))
	}
}

// gauge is a metric that is asked when it is collected.
func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
}

// throttled collects how many requests were told to wait, and why. guard is nil where nobody signs in.
type throttled struct {
	memory *budget.Memory
	rate   *budget.Rate
	guard  *guard
}

var throttledRequests = prometheus.NewDesc("frontdesk_throttled_requests_total",
	"Requests that were told to wait: rate (an app asks too much for a person), memory (none is free for it), "+
		"authorize (too many from an address) or sign_in (too many failed).", []string{"reason"}, nil)

// Describe is part of prometheus.Collector.
func (*throttled) Describe(to chan<- *prometheus.Desc) { to <- throttledRequests }

// Collect is part of prometheus.Collector.
func (t *throttled) Collect(to chan<- prometheus.Metric) {
	counts := map[string]int64{"rate": t.rate.Refused(), "memory": t.memory.Refused()}
	if t.guard != nil {
		counts["authorize"], counts["sign_in"] = t.guard.Throttled(), t.guard.throttled.Load()
	}
	for reason, n := range counts {
		to <- prometheus.MustNewConstMetric(throttledRequests, prometheus.CounterValue, float64(n), reason)
	}
}

// counted records an event of the authorization server, and counts it: who signs in, which tokens are given, what is
// refused or throttled. Labels name no person and no app.
func (g *guard) counted(
	to prometheus.Registerer, record func(context.Context, audit.Event) error,
) func(context.Context, audit.Event) error {
	events := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "frontdesk_auth_events_total", Help: "Sign-ins, tokens, consents, launches and revocations, by what became of them: ok, refused or throttled.",
	}, []string{"event", "outcome"})
	to.MustRegister(events)
	for _, what := range []string{audit.Login, audit.Logout, audit.Token, audit.Consent, audit.Revocation, audit.Launch} {
		events.WithLabelValues(what, "ok") // so that a graph begins at 0
	}
	return func(ctx context.Context, e audit.Event) error {
		outcome := "ok"
		switch {
		case e.Status == http.StatusTooManyRequests:
			outcome = "throttled"
			if e.What == audit.Login {
				g.throttled.Add(1)
			}
		case e.Status >= http.StatusBadRequest:
			outcome = "refused"
		}
		events.WithLabelValues(e.What, outcome).Inc()
		middleware.Told(ctx)
		return record(ctx, e)
	}
}

// folder collects how large the files of an embedded store are, and how much room its disk has left.
type folder string

var (
	storeBytes = prometheus.NewDesc("frontdesk_store_bytes", "Size of a file of the embedded store: database, wal (what isn't in the database yet), shm or other.", []string{"file"}, nil)
	storeFree  = prometheus.NewDesc("frontdesk_store_disk_free_bytes", "Room left on the disk of the embedded store.", nil, nil)
)

// Describe is part of prometheus.Collector.
func (folder) Describe(to chan<- *prometheus.Desc) {
	to <- storeBytes
	to <- storeFree
}

// Collect is part of prometheus.Collector.
func (f folder) Collect(to chan<- prometheus.Metric) {
	sizes := map[string]int64{"database": 0, "wal": 0}
	entries, _ := os.ReadDir(string(f)) // a folder that is gone is told of by /readyz
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		sizes[part(e)] += info.Size()
	}
	for name, size := range sizes {
		to <- prometheus.MustNewConstMetric(storeBytes, prometheus.GaugeValue, float64(size), name)
	}
	if free, known := freeBytes(string(f)); known {
		to <- prometheus.MustNewConstMetric(storeFree, prometheus.GaugeValue, float64(free))
	}
}

// part names a file of the store.
func part(e fs.DirEntry) string {
	name, ours := strings.CutPrefix(filepath.Base(e.Name()), sqlite.DatabaseFile)
	switch {
	case ours && name == "":
		return "database"
	case ours && name == "-wal":
		return "wal"
	case ours && name == "-shm":
		return "shm"
	}
	return "other"
}
