package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"frontdesk/handlers/middleware"
)

// traceparent is a trace of somebody who asks us (W3C Trace Context 3.2).
const (
	traceID     = "4bf92f3577b34da6a3ce929d0e0e4736"
	traceparent = "00-" + traceID + "-00f067aa0ba902b7-01"
)

// TestC10_ATraceIsTakenAndPassedOn, and baggage isn't, which could hold anything.
func TestC10_ATraceIsTakenAndPassedOn(t *testing.T) {
	var got http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer other.Close()
	spans := tracetest.NewInMemoryExporter()
	by := sdk.NewTracerProvider(sdk.WithSyncer(spans))
	client := &http.Client{Transport: middleware.Outgoing(by, nil)}
	h := middleware.Trace(by, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		q, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), "GET", other.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}))
	ask(h, "GET", "/fhir/Patient/1", "Traceparent: "+traceparent, "Baggage: patient=1")
	made := spans.GetSpans()
	if len(made) != 2 {
		t.Fatalf("%d spans are made", len(made))
	}
	sent, answered := made[0], made[1]
	if answered.SpanContext.TraceID().String() != traceID || answered.Parent.SpanID().String() != "00f067aa0ba902b7" {
		t.Errorf("the request is of trace %s, span %s", answered.SpanContext.TraceID(), answered.Parent.SpanID())
	}
	if sent.Parent.SpanID() != answered.SpanContext.SpanID() {
		t.Error("what is asked of others is no part of the request")
	}
	if want := "00-" + traceID + "-" + sent.SpanContext.SpanID().String() + "-01"; got.Get("Traceparent") != want {
		t.Errorf("passed on is %q", got.Get("Traceparent"))
	}
	if got.Get("Baggage") != "" {
		t.Errorf("the client's baggage is passed on: %q", got.Get("Baggage"))
	}
}
