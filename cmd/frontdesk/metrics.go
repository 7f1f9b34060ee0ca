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

	"frontdesk/store/audit"
	"frontdesk/store/sqlite"
)

// operational are the metrics of the server as a whole; those of requests are kept where these are answered.
func (s *server) operational(to *prometheus.Registry) {
	version := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "frontdesk_build_info", Help: "The program that runs. Always 1.",
		ConstLabels: prometheus.Labels{"version": versionText(), "goversion": runtime.Version()},
	}, func() float64 { return 1 })
	building := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "frontdesk_index_builds", Help: "Indexes that are being made: of the database, and of search parameters.",
	}, func() float64 { return float64(len(s.store.Building())) })
	to.MustRegister(version, building)
	if at, err := s.settings.place(); err == nil && at.folder != "" {
		to.MustRegister(folder(at.folder))
	}
	if s.guard != nil {
		to.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "frontdesk_audit_queue_events", Help: "Events that wait to be committed to the audit chain.",
		}, func() float64 { queued, _ := s.guard.audit.Backlog(); return float64(queued) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "frontdesk_audit_unfiled_links", Help: "Links of the audit chain of which this instance hasn't made AuditEvents yet.",
			}, func() float64 { _, links := s.guard.audit.Backlog(); return float64(links) }))
	}
}

// counted records an event of the authorization server, and counts it: who signs in, which tokens are given, what is refused or throttled. Labels
// name no person and no app.
func counted(to prometheus.Registerer, record func(context.Context, audit.Event) error) func(context.Context, audit.Event) error {
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
		case e.Status >= http.StatusBadRequest:
			outcome = "refused"
		}
		events.WithLabelValues(e.What, outcome).Inc()
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
