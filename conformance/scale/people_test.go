package scale

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"frontdesk/fhir"
)

// The systems that identifiers and codes are of.
const (
	nhsNumber = fhir.NHSNumber
	snomed    = "http://snomed.info/sct"
	loinc     = "http://loinc.org"
	ucum      = "http://unitsofmeasure.org"
)

// How much there is of each, whatever the size of the practice.
const (
	labCodes  = 40
	problems  = 60
	medicines = 80
	staff     = 30
	perPerson = 96 // resources made for each patient
	years     = 10
)

// opening is when the first of what happened did.
var opening = time.Date(2015, 1, 5, 8, 0, 0, 0, time.UTC)

// chance is a patient's own source of numbers: the same patient is made the same in a practice of any size.
func chance(patient int) *rand.Rand { return rand.New(rand.NewPCG(7, uint64(patient))) }

// syllables make family names: 400 of two, each as common as any other.
var syllables = strings.Fields("har mor wel bar ash hol cra den fen gil kin lan mil nor oak pem ren sto thor wyn")

func family(r *rand.Rand) string { return syllables[r.IntN(20)] + syllables[r.IntN(20)] }

// made is one generated resource.
type made struct{ typ, id, json string }

// narrative is a text of about the length that a clinical system makes, with one word in it that is rarer than the
// others.
func narrative(r *rand.Rand, title string) string {
	return fmt.Sprintf(`"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p><b>%s</b></p><p>Recorded at the practice during routine care. `+
		`Discussed with the patient, who understands and agrees with the plan. Reference finding%d. To be reviewed at the next annual check, or earlier if symptoms change.</p></div>"}`,
		title, r.IntN(200))
}

func concept(system, code, text string) string {
	return fmt.Sprintf(`{"coding":[{"system":%q,"code":%q,"display":%q}],"text":%q}`, system, code, text, text)
}

func quantity(value float64, unit string) string {
	return fmt.Sprintf(`{"value":%.1f,"unit":%q,"system":%q,"code":%q}`, value, unit, ucum, unit)
}

// household is the practice itself: its staff.
func household() (out []made) {
	for i := range staff {
		id := fmt.Sprintf("dr%d", i)
		out = append(out, made{"Practitioner", id, fmt.Sprintf(`{"resourceType":"Practitioner","id":%q,"active":true,"name":[{"family":"Doctor%d","given":["Jo"]}]}`, id, i)})
	}
	return out
}

// numberOf is the NHS number of one patient: of twenty that follow one another at least one has the right check digit.
func numberOf(n int) string {
	for i := 20 * n; ; i++ {
		if number := fmt.Sprintf("%010d", i); fhir.IsNHSNumber(number) {
			return number
		}
	}
}

