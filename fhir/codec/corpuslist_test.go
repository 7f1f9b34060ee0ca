package codec_test

import (
	"strings"
	"testing"

	"frontdesk/fhir/codec"
)

// TestCorpus holds which real files are refused, and for which fault that is truly in them. All others must be
// accepted.
func TestCorpus(t *testing.T) {
	const noText = "text.div: txt-2" // the div holds nothing but white space
	for folder, faulty := range map[string]map[string]string{
		"hl7-r4": {
			"ActivityDefinition-blood-tubes-supply.json":        "ActivityDefinition." + noText,
			"ActivityDefinition-heart-valve-replacement.json":   "ActivityDefinition." + noText,
			"EventDefinition-example.json":                      "EventDefinition." + noText,
			"Questionnaire-zika-virus-exposure-assessment.json": "Questionnaire." + noText,
			// R4 allows an Organization only.
			"MedicationRequest-medrx0301.json": "MedicationRequest.dispenseRequest.performer.reference: points at a Practitioner",
			// R4 allows no Procedure.
			"DeviceUseStatement-example.json": "DeviceUseStatement.reasonReference[0].reference: points at a Procedure",
		},
		"nhs": {
			// The type is spelled serviceRequest.
			"booking/appointment-POST-success.json":   "Appointment.basedOn[0].type: not a resource type",
			"booking/appointment-PUT-body.json":       "Appointment.basedOn[0].type: not a resource type",
			"booking/appointment-id-GET-success.json": "Appointment.basedOn[0].type: not a resource type",
			// Several entries have the same fullUrl.
			"prescriptions/methotrexate.json":   "Bundle.entry[1].fullUrl: bdl-7",
			"prescriptions/includeMedReqs.json": "Bundle.entry[1].fullUrl: bdl-7",
		},
		"synthea": nil,
	} {
		t.Run(folder, func(t *testing.T) {
			files := corpus(t, folder)
			for name, in := range files {
				_, err := codec.Decode(in, codec.Limits{Conditional: true})
				want, refused := faulty[name]
				switch {
				case !refused && err != nil:
					t.Errorf("%s is refused: %v", name, err)
				case refused && err == nil:
					t.Errorf("%s is accepted, and has the fault %s", name, want)
				case refused:
					expression, text, _ := strings.Cut(want, ": ")
					if is := issues(t, err); is[0].Expression != expression || !strings.Contains(is[0].Text, text) {
						t.Errorf("%s: want %s, got %v", name, want, err)
					}
				}
			}
			for name := range faulty {
				if files[name] == nil {
					t.Errorf("%s is in the list and not in the corpus", name)
				}
			}
		})
	}
}
