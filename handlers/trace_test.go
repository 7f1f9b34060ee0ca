package handlers_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"frontdesk/handlers"
	"frontdesk/handlers/middleware"
	"frontdesk/store/traced"
)

// TestC10_ASpanAndItsLineInTheLogNameEachOther: the one has the support reference, the other the trace's id.
func TestC10_ASpanAndItsLineInTheLogNameEachOther(t *testing.T) {
	var log bytes.Buffer
	spans := tracetest.NewInMemoryExporter()
	c := newClient(t, func(o *handlers.Options) {
		o.Log, o.Tracing = slog.New(slog.NewJSONHandler(&log, nil)), sdk.NewTracerProvider(sdk.WithSyncer(spans))
	})
	for _, ask := range []struct{ method, path, span string }{
		{"GET", "/Patient/none", "GET /fhir/:type/:id"},
		{"GET", "/Patient?family=Adams", "GET /fhir/:type"},
		{"DELETE", "/Nonsense/at/all/of/it", "DELETE unmatched"},
		{"BREW", "/Patient", "_OTHER unmatched"},
	} {
		log.Reset()
		spans.Reset()
		got := c.do(ask.method, ask.path, "", "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
		made := spans.GetSpans()
		if len(made) != 1 || made[0].Name != ask.span {
			t.Fatalf("%s %s: the spans are %v", ask.method, ask.path, made)
		}
		if !strings.Contains(log.String(), `"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"`) {
			t.Errorf("%s %s: the log has no trace: %s", ask.method, ask.path, log.String())
		}
		if reference := value(made[0], middleware.SpanReference); reference != got.header.Get("X-Request-Id") {
			t.Errorf("%s %s: the span is of reference %q", ask.method, ask.path, reference)
		}
		if ask.path[1:8] == "Patient" && ask.method == "GET" && value(made[0], traced.Type) != "Patient" {
			t.Errorf("%s %s: the span is of no type", ask.method, ask.path)
		}
	}
}

// value is an attribute of a span; "" if it has none.
func value(s tracetest.SpanStub, key attribute.Key) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.AsString()
		}
	}
	return ""
}

// TestC10_WithoutTracingThereIsNoTrace: neither in the log nor at any cost.
func TestC10_WithoutTracingThereIsNoTrace(t *testing.T) {
	var log bytes.Buffer
	c := newClient(t, func(o *handlers.Options) { o.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	c.do("GET", "/Patient", "", "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is(200)
	if strings.Contains(log.String(), "trace_id") {
		t.Errorf("the log has %s", log.String())
	}
}
