package codec_test

import (
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

// TestB3_APeriodEndsAfterItBegins: by the instants that its dates can mean (per-1); where they overlap nothing is
// known, and nothing said.
func TestB3_APeriodEndsAfterItBegins(t *testing.T) {
	for period, taken := range map[string]bool{
		"2026-05-06 2026-05-05":                                   false,
		"2026-05 2026-04":                                         false,
		"2026 2025":                                               false,
		"2026-05-06 2026-05":                                      true,
		"2026-06 2026-05-30":                                      false,
		"2026-05-06 2026-05-06":                                   true,
		"2026-05-06T10:00:00Z 2026-05-06T09:59:59Z":               false,
		"2026-05-06T10:00:00+02:00 2026-05-06T09:00:00Z":          true,
		"2026-05-06T10:00:00-02:00 2026-05-06T11:00:00Z":          false,
		"2026-05-06T10:00:00.5Z 2026-05-06T10:00:00Z":             true,
		"2026-05-06T10:00:00.000002Z 2026-05-06T10:00:00.000001Z": false,
		"2026-05-06 2026-05-04T10:00:00Z":                         false,
		"2026-05-06 2026-05-05T23:00:00Z":                         true,
	} {
		start, end, _ := strings.Cut(period, " ")
		_, err := codec.Decode([]byte(`{"resourceType":"Patient","name":[{"text":"x","period":{"start":"`+start+`","end":"`+end+`"}}]}`), codec.Limits{})
		if (err == nil) != taken {
			t.Errorf("%s: %v", period, err)
		}
	}
}
