package practice_test

import (
	"net/http"
	"strings"
	"testing"
)

// numberedAs is a Patient of a practice with an NHS number.
func numberedAs(number, practice string) string {
	return `{"resourceType":"Patient","active":true,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number +
		`"}],"managingOrganization":{"reference":"Organization/` + practice + `"}}`
}

const byNHSNumber = "/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number%7C"

// A8: an NHS number is checked, and is one active patient's of a practice, whichever way it comes.
func TestA8_AnNHSNumberIsOnePersons(t *testing.T) {
	on(t, func(p *practice) {
		doc, ehr := p.staff(), p.ehr()
		const number = "9000000009"
		for _, c := range []*client{doc, ehr} {
			for _, wrong := range []string{"1234567890", "900 000 0009", "9000000008"} {
				c.refused("an invalid number", c.post("/Patient", numberedAs(wrong, "north")), http.StatusBadRequest, "", "INVALID_NHS_NUMBER")
			}
			c.refused("a search by an invalid number", c.get(byNHSNumber+"1234567890"), http.StatusBadRequest, "", "INVALID_NHS_NUMBER")
		}
		first := doc.is(http.StatusCreated, doc.post("/Patient", numberedAs(number, "north"))).key()
		doc.sees(byNHSNumber+number, first)
		again := func(what string, a answer) {
			t.Helper()
			doc.refused(what, a, http.StatusConflict, "duplicate", "DUPLICATE_REJECTED")
		}
		again("twice", doc.post("/Patient", numberedAs(number, "north")))
		again("by the EHR's update", ehr.put("/Patient/x", p.with(numberedAs(number, "north"), map[string]any{"id": "x"})))
		again("by a conditional update", ehr.put("/Patient?identifier=urn:ehr%7C1", numberedAs(number, "north")))
		again("by a patch", doc.patch("/Patient/bob", `[{"op":"add","path":"/identifier","value":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"`+number+`"}]}]`))
		again("in one transaction", ehr.post("", transaction(entry{method: "POST", url: "Patient", body: numberedAs("9990000018", "north")},
			entry{method: "POST", url: "Patient", body: numberedAs("9990000018", "north")})))
		if err := p.imported(p.with(numberedAs(number, "north"), map[string]any{"id": "imported"})); err == nil || !strings.Contains(err.Error(), "NHS number") {
			t.Errorf("by an import: %v", err)
		}
		ehr.is(http.StatusCreated, ehr.post("/Patient", numberedAs(number, "south"))) // the other practice's
		ehr.is(http.StatusOK, ehr.put("/"+first, p.with(numberedAs(number, "north"), map[string]any{"id": strings.TrimPrefix(first, "Patient/"), "gender": "female"})))
		ehr.is(http.StatusOK, ehr.put("/"+first, p.with(numberedAs(number, "north"), map[string]any{"id": strings.TrimPrefix(first, "Patient/"), "active": false})))
		second := doc.is(http.StatusCreated, doc.post("/Patient", numberedAs(number, "north"))).key()
		again("active again", ehr.put("/"+first, p.with(numberedAs(number, "north"), map[string]any{"id": strings.TrimPrefix(first, "Patient/")})))
		doc.sees(byNHSNumber+number, first, second)
	})
}

// A8: of twenty at once one gets the number.
func TestA8_OfTwentyAtOnceOneHasTheNumber(t *testing.T) {
	on(t, func(p *practice) {
		ehr := p.ehr()
		got := together(20, func(int) int { return ehr.post("/Patient", numberedAs("9000000009", "north")).status })
		if got[http.StatusCreated] != 1 || got[http.StatusConflict] != 19 {
			t.Errorf("answers %v", got)
		}
	})
}

// B24: a system tells of an order that was dealt with elsewhere by POST as by PUT, and the same is asked of it.
func TestB24_AnOrderThatIsDoneIsToldOfInAnyWay(t *testing.T) {
	on(t, func(p *practice) {
		p.load(p.repeat("inhaler", nil))
		ehr, doc := p.ehr(), p.staff()
		for _, status := range []string{"completed", "failed", "rejected"} {
			done := p.with(ordering("ann", "inhaler"), map[string]any{"status": status, "requester": nil, "statusReason": map[string]any{"text": "Done elsewhere"}})
			named := p.with(done, map[string]any{"id": "t-" + status})
			silent := map[string]any{"statusReason": nil}
			ways := map[string]func(body func(string) string) answer{
				"POST":            func(b func(string) string) answer { return ehr.post("/Task", b(done)) },
				"PUT":             func(b func(string) string) answer { return ehr.put("/Task/t-"+status, b(named)) },
				"conditional PUT": func(b func(string) string) answer { return ehr.put("/Task?identifier=urn:t%7C"+status, b(done)) },
				"bundle": func(b func(string) string) answer {
					return ehr.post("", transaction(entry{method: "POST", url: "Task", body: b(done)}))
				},
			}
			for way, send := range ways {
				if status == "rejected" {
					a := send(func(s string) string { return p.with(s, silent) })
					ehr.refused(way+" without a reason", a, 422, "", "INVALID_RESOURCE")
				}
				if a := send(func(s string) string { return s }); a.status != http.StatusCreated && (way != "bundle" || a.status != http.StatusOK) {
					t.Errorf("%s of one that is %s: %d %s", way, status, a.status, a.body)
				}
			}
			doc.refused("staff", doc.post("/Task", done), 422, "", "INVALID_RESOURCE")
		}
	})
}

// P4: the pharmacy chosen for an order dispenses it, else the one that the patient nominated.
func TestP4_ThePharmacyThatWasChosenDispenses(t *testing.T) {
	on(t, func(p *practice) {
		p.load(`{"resourceType":"Organization","id":"chosen","name":"Chosen Pharmacy"}`, `{"resourceType":"Organization","id":"usual","name":"Usual Pharmacy"}`,
			p.repeat("inhaler", nil), p.repeat("cream", nil),
			p.with(patient("ann", "north"), map[string]any{"extension": []any{map[string]any{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NominatedPharmacy",
				"valueReference": map[string]any{"reference": "Organization/usual"}}}}))
		ann, doc := p.patient("ann"), p.staff()
		choice := func(of string) map[string]any {
			return map[string]any{"input": []any{map[string]any{"type": map[string]any{"coding": []any{map[string]any{"code": "preferred-performer"}}},
				"valueReference": map[string]any{"reference": of}}}}
		}
		ann.refused("a person as pharmacy", ann.post("/Task", p.with(ordering("ann", "inhaler"), choice("Practitioner/doc"))), 422, "", "INVALID_RESOURCE")
		for plan, want := range map[string]string{"inhaler": "Organization/chosen", "cream": "Organization/usual"} {
			order := ordering("ann", plan)
			if plan == "inhaler" {
				order = p.with(order, choice("Organization/chosen"))
			}
			task := ann.is(http.StatusCreated, ann.post("/Task", order)).key()
			doc.is(http.StatusOK, doc.patch("/"+task, to("accepted")))
			if a := doc.get("/MedicationRequest?intent=order&based-on=MedicationRequest/" + plan); !strings.Contains(a.body, `"performer":{"reference":"`+want+`"}`) {
				t.Errorf("%s is dispensed by another: %s", plan, a.body)
			}
		}
	})
}
