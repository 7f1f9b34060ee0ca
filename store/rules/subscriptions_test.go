package rules_test

import (
	"testing"

	"frontdesk/conformance/memory"
	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/fhir/codec"
	"frontdesk/fhir/spec"
	"frontdesk/store"
	"frontdesk/store/rules"
)

// TestA4_ASubscriptionThatNobodyServesIsRefused, rather than kept in silence.
func TestA4_ASubscriptionThatNobodyServesIsRefused(t *testing.T) {
	r, err := spec.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := store.Open(memory.Open(r), r, store.Options{Base: base, Rules: []store.Rule{rules.NoSubscriptions{}}}).As(access.Everything("test"), store.Unobserved)
	res, err := codec.Decode([]byte(`{"resourceType":"Subscription","id":"s","status":"requested","reason":"x","criteria":"Observation?code=x","channel":{"type":"rest-hook"}}`), codec.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []store.Action{store.Create, store.Update} {
		_, err := s.Transact(t.Context(), []store.Change{{Action: action, Key: fhir.Key{Type: "Subscription", ID: "s"}, Resource: res, At: "Bundle.entry[0]"}})
		if e := fhir.AsError(err); e == nil || e.Kind != fhir.Unprocessable || e.Issues[0].Expression != "Bundle.entry[0].resource" {
			t.Errorf("action %d: %v", action, err)
		}
	}
}
