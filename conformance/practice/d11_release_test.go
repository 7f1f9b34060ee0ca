package practice_test

import (
	"net/http"
	"strings"
	"testing"

	"frontdesk/fhir/access"
	"frontdesk/store/online"
)

// D11: with results to manage, nobody online posts a report that names a result to come, by any road, and so releases
// nothing: only reports of the practice or the laboratory do.
func TestD11_APatientsReportReleasesNothing(t *testing.T) {
	on(t, func(p *practice) {
		open := map[string]access.Level{"results": access.Manage, "record": access.Manage}
		p.set("Patient", "ann", online.Person{Sections: open})
		p.set("RelatedPerson", "dad", online.Person{Sections: open})
		mine := strings.Replace(report("mine", "hba1c"), `"status":"final"`,
			`"status":"final","performer":[{"reference":"Patient/ann"}]`, 1)
		bundle := func(typ, method, url string) string {
			return `{"resourceType":"Bundle","type":"` + typ + `","entry":[{"resource":` + mine +
				`,"request":{"method":"` + method + `","url":"` + url + `"}}]}`
		}
		for _, who := range []*client{p.patient("ann"), p.proxy(), p.person("ann", "ann",
			"patient/*.cruds user/*.cruds")} {
			for road, a := range map[string]answer{
				"POST":             who.post("/DiagnosticReport", mine),
				"conditional POST": who.post("/DiagnosticReport", mine, "If-None-Exist: identifier=x"),
				"PUT":              who.put("/DiagnosticReport/mine", mine),
				"conditional PUT":  who.put("/DiagnosticReport?identifier=x", mine),
				"transaction":      who.post("", bundle("transaction", "POST", "DiagnosticReport")),
				"transaction, PUT": who.post("", bundle("transaction", "PUT", "DiagnosticReport/mine")),
				"XML": who.post("/DiagnosticReport",
					`<DiagnosticReport xmlns="http://hl7.org/fhir"><status value="final"/>`+
						`<code><text value="x"/></code><subject><reference value="Patient/ann"/></subject>`+
						`<result><reference value="Observation/hba1c"/></result></DiagnosticReport>`,
					"Content-Type: application/fhir+xml"),
				"a reading that has it as member": who.post("/Observation",
					p.with(bloodPressure, map[string]any{"hasMember": refs("Observation/hba1c")})),
				"a reading that derives from it": who.post("/Observation",
					p.with(bloodPressure, map[string]any{"derivedFrom": refs("Observation/hba1c")})),
				"$release": who.post("/Observation/hba1c/$release", parameters()),
			} {
				if a.status < 400 || a.status >= 500 {
					t.Errorf("%s: %d %s", road, a.status, a.body)
				}
			}
			if a := who.post("", bundle("batch", "POST", "DiagnosticReport")); strings.Contains(a.body,
				`"status":"20`) {
				t.Errorf("batch: %s", a.body)
			}
		}
		ehr := p.ehr()
		if found := ehr.get("/DiagnosticReport").found(); len(found) > 0 {
			t.Errorf("stored: %v", found)
		}
		ehr.is(http.StatusCreated, ehr.put("/Observation/hba1c", result("hba1c")))
		p.patient("ann").hidden("Observation", "hba1c")
		p.proxy().hidden("Observation", "hba1c")
	})
}

// D9: of a patient who went to another practice the last one sees nothing any more: neither the record, nor how it was,
// nor who looked; and the new one what was written since, and who looked.
func TestD9_TheLastPracticeSeesNothingOfWhoWentToAnother(t *testing.T) {
	on(t, func(p *practice) {
		p.load(`{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/bob"},"code":{"text":"Cough"}}`)
		doc, south := p.staff(), p.person("other", "", "user/*.cruds")
		doc.is(http.StatusOK, doc.get("/Condition/c"))
		doc.is(http.StatusOK, doc.get("/Patient/bob"))
		doc.must(doc.audit.Flush(t.Context()))
		if text := doc.get("/AuditEvent?patient=Patient/bob&agent=Practitioner/doc").body; !strings.Contains(text,
			"Condition/c") {
			p.Fatalf("the practice doesn't read who looked: %s", text)
		}
		p.load(patient("bob", "south"))
		paths := []string{"/Patient?_id=bob", "/Patient?family=bob", "/Condition?patient=bob", "/Condition?_id=c",
			"/Patient/_history",
			"/Condition/_history", "/_history", "/AuditEvent?patient=Patient/bob", "/Condition?patient.family=bob",
			"/Patient/bob/Condition", "/Patient/bob/$everything", "/Patient/bob", "/Patient/bob/_history/1",
			"/Condition/c/_history/1",
			"/Patient/bob/$online-access"}
		for _, path := range paths {
			if a := doc.get(path); strings.Contains(a.body, `"resourceType":"Condition"`) ||
				strings.Contains(a.body, `"family":"bob"`) ||
				strings.Contains(a.body, `"Condition/c`) {
				t.Errorf("the last practice reads by %s: %s", path, a.body)
			}
		}
		for _, a := range []answer{doc.put("/Patient/bob", patient("bob", "north")),
			doc.patch("/Condition/c", `[{"op":"remove","path":"/code"}]`),
			doc.post("/Patient/bob/$online-access", parameters("suspended", "Boolean", "true"))} {
			if a.status < 400 {
				t.Errorf("the last practice writes: %d %s", a.status, a.body)
			}
		}
		doc.is(http.StatusNoContent, doc.delete("/Condition/c")) // as of what never was
		south.is(http.StatusOK, south.get("/Patient/bob"))
		south.is(http.StatusOK, south.get("/Condition/c"))
		south.must(south.audit.Flush(t.Context()))
		if text := south.get("/AuditEvent?patient=Patient/bob&agent=Practitioner/other").body; !strings.Contains(text,
			"Condition/c") {
			t.Errorf("the new practice doesn't read who looked: %s", text)
		}
	})
}
