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
	dispense := func(prepared, handedOver string) string {
		return `{"resourceType":"MedicationDispense","status":"completed","medicationCodeableConcept":{"text":"x"},"whenPrepared":"` + prepared +
			`","whenHandedOver":"` + handedOver + `"}`
	}
	broken := []refusal{
		{"app-1", `{"resourceType":"Appointment","status":"proposed","participant":[{"status":"accepted"}]}`,
			[]string{"Appointment.participant[0]: (app-1)."}},
		{"app-2", appointment(`"status":"proposed","start":"2026-03-09T09:00:00Z"`), []string{"Appointment: (app-2)."}},
		{"app-3", appointment(`"status":"booked"`), []string{"Appointment: (app-3)."}},
		{"obs-3", obs(`"referenceRange":[{"type":{"text":"x"}}]`), []string{"Observation.referenceRange[0]: (obs-3)."}},
		{"obs-6", obs(`"valueString":"x","dataAbsentReason":{"text":"y"}`), []string{"Observation: (obs-6)."}},
		{"qty-3", obs(`"valueQuantity":{"value":1,"code":"mg"}`), []string{"Observation.value: (qty-3)."}},
		{"rat-1", obs(`"valueRatio":{"numerator":{"value":1}}`), []string{"Observation.value: (rat-1)."}},
		{"cpt-2", pat(`"telecom":[{"value":"1"}]`), []string{"Patient.telecom[0]: (cpt-2)."}},
		{"pat-1", pat(`"contact":[{"gender":"male"}]`), []string{"Patient.contact[0]: (pat-1)."}},
		{"att-1", pat(`"photo":[{"data":"aGk="}]`), []string{"Patient.photo[0]: (att-1)."}},
		{"tim-1", `{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"},"medicationReference":{"display":"y"},
			"dosageInstruction":[{"timing":{"repeat":{"duration":1}}}]}`, []string{"MedicationRequest.dosageInstruction[0].timing.repeat: (tim-1)."}},
		{"inv-1", `{"resourceType":"Parameters","parameter":[{"name":"a","valueString":"x","part":[{"name":"b","valueString":"y"}]}]}`,
			[]string{"Parameters.parameter[0]: (inv-1)."}},
		{"ait-1", `{"resourceType":"AllergyIntolerance","patient":{"display":"x"}}`, []string{"AllergyIntolerance: (ait-1)."}},
		{"ait-2", `{"resourceType":"AllergyIntolerance","patient":{"display":"x"},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"verificationStatus":{"coding":[
			{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"entered-in-error"}]}}`,
			[]string{"AllergyIntolerance: (ait-2)."}},
		{"app-4", appointment(`"status":"booked","start":"2026-03-09T09:00:00Z","end":"2026-03-09T09:10:00Z","cancelationReason":{"text":"x"}`),
			[]string{"Appointment: (app-4)."}},
		{"con-4", `{"resourceType":"Condition","subject":{"display":"x"},"abatementString":"x","clinicalStatus":{"coding":[
			{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]}}`, []string{"Condition: (con-4)."}},
		{"obs-7", `{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"1"},{"code":"2"}]},"valueString":"x",
			"component":[{"code":{"coding":[{"code":"2"}]}}]}`, []string{"Observation: (obs-7)."}},
		{"org-1", `{"resourceType":"Organization","active":true}`, []string{"Organization: (org-1)."}},
		{"org-2", `{"resourceType":"Organization","name":"x","address":[{"text":"y"},{"use":"home","text":"x"}]}`,
			[]string{"Organization: (org-2)."}},
		{"tim-5", `{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"},"medicationReference":{"display":"y"},
			"dosageInstruction":[{"timing":{"repeat":{"period":-0.1,"periodUnit":"d"}}}]}`, []string{"MedicationRequest.dosageInstruction[0].timing.repeat: (tim-5)."}},
		{"mdd-1", dispense("2026-03-10", "2026-03-09T09:00:00Z"), []string{"MedicationDispense: (mdd-1)."}},
	}
	checkRefusals(t, broken)
	for _, c := range broken {
		if _, err := codec.Decode([]byte(c.in), codec.Unlimited()); err != nil {
			t.Errorf("%s: what was kept by a version that didn't check it can't be read: %v", c.name, err)
		}
	}
	for name, in := range map[string]string{
		"app-4, noshow":          appointment(`"status":"noshow","start":"2026-03-09T09:00:00Z","end":"2026-03-09T09:10:00Z","cancelationReason":{"text":"x"}`),
		"org-1, without a value": `{"resourceType":"Organization","_name":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}`,
		"tim-5, without a value": `{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"},"medicationReference":{"display":"y"},
			"dosageInstruction":[{"timing":{"repeat":{"_period":{"extension":[{"url":"http://a.b","valueCode":"x"}]},"periodUnit":"d"}}}]}`,
		"mdd-1, the same day":      dispense("2026-03-09", "2026-03-09T09:00:00Z"),
		"mdd-1, prepared that day": dispense("2026-03-09T09:00:00Z", "2026-03-09"),
		"app-3, proposed":          appointment(`"status":"proposed"`),
		"rat-1, both":              obs(`"valueRatio":{"numerator":{"value":1},"denominator":{"value":2}}`),
		"inv-1, part":              `{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","valueString":"y"}]}]}`,
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