// person is everything about one patient: perPerson resources.
func person(n int) []made {
	r, subject := chance(n), fmt.Sprintf(`"subject":{"reference":"Patient/p%d"}`, n)
	id := func(kind string, i int) string { return fmt.Sprintf("%s%d-%d", kind, n, i) }
	when := func() string {
		return opening.Add(time.Duration(r.IntN(years*365*24*60)) * time.Minute).Format(time.RFC3339)
	}
	out := []made{{"Patient", fmt.Sprintf("p%d", n), fmt.Sprintf(
		`{"resourceType":"Patient","id":"p%d",%s,"identifier":[{"use":"official","system":%q,"value":%q}],"active":true,"name":[{"use":"official","family":%q,"given":["Alex","Sam"]}],`+
			`"telecom":[{"system":"phone","value":"0161 %07d","use":"mobile"}],"gender":"female","birthDate":"%d-%02d-11","address":[{"line":["%d Willow Lane"],"city":"Leeds","postalCode":"LS1 %dAB"}],`+
			`"generalPractitioner":[{"reference":"Practitioner/dr%d"}]}`,
		n, narrative(r, "Patient"), nhsNumber, numberOf(n), family(r), r.IntN(1e7), 1930+r.IntN(80), 1+r.IntN(12), r.IntN(200), r.IntN(9), r.IntN(staff))}}
	for i := range 14 {
		at := when()
		out = append(out, made{"Encounter", id("e", i), fmt.Sprintf(
			`{"resourceType":"Encounter","id":%q,%s,"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},%s,"participant":[{"individual":{"reference":"Practitioner/dr%d"}}],"period":{"start":%q,"end":%q}}`,
			id("e", i), narrative(r, "Consultation"), subject, r.IntN(staff), at, at)})
	}
	visit := func() string { return fmt.Sprintf(`"encounter":{"reference":"Encounter/%s"}`, id("e", r.IntN(14))) }
	for i := range 60 {
		out = append(out, made{"Observation", id("o", i), observation(r, id("o", i), subject, visit(), when(), i < 12)})
	}
	for i := range 6 {
		out = append(out, made{"Condition", id("c", i), fmt.Sprintf(
			`{"resourceType":"Condition","id":%q,%s,"clinicalStatus":%s,"category":[%s],"code":%s,%s,%s,"recordedDate":%q}`, id("c", i), narrative(r, "Problem"),
			concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
			concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item", "Problem"),
			concept(snomed, fmt.Sprint(38341000+r.IntN(problems)), "Disorder"), subject, visit(), when())})
	}
	for i := range 10 {
		out = append(out, made{"MedicationRequest", id("m", i), fmt.Sprintf(
			`{"resourceType":"MedicationRequest","id":%q,%s,"status":%q,"intent":"order","medicationCodeableConcept":%s,%s,%s,"authoredOn":%q,"requester":{"reference":"Practitioner/dr%d"},"dosageInstruction":[{"text":"One tablet each morning","timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}}]}`,
			id("m", i), narrative(r, "Prescription"), []string{"active", "completed"}[r.IntN(2)], concept(snomed, fmt.Sprint(318000+r.IntN(medicines)), "Tablets"), subject, visit(), when(), r.IntN(staff))})
	}
	for i := range 5 {
		out = append(out, made{"Communication", id("k", i), fmt.Sprintf(
			`{"resourceType":"Communication","id":%q,%s,"status":"completed",%s,"sent":%q,"recipient":[{"reference":"Practitioner/dr%d"}],"sender":{"reference":"Patient/p%d"},"payload":[{"contentString":"Could I have the result of my last test, please? I was told that it would be here by now."}]}`,
			id("k", i), narrative(r, "Message"), subject, when(), r.IntN(staff), n)})
	}
	return out
}

// observation is a result of the laboratory, or a blood pressure with its two components.
func observation(r *rand.Rand, id, subject, visit, at string, pressure bool) string {
	category, code := "laboratory", concept(loinc, fmt.Sprintf("lab-%d", r.IntN(labCodes)), "Laboratory result")
	value := `"valueQuantity":` + quantity(40+r.Float64()*160, "g/L")
	if pressure {
		category, code = "vital-signs", concept(loinc, "85354-9", "Blood pressure panel")
		value = fmt.Sprintf(`"component":[{"code":%s,"valueQuantity":%s},{"code":%s,"valueQuantity":%s}]`,
			concept(loinc, "8480-6", "Systolic blood pressure"), quantity(90+r.Float64()*80, "mm[Hg]"),
			concept(loinc, "8462-4", "Diastolic blood pressure"), quantity(50+r.Float64()*50, "mm[Hg]"))
	}
	return fmt.Sprintf(`{"resourceType":"Observation","id":%q,%s,"identifier":[{"system":"urn:example:results","value":%q}],"status":"final","category":[%s],"code":%s,%s,%s,"effectiveDateTime":%q,"issued":%q,"performer":[{"reference":"Practitioner/dr%d"}],%s}`,
		id, narrative(r, "Result"), id, concept("http://terminology.hl7.org/CodeSystem/observation-category", category, category), code, subject, visit, at, at, r.IntN(staff), value)
}
