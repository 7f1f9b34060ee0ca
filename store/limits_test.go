package store_test

import (
	"strings"
	"testing"

	"frontdesk/fhir"
	"frontdesk/fhir/codec"
	"frontdesk/store"
)

// TestLimits: Options.Limits bound what a patch or a transaction's links make of a resource.
func TestLimits(t *testing.T) {
	long := strings.Repeat("x", 200)
	on(t, store.Options{Limits: codec.Limits{Bytes: 300}}, func(t *testing.T, k *kit) {
		k.do(k.put(patientJSON("a", "Ash")))
		patch := func(text string) error {
			_, err := k.Write(t.Context(), store.Change{Action: store.Patch, Key: fhir.Key{Type: "Patient", ID: "a"},
				Patch: []byte(`[{"op":"replace","path":"/name/0/family","value":"` + text + `"}]`)})
			return err
		}
		if err := patch("Elm"); err != nil {
			t.Errorf("within the limit: %v", err)
		}
		fails(t, "a patch over the limit", patch(long+long), fhir.TooLarge)
		linked := k.post(`{"resourceType":"Observation","status":"final","code":{"text":"` + long + long + `"},"subject":{"reference":"` + urn(0) + `"}}`)
		_, err := k.Transact(t.Context(), entries(k.post(family("Oak")), linked))
		fails(t, "links in a resource over the limit", err, fhir.TooLarge)
	})
}

// TestLimitsOfStored: what was accepted when the limits were higher is followed to what it refers to as ever.
func TestLimitsOfStored(t *testing.T) {
	on(t, store.Options{Limits: codec.Limits{Bytes: 1, Depth: 1, Values: 1}}, func(t *testing.T, k *kit) {
		for _, json := range []string{patientJSON("a", "Ash"), resultJSON("o", "a", "hb")} {
			if _, err := k.Write(t.Context(), k.put(json)); err != nil {
				t.Fatal(err)
			}
		}
		if found, _ := k.search("Observation?_include=Observation:subject"); found != "Observation/o +Patient/a" {
			t.Errorf("found %q", found)
		}
	})
}
