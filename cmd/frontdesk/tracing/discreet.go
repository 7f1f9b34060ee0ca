package tracing

import (
	"context"
	"log/slog"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"frontdesk/handlers/middleware"
	"frontdesk/store/traced"
)

// shown are the attributes that go with a span. None can hold a path, a query, an id, an address or a text: whoever
// makes a span, ours or a library's, what isn't listed here stays.
var shown = map[attribute.Key]bool{
	semconv.HTTPRequestMethodKey: true, semconv.HTTPResponseStatusCodeKey: true, semconv.HTTPRouteKey: true,
	semconv.HTTPRequestBodySizeKey: true, semconv.HTTPResponseBodySizeKey: true,
	semconv.URLSchemeKey: true, semconv.NetworkProtocolVersionKey: true,
	semconv.DBSystemNameKey: true, semconv.DBOperationNameKey: true, semconv.DBOperationBatchSizeKey: true,
	semconv.DBResponseReturnedRowsKey: true,
	middleware.SpanReference:          true, traced.Type: true,
}

// shownOf are those that go with a span of a request that we send: where it went, which of one that we get is the
// client's own text.
var shownOf = map[trace.SpanKind]map[attribute.Key]bool{
	trace.SpanKindClient: {semconv.ServerAddressKey: true, semconv.ServerPortKey: true},
}

// Discreet is an exporter that hands on of spans only what is nobody's: names, times, and the attributes that are
// known to be harmless.
func Discreet(to sdk.SpanExporter, log *slog.Logger) sdk.SpanExporter {
	return &discreet{SpanExporter: to, log: log}
}

type discreet struct {
	sdk.SpanExporter
	log    *slog.Logger
	failed atomic.Bool // the last time
}

// ExportSpans hands spans on. That they can't be sent is logged when it begins and ends, and keeps nobody from
// anything.
func (d *discreet) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	bare := make([]sdk.ReadOnlySpan, len(spans))
	for i, s := range spans {
		bare[i] = span{s}
	}
	err := d.SpanExporter.ExportSpans(ctx, bare)
	if was := d.failed.Swap(err != nil); err != nil && !was {
		d.log.Warn("traces can't be sent: is the collector at OTEL_EXPORTER_OTLP_ENDPOINT up?", "error", err)
	} else if err == nil && was {
		d.log.Info("traces are sent again")
	}
	return nil
}

// span is a span without what may be somebody's.
type span struct{ sdk.ReadOnlySpan }

// Attributes are those that are shown.
func (s span) Attributes() (out []attribute.KeyValue) {
	for _, a := range s.ReadOnlySpan.Attributes() {
		if shown[a.Key] || shownOf[s.SpanKind()][a.Key] {
			out = append(out, a)
		}
	}
	return out
}

// Events are none: they hold the texts of errors.
func (span) Events() []sdk.Event { return nil }

// Links are none.
func (span) Links() []sdk.Link { return nil }

// Status is that of the span without its text.
func (s span) Status() sdk.Status { return sdk.Status{Code: s.ReadOnlySpan.Status().Code} }

// SpanContext is that of the span without what the client sent in tracestate.
func (s span) SpanContext() trace.SpanContext {
	return s.ReadOnlySpan.SpanContext().WithTraceState(trace.TraceState{})
}

// Parent is that of the span without what the client sent in tracestate.
func (s span) Parent() trace.SpanContext {
	return s.ReadOnlySpan.Parent().WithTraceState(trace.TraceState{})
}
