package practice

import (
	"strings"
	"testing"

	"github.com/google/fhir/go/fhirversion"
	"github.com/google/fhir/go/jsonformat"
)

// TestEveryResourceIsValid asks google/fhir's validating decoder, an implementation of R4 that is not ours.
func TestEveryResourceIsValid(t *testing.T) {
	reader, err := jsonformat.NewUnmarshaller("UTC", fhirversion.R4)
	if err != nil {
		t.Fatal(err)
	}
	faults := 0
	for _, r := range smallPractice(t) {
		if _, err := reader.Unmarshal(r.raw); err != nil {
			t.Errorf("%s: %v", r.url, err)
			if faults++; faults == 20 {
				t.Fatal("and more")
			}
		}
	}
}

// TestWhatTheDecoderOverlooks checks what jsonformat accepts but R4 does not: empty elements, and codings without the
// system or wording an app shows.
func TestWhatTheDecoderOverlooks(t *testing.T) {
	for _, r := range smallPractice(t) {
		walk(r.fields, func(name string, v any) {
			switch v := v.(type) {
			case nil:
				t.Errorf("%s: %s is null", r.url, name)
			case string:
				if strings.TrimSpace(v) == "" {
					t.Errorf("%s: %s is blank", r.url, name)
				}
			case []any:
				if len(v) == 0 {
					t.Errorf("%s: %s is an empty list", r.url, name)
				}
			case map[string]any:
				if len(v) == 0 {
					t.Errorf("%s: %s is an empty object", r.url, name)
				}
				_, isCoding := v["code"].(string)
				if (name == "coding" || name == "class") && (!isCoding || v["system"] == nil || v["display"] == nil) {
					t.Errorf("%s: coding %v lacks its system, code or display", r.url, v)
				}
			}
		})
	}
}
