package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"

	"frontdesk/fhir/access"
	"frontdesk/handlers"
	"frontdesk/store"
)

// server serves a store until its context ends.
type server struct {
	settings *Settings
	store    *store.Store
	log      *slog.Logger
	// ready is called with the FHIR base URL once requests are accepted.
	ready func(base string)
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

// run serves and, when ctx ends, says for as long as --notice that it isn't ready, and then lets the requests in flight finish for as
// long as --drain.
func (s *server) run(ctx context.Context, listener net.Listener) error {
	handler, err := s.handler(ctx)
	if err != nil {
		return err
	}
	h := s.settings.limits().HTTP(handler)
	// Clients' broken connections are no errors of ours.
	h.ErrorLog = slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(netutil.LimitListener(listener, s.settings.MaxConns)) }()
	s.log.Info("serving", "base", s.settings.base(), "store", s.settings.Store, "auth", s.settings.Auth, "version", versionText())
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
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	api, err := handlers.New(handlers.Options{
		Store:   s.store,
		Grant:   func(*http.Request) (access.Grant, error) { return access.Everything("anyone"), nil },
		Base:    s.settings.base(),
		Limits:  s.settings.limits(),
		Zone:    zone,
		Log:     s.log,
		Metrics: metrics,
		Version: versionText(),
	})
	if err != nil {
		return nil, err
	}
	pages := map[string]http.Handler{
		"/metrics": promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}),
		"/healthz": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }),
		"/readyz": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if ctx.Err() != nil || api.Ready(r.Context()) != nil {
				http.Error(w, "not ready", http.StatusServiceUnavailable)
				return
			}
			fmt.Fprintln(w, "ready")
		}),
	}
	// No http.ServeMux: it would answer odd paths by redirects of its own, and every answer shall be FHIR's.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page, ok := pages[r.URL.Path]; ok && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			page.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	}), nil
}
