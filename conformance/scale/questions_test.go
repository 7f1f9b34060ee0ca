package scale

import (
	"fmt"
	"math/rand/v2"
	"net/url"
)

// question is one of the twelve. Each is asked with other values every time.
type question struct {
	name string
	page bool // its cost must not grow with the store; a count reads all it counts
	typ  string
	ask  func(r *rand.Rand, patients int) string
}

// token is system|code, escaped.
func token(system, code string) string { return url.QueryEscape(system + "|" + code) }

func anyLab(r *rand.Rand) string { return token(loinc, fmt.Sprintf("lab-%d", r.IntN(labCodes))) }

// month is two conditions on the date.
func month(r *rand.Rand) string {
	from := opening.AddDate(r.IntN(years), r.IntN(12), 0)
	return "date=ge" + from.Format("2006-01") + "&date=lt" + from.AddDate(0, 1, 0).Format("2006-01")
}

// They are such that from 100,000 resources on a page is full, where there can be more than one patient's: pages of the
// same size are compared.
var questions = []question{
	{"patient + code by date", true, "Observation", func(r *rand.Rand, patients int) string {
		return fmt.Sprintf("patient=p%d&code=%s&_sort=-date", r.IntN(patients), token(loinc, "85354-9"))
	}},
	{"code by date", true, "Observation", func(r *rand.Rand, _ int) string { return "code=" + anyLab(r) + "&_sort=-date" }},
	{"token and date range", true, "Observation", func(r *rand.Rand, _ int) string { return "category=vital-signs&" + month(r) }},
	{"identifier", true, "Patient", func(r *rand.Rand, patients int) string {
		return "identifier=" + token(nhsNumber, numberOf(r.IntN(patients)))
	}},
	{"chain subject.identifier", true, "Observation", func(r *rand.Rand, patients int) string {
		return "subject:Patient.identifier=" + token(nhsNumber, numberOf(r.IntN(patients)))
	}},
	{"_has", true, "Patient", func(r *rand.Rand, _ int) string {
		return "_has:Condition:patient:code=" + token(snomed, fmt.Sprint(38341000+r.IntN(problems)))
	}},
	{"_include, 2 hops", true, "MedicationRequest", func(r *rand.Rand, _ int) string {
		return "status=active&code=" + token(snomed, fmt.Sprint(318000+r.IntN(medicines))) +
			"&_count=20&_include=MedicationRequest:encounter&_include:iterate=Encounter:practitioner"
	}},
	{"_revinclude", true, "Patient", func(r *rand.Rand, patients int) string {
		return fmt.Sprintf("_id=p%d&_revinclude=Condition:subject&_revinclude=MedicationRequest:subject", r.IntN(patients))
	}},
	{"composite", true, "Observation", func(r *rand.Rand, _ int) string {
		return "code-value-quantity=" + anyLab(r) + fmt.Sprintf("%%24gt%d", 150+r.IntN(30))
	}},
	{"string prefix", true, "Patient", func(r *rand.Rand, _ int) string { return "family=" + family(r)[:3] }},
	{"_text", true, "Observation", func(r *rand.Rand, _ int) string { return fmt.Sprintf("_text=finding%d", r.IntN(200)) }},
	{"count", false, "Observation", func(r *rand.Rand, _ int) string { return "code=" + anyLab(r) + "&_summary=count" }},
}
