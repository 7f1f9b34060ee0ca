package practice_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// A1, I9: what a patient or proxy can't write online they can't write by any method, and the practice can suspend them
// after they have tried.
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

const changing = `{"resourceType":"Task","status":"requested","intent":"order","code":{"coding":[{"system":"urn:uuid:5d0a1b0e-3c53-4f43-9a43-6d3e7d5a6f10","code":"change-of-details"}]},` +
	`"for":{"reference":"Patient/ann"},"input":[{"type":{"coding":[{"system":"urn:uuid:5d0a1b0e-3c53-4f43-9a43-6d3e7d5a6f10","code":"telecom"}]},"valueContactPoint":{"system":"phone","value":"020 7946 0123"}},` +
	`{"type":{"coding":[{"system":"urn:uuid:5d0a1b0e-3c53-4f43-9a43-6d3e7d5a6f10","code":"communication"}]},"valueCodeableConcept":{"coding":[{"system":"urn:ietf:bcp:47","code":"pl"}]}}]}`

// P16: a patient asks for a change of contact details, with prescriptions closed or open; staff accept or reject it,
// and the patient reads the answer.
func TestP16_AChangeOfDetailsIsAskedForAndMadeWithTheAnswer(t *testing.T) {
	on(t, func(p *practice) {
		p.set("Patient", "ann", online.Person{Sections: levels(access.None, map[string]access.Level{"record": access.CanView})})
		ann, dad, doc := p.patient("ann"), p.proxy(), p.staff()
		dad.refused("a proxy asks", dad.post("/Task", changing), http.StatusForbidden, "", "ACCESS_DENIED")
		task := "/" + ann.is(http.StatusCreated, ann.post("/Task", changing)).key()
		ann.refused("asking twice", ann.post("/Task", changing), http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		ann.refused("answering oneself", ann.patch(task, to("accepted")), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		ann.refused("changing what was asked", ann.patch(task, `[{"op":"replace","path":"/input/0/valueContactPoint/value","value":"1"}]`), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		doc.sees("/Task?code=change-of-details&status=requested", task[1:])
		few := p.person("doc", "", "user/Task.cruds user/Patient.rs")
		few.refused("accepting without the right to change the patient", few.patch(task, to("accepted")), http.StatusForbidden, "", "ACCESS_DENIED")
		doc.refused("another input", doc.patch(task, `[{"op":"replace","path":"/input/0/valueContactPoint/value","value":"1"}]`), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		doc.is(http.StatusOK, doc.patch(task, to("accepted")))
		if a := ann.is(http.StatusOK, ann.get("/Patient/ann")); !strings.Contains(a.body, "020 7946 0123") || !strings.Contains(a.body, `"code":"pl"`) || !strings.Contains(a.body, "managingOrganization") {
			t.Errorf("accepted, and the patient is %s", a.body)
		}
		if a := ann.is(http.StatusOK, ann.get(task)); !strings.Contains(a.body, `"accepted"`) || !strings.Contains(a.body, `"requester":{"reference":"Patient/ann"}`) {
			t.Errorf("the patient reads %s", a.body)
		}
		again := "/" + ann.is(http.StatusCreated, ann.post("/Task", strings.ReplaceAll(changing, "0123", "0999"))).key()
		doc.refused("rejected without a word", doc.patch(again, to("rejected")), http.StatusUnprocessableEntity, "", "INVALID_RESOURCE")
		doc.is(http.StatusOK, doc.patch(again, rejecting))
		if a := ann.is(http.StatusOK, ann.get(again)); !strings.Contains(a.body, "come for a review") {
			t.Errorf("the patient reads %s", a.body)
		}
		doc.refused("accepted after all", doc.patch(again, to("accepted")), http.StatusConflict, "business-rule", "")
		if a := doc.get("/Patient/ann"); strings.Contains(a.body, "7946 0999") {
			t.Errorf("rejected, and the patient is %s", a.body)
		}
		last := "/" + ann.is(http.StatusCreated, ann.post("/Task", changing)).key()
		ann.is(http.StatusOK, ann.patch(last, to("cancelled")))
	})
}

// D16: to accept an order is to prescribe, and needs the right to.
func TestD16_WhoAcceptsNeedsTheRightToWriteWhatThatMakes(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		task := p.patient("ann").ordered("inhaler")
		few := p.person("doc", "", "user/Task.cruds user/MedicationRequest.rs")
		few.refused("accepting without the right to prescribe", few.patch(task, to("accepted")), http.StatusForbidden, "", "ACCESS_DENIED")
		doc := p.staff()
		if got := doc.orders(); len(got) != 0 {
			t.Errorf("prescribed: %v", got)
		}
		doc.is(http.StatusOK, doc.patch(task, to("accepted")))
	})
}

// D2: a link to a patient whom staff don't see takes the record from nobody.
func TestD2_ALinkToAnotherTakesTheRecordFromNobody(t *testing.T) {
	on(t, func(p *practice) {
		doc := p.staff()
		for _, other := range []string{"nobody", "eve"} {
			ehr := p.ehr()
			ehr.is(http.StatusOK, ehr.put("/Patient/ann", p.with(patient("ann", "north"), map[string]any{
				"link": []any{map[string]any{"type": "seealso", "other": map[string]any{"reference": "Patient/" + other}}}})))
			doc.is(http.StatusOK, doc.post("/Patient/ann/$online-access", `{"resourceType":"Parameters","parameter":[{"name":"suspended","valueBoolean":false}]}`))
			doc.is(http.StatusOK, doc.patch("/Patient/ann", `[{"op":"add","path":"/gender","value":"female"}]`))
			for _, more := range []string{"nobody-else", "eve-too"} {
				doc.is(http.StatusForbidden, doc.patch("/Patient/ann", `[{"op":"add","path":"/link/-","value":{"type":"seealso","other":{"reference":"Patient/`+more+`"}}}]`))
			}
			doc.is(http.StatusForbidden, doc.patch("/Patient/ann", `[{"op":"replace","path":"/managingOrganization/reference","value":"Organization/south"}]`))
			doc.is(http.StatusOK, doc.patch("/Patient/ann", `[{"op":"remove","path":"/link"}]`))
		}
	})
}
