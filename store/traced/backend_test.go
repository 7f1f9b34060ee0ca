package traced_test

import (
	"fmt"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"frontdesk/conformance"
	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/sqlite"
	"frontdesk/store/traced"
)

// wrapped opens the memory backend with spans around it.
func wrapped(_ string, r *spec.Registry) (store.Backend, error) {
	return traced.Backend(memory.Open(r), sdk.NewTracerProvider(), "memory"), nil
}

// A Backend with spans around it, as with anything else that embeds it, loses nothing: it passes all suites that need
// no process of their own.
func TestBackend(t *testing.T)    { conformance.TestBackend(t, wrapped) }
func TestFeed(t *testing.T)       { conformance.TestFeed(t, wrapped) }
func TestJobs(t *testing.T)       { conformance.TestJobs(t, wrapped) }
func TestAtomic(t *testing.T)     { conformance.TestAtomic(t, wrapped) }
func TestConcurrent(t *testing.T) { conformance.TestConcurrent(t, wrapped) }
func TestRegistry(t *testing.T)   { conformance.TestRegistry(t, wrapped) }

// TestEmbedded_SQLite: what the embedded store can besides others isn't lost either.
func TestEmbedded_SQLite(t *testing.T) {
	conformance.TestBackend(t, func(dir string, r *spec.Registry) (store.Backend, error) {
		b, err := sqlite.Open(t.Context(), dir, r, sqlite.Options{})
		return traced.Backend(b, sdk.NewTracerProvider(), "sqlite"), err
	})
}

// TestC10_EachQuestionIsASpan, which names neither who nor what.
func TestC10_EachQuestionIsASpan(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := sqlite.Open(t.Context(), t.TempDir(), r, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	spans := tracetest.NewInMemoryExporter()
	by := sdk.NewTracerProvider(sdk.WithSyncer(spans))
	s := store.Open(traced.Backend(inner, by, "sqlite"), r, store.Options{})
	defer s.Close()
	if len(s.Building()) != 0 {
		t.Errorf("it is building %v", s.Building())
	}
	if _, sure := s.Watch("Patient")(); !sure {
		t.Error("what the Backend can watch isn't watched")
	}
	session := s.As(access.Everything("test"), store.Unobserved)
	_, err = session.Read(t.Context(), fhir.Key{Type: "Patient", ID: "annabel"})
	if fhir.KindOf(err) != fhir.NotFound {
		t.Fatal(err)
	}
	made := spans.GetSpans()
	if len(made) != 1 || made[0].Name != "get" || made[0].Status.Description != "" || made[0].Status.Code != 0 {
		t.Fatalf("the spans are %v", made)
	}
	text := fmt.Sprint(made[0].Attributes)
	for _, want := range []string{"sqlite", "get", "Patient"} {
		if !strings.Contains(text, want) {
			t.Errorf("the span doesn't say %s: %s", want, text)
		}
	}
	if strings.Contains(fmt.Sprintf("%+v", made[0]), "annabel") {
		t.Errorf("the span names whose it is: %+v", made[0])
	}
}
