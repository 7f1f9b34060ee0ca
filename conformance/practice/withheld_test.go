package practice_test

import (
	"strings"
	"time"
)

// withheldByHand is what staff hide, as "Type/id".
var withheldByHand = []string{"Condition/h-cond", "Observation/h-weight", "MedicationRequest/h-plan", "Communication/h-said", "Appointment/h-visit",
	"Task/h-order", "DocumentReference/h-letter", "Binary/h-scan"}

// closable are the sections, and all parts of the record together, one of which is closed in a run; "" for none.
var closable = []string{"", "messages", "record", "problems", "measurements", "documents", "notes"}

// withheld is what staff will hide of Ann's record, and what stands in a section that is closed. Each is such that a
// limit, a search for duplicates or a reference would come upon it.
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
	case "problems":
		all = append(all, `{"resourceType":"Condition","id":"h-closed",`+of+`,"code":{"text":"secret"}}`)
	case "measurements":
		all = append(all, `{"resourceType":"Observation","id":"h-closed","status":"final",`+of+`,"code":{"text":"secret"},"category":[{"coding":[{"code":"vital-signs"}]}]}`)
	case "documents":
		all = append(all, `{"resourceType":"DocumentReference","id":"h-closed","status":"current",`+of+`,"content":[{"attachment":{"title":"secret"}}]}`)
	case "notes":
		all = append(all, `{"resourceType":"QuestionnaireResponse","id":"h-closed","status":"completed",`+of+`,"item":[{"linkId":"1","text":"secret"}]}`)
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

// referring is what Ann sees and what refers to what is withheld, in a practice where there is such, and says so in
// words. Most of it she may write, or would if the practice let her.
func referring(refers func(with, without string) string, start time.Time) []string {
	words := refers(`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">secret</div>"},`, "")
	visit := strings.Replace(booking("ann", start.Add(25*time.Hour)), `"slot":[],`, "", 1)
	order := ordering("ann", refers("h-plan", "inhaler"))
	if refers("", "without") != "" {
		order = strings.Replace(order, `"focus":{"reference":"MedicationRequest/inhaler"},`, "", 1)
	}
	all := strings.NewReplacer(
		"WORDS", words,
		"RESULTS", refers(`{"reference":"Observation/h-weight","display":"Weight"},{"reference":"Observation/weight"}`, `{"reference":"Observation/weight"}`),
		"ENTRIES", refers(`{"item":{"reference":"Condition/h-cond"}},{"item":{"reference":"Observation/h-lab"}},{"item":{"reference":"Observation/weight"}},{"item":{"reference":"Immunization/h-early"}}`,
			`{"item":{"reference":"Observation/weight"}}`),
		"REASON", refers(`,"reasonReference":[{"reference":"Condition/h-cond"}],"appointment":[{"reference":"Appointment/h-visit"}]`, ""),
		"VISIT", refers(`"reasonReference":[{"reference":"Condition/h-cond"},{"reference":"Observation/weight"}],"supportingInformation":[{"reference":"DocumentReference/h-letter"}],`,
			`"reasonReference":[{"reference":"Observation/weight"}],`)+visit[len(`{"resourceType":"Appointment",`):],
		"ORDER", refers(`"basedOn":[{"reference":"MedicationRequest/h-plan"}],"input":[{"type":{"text":"x"},"valueReference":{"reference":"Observation/h-lab"}}],`, "")+order[len(`{"resourceType":"Task",`):],
		"SAID", refers(`"meta":{"source":"`+base+
			`/Condition/h-cond","tag":[{"code":"t"}]},"extension":[{"url":"urn:x",`+
			`"valueUrl":"HTTPS://gp.example/fhir/Condition/h-cond?x=y"}],`+
			`"about":[{"reference":"Condition/h-cond"}],"inResponseTo":[{"reference":"Communication/h-said"}],`,
			`"meta":{"tag":[{"code":"t"}]},`),
	).Replace(`{"resourceType":"DiagnosticReport","id":"report",WORDS"status":"final","code":{"text":"Blood"},"subject":{"reference":"Patient/ann"},"result":[RESULTS]}|` +
		`{"resourceType":"List","id":"list",WORDS"status":"current","mode":"working","subject":{"reference":"Patient/ann"},"entry":[ENTRIES]}|` +
		`{"resourceType":"Encounter","id":"met",WORDS"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}REASON}|` +
		`{"resourceType":"Appointment","id":"visit",WORDSVISIT|` +
		`{"resourceType":"Task","id":"order",WORDSORDER|` +
		`{"resourceType":"Communication","id":"said",WORDS"status":"completed","subject":{"reference":"Patient/ann"},"sender":{"reference":"Organization/north"},SAID"payload":[{"contentString":"Hello"}]}`)
	return strings.Split(all, "|")
}
