package practice_test

import (
	"strings"
	"time"
)

// withheldByHand is what staff hide, as "Type/id".
var withheldByHand = []string{"Condition/h-cond", "Observation/h-weight", "MedicationRequest/h-plan", "Communication/h-said", "Appointment/h-visit",
	"Task/h-order", "DocumentReference/h-letter", "Binary/h-scan"}

// withheld is what staff will hide of Ann's record, and what stands in a section that is closed. Each is such that a limit, a search for
// duplicates or a reference would come upon it.
func withheld(closed string, start time.Time) []string {
	const of = `"subject":{"reference":"Patient/ann"}`
	visit := strings.Replace(booking("ann", start.Add(24*time.Hour)), `"slot":[],`, "", 1)
	all := []string{
		`{"resourceType":"Condition","id":"h-cond",` + of + `,"code":{"text":"Asthma secret"}}`,
		`{"resourceType":"Observation","id":"h-weight","status":"final",` + of + `,"code":{"text":"Weight secret"},"category":[{"coding":[{"code":"vital-signs"}]}]}`,
		`{"resourceType":"MedicationRequest","id":"h-plan","status":"active","intent":"plan",` + of + `,"medicationCodeableConcept":{"text":"Secret"}}`,
		`{"resourceType":"Communication","id":"h-said","status":"completed",` + of + `,"sender":{"reference":"Patient/ann"},"payload":[{"contentString":"secret"}]}`,
		`{"resourceType":"Appointment","id":"h-visit",` + visit[len(`{"resourceType":"Appointment",`):],
		`{"resourceType":"Task","id":"h-order",` + ordering("ann", "inhaler")[len(`{"resourceType":"Task",`):],
		`{"resourceType":"DocumentReference","id":"h-letter","status":"current",` + of + `,"content":[{"attachment":{"url":"Binary/h-scan"}}]}`,
		`{"resourceType":"Binary","id":"h-scan","contentType":"text/plain","securityContext":{"reference":"Patient/ann"},"data":"c2VjcmV0"}`,
	}
	switch closed {
	case "messages":
		all = append(all, `{"resourceType":"Communication","id":"h-closed","status":"completed",`+of+`,"payload":[{"contentString":"secret"}]}`)
	case "record":
		all = append(all, `{"resourceType":"Procedure","id":"h-closed","status":"completed",`+of+`,"code":{"text":"secret"}}`,
			`{"resourceType":"Observation","id":"h-closed","status":"final",`+of+`,"code":{"text":"secret"},"category":[{"coding":[{"code":"vital-signs"}]}]}`)
	}
	return all
}

// unreleased are results that the laboratory sent and nobody has filed.
var unreleased = map[string]string{
	"Observation/h-lab":         `{"resourceType":"Observation","id":"h-lab","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"HbA1c secret"},"category":[{"coding":[{"code":"laboratory"}]}]}`,
	"DiagnosticReport/h-report": `{"resourceType":"DiagnosticReport","id":"h-report","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Blood secret"},"result":[{"reference":"Observation/h-lab"}]}`,
}

// tooEarly is what was in the record before the day from which Ann sees it.
var tooEarly = []string{
	`{"resourceType":"Observation","id":"h-early","status":"final","subject":{"reference":"Patient/ann"},"code":{"text":"Weight secret"},"category":[{"coding":[{"code":"laboratory"}]}]}`,
	`{"resourceType":"Immunization","id":"h-early","status":"completed","patient":{"reference":"Patient/ann"},"vaccineCode":{"text":"secret"},"occurrenceString":"then"}`,
}
