package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collected is what a collector of OTLP over HTTP was sent.
type collected struct {
	mu    sync.Mutex
	raw   bytes.Buffer
	of    map[string]string // of the service
	spans []*otlp.Span
}

// ServeHTTP takes spans as the protocol has it (OTLP 1.5, OTLP/HTTP).
func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var sent collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, resource := range sent.GetResourceSpans() {
		c.of = texts(resource.GetResource().GetAttributes())
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// texts are attributes, as text.
func texts(attributes []*common.KeyValue) map[string]string {
	out := map[string]string{}
	for _, a := range attributes {
		out[a.GetKey()] = a.GetValue().GetStringValue()
	}
	return out
}

// TestC10_SpansGoToACollector with nothing of a person, and say which question to the database was of which request.
func TestC10_SpansGoToACollector(t *testing.T) {
	c := &collected{}
	at := httptest.NewServer(c)
	defer at.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", at.URL)
	t.Setenv("OTEL_SERVICE_NAME", "front-desk-1")
	store := guarded(t)
	on(t, store, 0, "correct horse", "account", "add", "ann", "--patient", "ann")
	on(t, store, 0, "", "client", "add", "--id=app", "--public", "--redirect=http://127.0.0.1:3000/callback",
		"--scope=launch/patient patient/*.rs")
	r := start(t, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:"+store)
	_, token, _ := frontdesk(t, "correct horse", "token", "--account=ann", "--client=app",
		"--scope=launch/patient patient/*.rs", "--base-url="+r.base)
	frontdesk(t, "wrong", "token", "--account=ann", "--client=app", "--base-url="+r.base)
	getAs(t, r.base+"/Patient/ann", token)
	getAs(t, r.base+"/Observation?patient=ann&code:text=secrets", token)
	r.stop()
	r.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, hidden := range []string{"ann", "secrets", "127.0.0.1", "correct horse", "Go-http-client"} {
		if bytes.Contains(c.raw.Bytes(), []byte(hidden)) {
			t.Errorf("the collector is told %q", hidden)
		}
	}
	if c.of["service.name"] != "front-desk-1" || c.of["service.version"] == "" {
		t.Errorf("the spans are of %v", c.of)
	}
	read := slices.IndexFunc(c.spans, func(s *otlp.Span) bool { return s.GetName() == "GET /fhir/:type/:id" })
	if read < 0 {
		t.Fatalf("there is no span of the read among %d", len(c.spans))
	}
	span := c.spans[read]
	reference := texts(span.GetAttributes())["frontdesk.reference"]
	i := strings.Index(r.logged(), "reference="+reference)
	if line, _, _ := strings.Cut(r.logged()[max(i, 0):], "\n"); i < 0 || !strings.Contains(line, "trace_id=") {
		t.Errorf("the log has no trace of %q", reference)
	}
	inside := func(s *otlp.Span) bool {
		return bytes.Equal(s.GetTraceId(), span.GetTraceId()) && texts(s.GetAttributes())["db.system.name"] == "sqlite"
	}
	if !slices.ContainsFunc(c.spans, inside) {
		t.Error("no question to the store is part of the read")
	}
}

// TestC10_AVariableThatCantBeMeantStopsTheStart, by its name.
func TestC10_AVariableThatCantBeMeantStopsTheStart(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "zipkin")
	status, _, log := frontdesk(t, "", "serve", "--new", "--listen", "127.0.0.1:0", "--store", "sqlite:"+t.TempDir())
	if status != 1 {
		t.Errorf("status %d", status)
	}
	contains(t, "the start", log, "OTEL_TRACES_EXPORTER", "otlp")
}
