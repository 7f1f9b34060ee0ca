package practice_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"frontdesk/fhir"
	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// BenchmarkSearch is a search in a patient's record by the patient, with everything on that a practice can switch, and
// the same by the EHR, over loopback and in turns: ratio is what the patient's costs of the EHR's, ns/op is both.
func BenchmarkSearch(b *testing.B) {
	p := newPractice(b, backends["sqlite"])
	p.results(60)
	own := online.Person{From: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), ResultsAtOnce: true,
		Sections: map[string]access.Level{"messages": access.None, "record": access.CanView, "results": access.CanView}}
	p.must(online.Set(b.Context(), p.store, fhir.Key{Type: "Patient", ID: "ann"}, own))
	staff := p.staff()
	for _, hidden := range []string{"Observation/r7", "Observation/r23", "Encounter/v9"} {
		staff.is(http.StatusOK, staff.post("/"+hidden+"/$hide", because))
	}
	live := httptest.NewServer(p)
	b.Cleanup(live.Close)
	for _, query := range []string{
		"/Observation?patient=ann&_count=20&_sort=-date",
		"/Observation?patient=ann&category=laboratory&_count=20&_sort=-date",
		"/Condition?patient=ann&_count=20",
	} {
		b.Run(query, func(b *testing.B) {
			var took [2]time.Duration
			tokens := [2]string{p.ehr().token, p.patient("ann").token}
			for b.Loop() {
				for i, token := range tokens {
					began := time.Now()
					if err := get(http.DefaultClient, live.URL+"/fhir"+query, token); err != nil {
						b.Fatal(err)
					}
					took[i] += time.Since(began)
				}
			}
			b.ReportMetric(float64(took[1])/float64(took[0]), "ratio")
		})
	}
}

// results are a visit, a result and a problem of Ann's for each day of a while.
func (p *practice) results(days int) {
	var all []string
	for i := range days {
		day := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format(time.DateOnly)
		text := strings.NewReplacer("N", fmt.Sprint(i), "DAY", day)
		all = append(all,
			text.Replace(`{"resourceType":"Encounter","id":"vN","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/ann"}}`),
			text.Replace(`{"resourceType":"Observation","id":"rN","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
				"code":"laboratory"}]}],"code":{"text":"Sodium"},"subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/vN"},"effectiveDateTime":"DAY",
				"valueQuantity":{"value":140,"unit":"mmol/L"}}`),
			text.Replace(`{"resourceType":"Condition","id":"cN","subject":{"reference":"Patient/ann"},"encounter":{"reference":"Encounter/vN"},"code":{"text":"Cough"},"onsetDateTime":"DAY"}`))
	}
	p.load(all...)
}
