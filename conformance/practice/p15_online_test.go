package practice_test

import (
	"net/http"
	"testing"
)

// A1, I9: what a patient or proxy can't write online they can't write by any method, and the practice can suspend them after they have tried.
func TestA1_NobodyOnlineTakesARecordFromThePractice(t *testing.T) {
	on(t, func(p *practice) {
		p.load(chart...)
		doc := p.staff()
		before := doc.get("/Patient/ann")
		for _, c := range []*client{p.patient("ann"), p.proxy()} {
			for _, patch := range []string{
				`[{"op":"remove","path":"/managingOrganization"}]`,
				`[{"op":"add","path":"/birthDate","value":"1970-01-01"}]`,
				`[{"op":"add","path":"/identifier","value":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9000000009"}]}]`,
				`[{"op":"add","path":"/deceasedBoolean","value":true}]`,
				`[{"op":"add","path":"/active","value":false}]`,
				`[{"op":"add","path":"/telecom","value":[{"system":"phone","value":"1"}]}]`,
				`[{"op":"add","path":"/link","value":[{"type":"seealso","other":{"reference":"Patient/nobody"}}]}]`,
				`[]`,
			} {
				c.refused(patch, c.patch("/Patient/ann", patch), http.StatusForbidden, "", "ACCESS_DENIED")
				c.refused(patch, c.patch("/Patient?_id=ann", patch), http.StatusForbidden, "", "ACCESS_DENIED")
			}
			for path, body := range map[string]string{
				"/Patient":       `{"resourceType":"Patient","active":true}`,
				"/RelatedPerson": `{"resourceType":"RelatedPerson","active":true,"patient":{"reference":"Patient/ann"}}`,
				"/Coverage":      `{"resourceType":"Coverage","status":"active","beneficiary":{"reference":"Patient/ann"},"payor":[{"reference":"Patient/ann"}]}`,
				"/Flag":          `{"resourceType":"Flag","status":"active","code":{"text":"x"},"subject":{"reference":"Patient/ann"}}`,
				"/Condition":     `{"resourceType":"Condition","subject":{"reference":"Patient/ann"}}`,
				"/MedicationStatement": `{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"x"},` +
					`"subject":{"reference":"Patient/ann"}}`, // D7
			} {
				c.refused(path, c.post(path, body), http.StatusForbidden, "", "ACCESS_DENIED")
				entry := `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"` + path[1:] + `"},"resource":` + body + `}]}`
				c.refused(path+" in a transaction", c.post("", entry), http.StatusForbidden, "", "ACCESS_DENIED")
			}
			for _, path := range []string{"/Patient/ann", "/RelatedPerson/dad", "/Condition/asthma", "/Patient?_id=ann"} {
				c.refused("deleting "+path, c.delete(path), http.StatusForbidden, "", "ACCESS_DENIED")
			}
			// D8: nor the end of one's own access.
			c.refused("a proxy's period", c.patch("/RelatedPerson/dad", `[{"op":"add","path":"/period","value":{"end":"2099-01-01"}}]`), http.StatusForbidden, "", "ACCESS_DENIED")
		}
		if now := doc.get("/Patient/ann"); now.body != before.body {
			t.Errorf("the patient was changed: %s", now.body)
		}
		doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", `{"resourceType":"Parameters","parameter":[{"name":"suspended","valueBoolean":true}]}`))
		if a := p.patient("ann").get("/Patient/ann"); a.status == http.StatusOK {
			t.Errorf("suspended, and still reads: %s", a.body)
		}
	})
}
