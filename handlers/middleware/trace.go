package middleware

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"frontdesk/store/traced"
)

// SpanReference is the attribute of a span that has the support reference.
const SpanReference = attribute.Key("frontdesk.reference")

// settings are the settings of what makes spans: only the trace's ids are taken from who asks and passed on to whom
// we ask (W3C Trace Context), no baggage, which could hold anything. Metrics we keep ourselves.
func settings(by trace.TracerProvider) []otelhttp.Option {
	return []otelhttp.Option{
		otelhttp.WithTracerProvider(by),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return method(r.Method) }),
	}
}

// Trace makes a span of each request, in the trace of who sent it. OpenTelemetry's instrumentation writes the path
// and the client's address on it, so an exporter has to leave them out.
func Trace(by trace.TracerProvider, next http.Handler) http.Handler {
	return otelhttp.NewMiddleware("", settings(by)...)(next)
}

// Outgoing makes a span of each request that we send, and passes the trace on. base sends it; http.DefaultTransport
// if it is nil.
func Outgoing(by trace.TracerProvider, base http.RoundTripper) http.RoundTripper {
	return otelhttp.NewTransport(base, settings(by)...)
}

// Span ties the span of a request, which Trace has made, to its line in the log: the one has the support reference,
// the other the id of the trace. It calls the span what the log and the metrics call the request.
func Span(c *gin.Context) {
	span, notes := trace.SpanFromContext(c.Request.Context()), NotesOf(c)
	if at := span.SpanContext(); at.IsValid() {
		notes.Trace = at.TraceID().String()
	}
	c.Next()
	if !span.IsRecording() {
		return
	}
	span.SetName(method(c.Request.Method) + " " + route(c))
	span.SetAttributes(semconv.HTTPRoute(route(c)), SpanReference.String(notes.Reference))
	if notes.Type != "" {
		span.SetAttributes(traced.Type.String(notes.Type))
	}
}
