package middleware

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts and times requests under OpenTelemetry's names (semantic conventions for HTTP servers), so that
// ready-made dashboards fit: http_server_request_duration_seconds and http_server_active_requests.
func Metrics(to prometheus.Registerer) gin.HandlerFunc {
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_server_request_duration_seconds",
		Help: "Duration of HTTP server requests.",
		// OpenTelemetry advises 5 ms and up; most of our answers are faster than that.
		Buckets: []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"http_request_method", "http_route", "http_response_status_code"})
	active := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "http_server_active_requests",
		Help: "Number of active HTTP server requests.",
	})
	failed := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "frontdesk_app_errors_total",
		Help: "Requests of each app that were answered with an error (the app is empty where it isn't known).",
	}, []string{"app", "http_response_status_code"})
	to.MustRegister(duration, active, failed)
	return func(c *gin.Context) {
		active.Inc()
		defer active.Dec()
		start := time.Now()
		c.Next()
		duration.WithLabelValues(method(c.Request.Method), route(c), strconv.Itoa(c.Writer.Status())).
			Observe(time.Since(start).Seconds())
		if status := c.Writer.Status(); status >= http.StatusBadRequest {
			failed.WithLabelValues(NotesOf(c).App, strconv.Itoa(status)).Inc()
		}
	}
}
