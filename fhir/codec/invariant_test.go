package codec_test

import (
	"sync"
	"testing"

	"frontdesk/fhir/codec"
)

func TestInvariants(t *testing.T) {
	appointment := func(members string) string {
		return `{"resourceType":"Appointment","participant":[{"actor":{"display":"x"},"status":"accepted"}],` + members + `}`
	}
	checkRefusals(t, []refusal{
		{"app-1", `{"resourceType":"Appointment","status":"proposed","participant":[{"status":"accepted"}]}`,
			[]string{"Appointment.participant[0]: type.exists() or actor.exists()"}},
		{"app-2", appointment(`"status":"proposed","start":"2026-03-09T09:00:00Z"`), []string{"Appointment: start.exists() = end.exists()"}},
		{"app-3", appointment(`"status":"booked"`), []string{"Appointment: status in ('proposed'"}},
		{"obs-3", obs(`"referenceRange":[{"type":{"text":"x"}}]`), []string{"Observation.referenceRange[0]: low.exists() or high.exists()"}},
		{"obs-6", obs(`"valueString":"x","dataAbsentReason":{"text":"y"}`), []string{"Observation: dataAbsentReason.empty() or value.empty()"}},
		{"qty-3", obs(`"valueQuantity":{"value":1,"code":"mg"}`), []string{"Observation.value: code.empty() or system.exists()"}},
		{"rat-1", obs(`"valueRatio":{"numerator":{"value":1}}`), []string{"Observation.value: numerator"}},
		{"cpt-2", pat(`"telecom":[{"value":"1"}]`), []string{"Patient.telecom[0]: value.empty() or system.exists()"}},
		{"pat-1", pat(`"contact":[{"gender":"male"}]`), []string{"Patient.contact[0]: name.exists()"}},
		{"att-1", pat(`"photo":[{"data":"aGk="}]`), []string{"Patient.photo[0]: contentType.exists()"}},
		{"tim-1", `{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"},"medicationReference":{"display":"y"},
			"dosageInstruction":[{"timing":{"repeat":{"duration":1}}}]}`, []string{"MedicationRequest.dosageInstruction[0].timing.repeat: durationUnit.exists()"}},
		{"inv-1", `{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"x","part":[{"name":"b","valueString":"y"}]}]}`,
			[]string{"Parameters.parameter[0]: part.exists()"}},
	})
	for name, in := range map[string]string{
		"app-3, proposed": appointment(`"status":"proposed"`),
		"rat-1, both":     obs(`"valueRatio":{"numerator":{"value":1},"denominator":{"value":2}}`),
		"inv-1, part":     `{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","valueString":"y"}]}]}`,
	} {
		if _, err := codec.Decode([]byte(in), codec.Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Decoders are pooled: what many decode at once must not mix.
func TestConcurrent(t *testing.T) {
	files := ours(t)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for name, in := range files {
				r, err := codec.Decode(in, codec.Limits{})
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if _, err := codec.Decode(in[:len(in)/2], codec.Limits{}); err == nil {
					t.Errorf("half of %s is accepted", name)
				}
				checkPlaces(t, r)
			}
		})
	}
	wait.Wait()
}
