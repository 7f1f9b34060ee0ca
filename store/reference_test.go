package store_test

import (
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/store"
)

// TestConditionalReferenceSeesTheTransaction: R4 resolves conditional references after the writes, so they find what
// the same transaction creates or changes, and not what it deletes or changes away (R4 http 3.1.0.11.2).
func TestConditionalReferenceSeesTheTransaction(t *testing.T) {
	const result = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient?identifier=urn:n|n-ash"}}`
	on(t, store.Options{}, func(t *testing.T, k *kit) {
		out, err := k.Transact(t.Context(), entries(k.post(result), k.post(family("Ash"))))
		if err != nil {
			t.Fatal(err)
		}
		ash := out[1].Key.Current()
		if got := string(out[0].JSON); !strings.Contains(got, `{"reference":"`+ash.String()+`"}`) {
			t.Errorf("a reference to what the transaction creates: %s, want %s", got, ash)
		}
		_, err = k.Transact(t.Context(), entries(k.post(result), k.post(family("Ash"))))
		fails(t, "one is there and another is created", err, fhir.MultipleMatches)
		_, err = k.Transact(t.Context(), entries(k.post(result), del("Patient", ash.ID)))
		fails(t, "what matches is deleted", err, fhir.Unprocessable)
		away := strings.Replace(family("Birch"), `{`, `{"id":"`+ash.ID+`",`, 1)
		_, err = k.Transact(t.Context(), entries(k.post(result), k.put(away)))
		fails(t, "what matches is changed away", err, fhir.Unprocessable)
		out, err = k.Transact(t.Context(), entries(k.post(result), k.put(away), k.post(family("Ash"))))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(out[0].JSON), out[2].Key.Current().String(); !strings.Contains(got, want) {
			t.Errorf("one is changed away and another created: %s, want %s", got, want)
		}
	})
}
