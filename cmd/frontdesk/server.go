package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"frontdesk/cmd/frontdesk/certificate"
	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/handlers/budget"
	"frontdesk/handlers/pages"
	"frontdesk/handlers/pages/welcome"
	"frontdesk/store"
	"frontdesk/store/online"
)

// server serves a store until its context ends.
type server struct {
	settings *Settings
	store    *store.Store
	log      *slog.Logger
	smart    bool // there are tokens
	open     bool // nobody needs one
	// ready is called with the FHIR base URL once requests are accepted.
	ready func(base string)
	// last is waited for before the store is closed; nil for nothing.
	last func()
	// people are those of the demo whom anybody may be at a click.
	people []welcome.Person

	shell    *pages.Shell          // of what people see
	api      *handlers.Server      // nil until it is made
	guard    *guard                // nil without smart
	metrics  prometheus.Registerer // of this server
	gathered prometheus.Gatherer
	unready  atomic.Bool // /readyz said no the last time
}

// listen takes the address. A port of 0 becomes, in the settings too, the one that was free.
func (s *Settings) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return nil, fmt.Errorf("can't listen on %s: %w. Is another program using it? Choose another with --listen", s.Listen, err)
	}
	host, _, _ := net.SplitHostPort(s.Listen) // Validate has looked at it
	s.Listen = net.JoinHostPort(host, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	return l, nil
}

// run serves and, when ctx ends, says for as long as --notice that it isn't ready, and then lets the requests in flight
// finish for as long as --drain.
func (s *server) run(ctx context.Context, listener net.Listener) (err error) {
	handler, err := s.handler(ctx)
	defer func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settings.Drain)
		defer cancel()
		if s.api != nil {
			s.api.Close()
		}
		err = errors.Join(err, s.guard.close(late))
	}()
	if err != nil {
		return err
	}
	h := s.settings.limits().HTTP(handler)
	if s.settings.TLSCert != "" {
		keeper, err := certificate.Load(s.settings.TLSCert, s.settings.TLSKey, s.log, time.Now)
		if err != nil {
			return err
		}
		h.TLSConfig = keeper.Config()
	}
	// Clients' broken connections are no errors of ours.
	h.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
	s.serveMetrics(ctx)
	failed := make(chan error, 1)
	go func() { failed <- serveOn(h, netutil.LimitListener(listener, s.settings.MaxConns)) }()
	at, err := s.settings.place()
	if err != nil {
		return err
	}
	s.log.Info("serving", "base", s.settings.base(), "store", at, "auth", s.settings.Auth, "version", versionText())
	s.ready(s.settings.base())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.log.Info("stopping: requests in flight may finish", "notice", s.settings.Notice, "drain", s.settings.Drain)
	h.SetKeepAlivesEnabled(false)
	select {
	case err := <-failed:
		return err
	case <-time.After(s.settings.Notice):
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.settings.Drain)
	defer cancel()
	if err := h.Shutdown(drain); err != nil {
		h.Close()
		return errors.New("some requests took longer than --drain and were cut off")
	}
	return nil
}

// handler puts the FHIR API and the operator's pages on one port.
func (s *server) handler(ctx context.Context) (http.Handler, error) {
	zone, err := time.LoadLocation(s.settings.Zone)
	if err != nil {
		return nil, err
	}
	metrics := prometheus.NewRegistry()
	s.metrics, s.gathered = metrics, metrics
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	o := handlers.Options{
		Store:   s.store,
		Grant:   func(*http.Request) (access.Grant, error) { return anyone, nil },
		Base:    s.settings.base(),
		Address: s.settings.proxies().Client,
		// What the rules AuditTrail and NoSubscriptions refuse.
		Without: map[string][]string{"AuditEvent": {"update", "patch", "delete"}, "Subscription": {"create", "update", "patch"}},
		Limits:  s.settings.limits(),
		Zone:    zone,
		Log:     s.log,
		Metrics: metrics,
		Version: versionText(),
		Memory:  budget.NewMemory(int64(s.settings.InFlight)),
		Rate:    budget.NewRate(float64(s.settings.Rate), s.settings.RateBurst, nil),
	}
	s.shell = s.newShell(zone)
	if s.smart {
		if s.guard, err = s.newGuard(ctx, zone); err != nil {
			return nil, err
		}
		s.guard.protect(&o, s.open)
	}
	if s.settings.traces != nil {
		o.Tracing = s.settings.traces
	}
	if err := online.MarkSuspended(ctx, s.store); err != nil {
		return nil, err
	}
	var api *handlers.Server
	s.operational(metrics, o.Memory, func() error { return s.whyNotReady(ctx, ctx, api) })
	metrics.MustRegister(&throttled{o.Memory, o.Rate, s.guard})
	o.Mounts = append(o.Mounts, s.probes(func(request context.Context) error { return s.whyNotReady(ctx, request, api) })...)
	site, viewer := s.newSite(func(request context.Context) error { return s.whyNotReady(ctx, request, api) },
		func() *handlers.Server { return api })
	o.Browser = viewer
	o.Mounts = append(o.Mounts, handlers.Mount{Paths: site.Paths(), Below: site.Below(), Handler: site,
		Route: site.Route, Fail: site.Fail})
	if s.guard != nil {
		o.Mounts = append(o.Mounts, handlers.Mount{
			Paths: s.guard.Paths(), Below: []string{s.guard.Below()}, Handler: s.guard, Fail: s.guard.Fail})
	}
	api, err = handlers.New(o)
	s.api = api
	return api, err
}

// probes are what an orchestrator asks: whether the process runs, and whether it can serve.
func (s *server) probes(whyNotReady func(context.Context) error) []handlers.Mount {
	probe := func(path string, answer http.HandlerFunc) handlers.Mount {
		return handlers.Mount{Methods: []string{http.MethodGet, http.MethodHead}, Paths: []string{path},
			Handler: answer, Unaudited: true}
	}
	return []handlers.Mount{
		probe("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }),
		probe("/readyz", func(w http.ResponseWriter, r *http.Request) {
			readiness(w, s.store.Building(), whyNotReady(r.Context()))
		}),
	}
}

// serveMetrics serves /metrics on a listener of its own, for they name apps and tell how much is done. That it can't is
// told, and stops nothing: a practice must not be shut because another program has the port.
func (s *server) serveMetrics(ctx context.Context) {
	if s.settings.MetricsListen == "" {
		return
	}
	l, err := net.Listen("tcp", s.settings.MetricsListen)
	if err != nil {
		s.log.Error("metrics are not served: choose another --metrics-listen", "error", err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.gathered, promhttp.HandlerOpts{}))
	h := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	context.AfterFunc(ctx, func() { h.Close() })
	go h.Serve(l)
	s.log.Info("serving metrics", "address", "http://"+l.Addr().String()+"/metrics")
}

// serveOn serves https if there's a certificate.
func serveOn(h *http.Server, l net.Listener) error {
	if h.TLSConfig != nil {
		return h.ServeTLS(l, "", "")
	}
	return h.Serve(l)
}
