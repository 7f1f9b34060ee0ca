package record_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/handlers/pages/sitetest"
	"frontdesk/store"
)

// result is a laboratory's, of ann, and sugar what its value is.
func result(id, day, sugar string) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":%[1]q,"status":"final","category":[{"coding":[{
		"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],
		"code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"HbA1c"}]},
		"subject":{"reference":"Patient/ann"},"effectiveDateTime":%[2]q,"note":[{"text":"A word about %[1]s"}],
		"valueQuantity":{"value":%[3]s,"unit":"mmol/mol"},"interpretation":[{"coding":[{"code":"H"}]}],
		"referenceRange":[{"low":{"value":20},"high":{"value":42,"unit":"mmol/mol"}}]}`, id, day, sugar)
}

// filed are results that a clinician has looked at, so that the patient sees them (P5).
func filed(p *sitetest.Practice, results ...string) {
	p.T.Helper()
	p.Put(results...)
	everybody := p.Store.As(access.Everything("test"), store.Unobserved)
	for _, id := range []string{"first", "second"} {
		must(p.T, everybody.Mark(p.T.Context(), fhir.Key{Type: "Observation", ID: id}, func(f fhir.Facts) fhir.Facts {
			f.Release = time.Time{}
			return f
		}))
	}
}

func TestResultsShowAsAListAndOverTime(t *testing.T) {
	p := open(t)
	filed(p, result("first", "2025-01-02", "48.0"), result("second", "2026-01-02", "44.5"),
		result("waits", "2026-02-02", "90"))
	p.SignIn("ann")
	list := p.Get("/record/results").Is(http.StatusOK).Says("HbA1c", "44.5 mmol/mol", "48.0 mmol/mol",
		"20 to 42 mmol/mol", "High", "A word about first").Hides("90 mmol/mol", "waits")
	list.Sound(t.Errorf)
	over := p.Get("/record/results/over-time?code=http://loinc.org%7C4548-4").Is(http.StatusOK).Says(
		"2 results. First: 2 January 2025: 48.0 mmol/mol", "A word about second", "usual range").Hides("90 mmol/mol")
	over.Sound(t.Errorf)
	if len(over.All("svg")) != 1 || len(over.All("polygon")) != 1 || len(over.All("circle")) != 2 {
		t.Errorf("the chart has %d bands and %d dots", len(over.All("polygon")), len(over.All("circle")))
	}
	p.Get("/record/results/over-time?code=nothing").Is(http.StatusNotFound).Says("There is nothing of this kind")
}

func TestTheRecordHasItsPartsAndNoOther(t *testing.T) {
	p := open(t)
	p.Put(`{"resourceType":"Condition","id":"c","code":{"text":"Hay fever"},"subject":{"reference":"Patient/ann"},
			"onsetDateTime":"2001-05"}`,
		`{"resourceType":"DocumentReference","id":"d","status":"current","description":"From the hospital",
			"subject":{"reference":"Patient/ann"},"content":[{"attachment":{"contentType":"text/plain",
			"data":"RGVhciBBbm4="}}]}`,
		`{"resourceType":"DocumentReference","id":"m","status":"current","description":"Of Mary",
			"subject":{"reference":"Patient/mary"},"content":[{"attachment":{"contentType":"text/plain",
			"data":"RGVhciBBbm4="}}]}`)
	p.SignIn("ann")
	for path, says := range map[string]string{"": "Vaccinations", "/problems": "Hay fever May 2001",
		"/allergies": "There are no allergies", "/medicines": "No medicines", "/vaccinations": "There are no vaccinations",
		"/measurements": "There are no measurements", "/letters": "From the hospital"} {
		p.Get("/record/health" + path).Is(http.StatusOK).Says(says).Sound(t.Errorf)
	}
	p.Get("/record/letters/d").Says("Dear Ann").Sound(t.Errorf)
	file := p.Get("/record/letters/d/file").Is(http.StatusOK)
	if got := file.Header.Get("Content-Disposition"); got == "" || got[:10] != "attachment" {
		t.Errorf("Content-Disposition: %s", got)
	}
	p.Get("/record/letters/m").Is(http.StatusNotFound)
	levels(p, "ann", map[string]access.Level{"problems": access.CanView})
	p.Get("/record/health").Says("Problems").Hides("Allergies", "Letters", "Medicines", "Vaccinations", "Test results")
	for _, path := range []string{"/health/allergies", "/health/letters", "/letters/d", "/letters/d/file", "/results",
		"/health/measurements/over-time?code=a"} {
		p.Get("/record" + path).Is(http.StatusNotFound).Says("There is nothing at this address")
	}
}
