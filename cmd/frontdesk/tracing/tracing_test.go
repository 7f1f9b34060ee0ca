package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"frontdesk/handlers/middleware"
)

// TestC10_NothingOfAPersonGoesWithASpan, whatever a library writes on it.
func TestC10_NothingOfAPersonGoesWithASpan(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	by := sdk.NewTracerProvider(sdk.WithSyncer(Discreet(spans, slog.New(slog.DiscardHandler))))
	state, err := trace.ParseTraceState("app=ann")
	if err != nil {
		t.Fatal(err)
	}
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled, TraceState: state,
	}))
	_, s := by.Tracer("any").Start(ctx, "read", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("url.path", "/fhir/Patient/ann"), attribute.String("url.query", "name=ann"),
		attribute.String("client.address", "ann.example"), attribute.String("server.address", "ann.example"),
		attribute.String("user_agent.original", "ann"), attribute.String("http.request.method_original", "ann"),
		middleware.SpanReference.String("r-12345678")))
	s.RecordError(errors.New("ann"))
	s.SetStatus(codes.Error, "ann")
	s.End()
	asked := trace.WithAttributes(
		attribute.String("server.address", "login.example"), attribute.String("url.full", "https://ann"))
	_, s = by.Tracer("any").Start(t.Context(), "ask", trace.WithSpanKind(trace.SpanKindClient), asked)
	s.End()
	made := spans.GetSpans()
	for _, s := range made {
		if text := fmt.Sprintf("%+v", s); strings.Contains(text, "ann") {
			t.Errorf("a span tells %s", text)
		}
	}
	if len(made) != 2 || made[0].Status.Code != codes.Error ||
		len(made[0].Attributes) != 1 || len(made[1].Attributes) != 1 {
		t.Errorf("the spans are %v", made)
	}
}

// TestC10_TheStandardVariablesDecide whether spans are sent; what they say and can't be done stops the start by its
// name.
func TestC10_TheStandardVariablesDecide(t *testing.T) {
	const at = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"
	for _, ask := range []struct {
		set    string
		on     bool
		refuse string // what the error names
	}{
		{"", false, ""},
		{"OTEL_SERVICE_NAME=desk", false, ""},
		{at, true, ""},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:4318/v1/traces", true, ""},
		{"OTEL_TRACES_EXPORTER=otlp", true, ""},
		{at + " OTEL_TRACES_EXPORTER=none", false, ""},
		{at + " OTEL_SDK_DISABLED=true", false, ""},
		{at + " OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", true, ""},
		{at + " OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=0.1", true, ""},
		{"OTEL_TRACES_EXPORTER=zipkin", false, "OTEL_TRACES_EXPORTER"},
		{at + " OTEL_EXPORTER_OTLP_PROTOCOL=grpc", false, "http/protobuf"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318", false, "http://127.0.0.1:4318"},
		{at + " OTEL_TRACES_SAMPLER=sometimes", false, "parentbased_traceidratio"},
		{at + " OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=10%", false, "OTEL_TRACES_SAMPLER_ARG"},
	} {
		t.Run(ask.set, func(t *testing.T) {
			for _, pair := range strings.Fields(ask.set) {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv(name, value)
			}
			by, err := FromEnvironment(t.Context(), "test", slog.New(slog.DiscardHandler))
			if (by != nil) != ask.on || (err != nil) != (ask.refuse != "") {
				t.Fatalf("on is %v, error %v", by != nil, err)
			}
			if err != nil && !strings.Contains(err.Error(), ask.refuse) {
				t.Errorf("the error is %v", err)
			}
			if by != nil {
				by.Shutdown(context.WithoutCancel(t.Context()))
			}
		})
	}
}

// TestC10_ACollectorThatIsGoneIsToldOnce, and again when it's back.
func TestC10_ACollectorThatIsGoneIsToldOnce(t *testing.T) {
	var log strings.Builder
	to := &failing{err: errors.New("connection refused")}
	d := Discreet(to, slog.New(slog.NewTextHandler(&log, nil)))
	for _, err := range []error{to.err, to.err, nil, nil} {
		to.err = err
		if err := d.ExportSpans(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	if strings.Count(log.String(), "can't be sent") != 1 || strings.Count(log.String(), "sent again") != 1 {
		t.Errorf("the log is %s", log.String())
	}
}

// failing is an exporter that gives an error.
type failing struct {
	sdk.SpanExporter
	err error
}

func (f *failing) ExportSpans(context.Context, []sdk.ReadOnlySpan) error { return f.err }
