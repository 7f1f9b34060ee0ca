package timed_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/conformance"
	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/search"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/timed"
)

// A Backend that is timed is a Backend.
func TestBackend(t *testing.T) {
	conformance.TestBackend(t, func(_ string, r *spec.Registry) (store.Backend, error) {
		b, _ := timed.Backend(memory.Open(r), "memory")
		return b, nil
	})
}

// TestC10_OperationsAreCounted by what becomes of them.
func TestC10_OperationsAreCounted(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	b, collected := timed.Backend(memory.Open(r), "memory")
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collected)
	if _, err := b.Get(t.Context(), fhir.Key{Type: "Patient", ID: "a"}); fhir.KindOf(err) != fhir.NotFound {
		t.Fatal(err)
	}
	if _, err := b.History(t.Context(), store.Scope{Limit: 1,
		Place: search.Place{After: []byte("elsewhere")}}); err == nil {
		t.Fatal("a position of another store was taken")
	}
	if _, err := b.Apply(t.Context(), store.Batch{Require: []fhir.Key{{Type: "Patient", ID: "a",
		Version: 1}}}); err == nil {
		t.Fatal("what must be there isn't, and it was done")
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		t.Fatal(families, err)
	}
	got := map[string]uint64{}
	for _, m := range families[0].Metric {
		name := ""
		for _, l := range m.Label {
			name += " " + l.GetValue()
		}
		if n := m.Histogram.GetSampleCount(); n > 0 {
			got[name] = n
		}
	}
	for _, want := range []string{" get memory ok", " history memory refused", " apply memory rejected"} {
		if got[want] != 1 || len(got) != 3 {
			t.Errorf("the counts are %v, want one of%s", got, want)
		}
	}
}
